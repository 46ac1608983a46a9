"""Trains a policy of a million parameters from nothing until it writes faster kernels.

    python scripts/train_demo.py runs/train-demo

Exits with 1 if the reward on held-out problems did not rise.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from kerneldojo import Evaluator
from kerneldojo.miniature import recipe
from kerneldojo.miniature.demo import demo


def main() -> int:
    """Train, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, nargs="?", default=Path("runs/train-demo"))
    out: Path = parser.parse_args().out
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {line}", flush=True)

    with Evaluator(recipe.EVALUATION, cache=out / "verdicts.sqlite") as evaluator:
        before, *_, after = demo(out, evaluator, tell)
    print(f"\nReward on held-out problems: {before.reward:.2f} → {after.reward:.2f}")
    print(f"Model: {out / 'rl' / 'model'} (see it: kerneldojo view {out / 'rl'})")
    return int(not (after.reward or 0) > (before.reward or 0))


if __name__ == "__main__":
    sys.exit(main())
