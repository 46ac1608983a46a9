"""Trains a policy of a million parameters until it writes faster kernels.

    python scripts/train_demo.py runs/train-demo
    python scripts/train_demo.py runs/from-nothing --from-nothing

Exits with 1 if the reward did not rise.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from kerneldojo import Evaluator
from kerneldojo.miniature import recipe
from kerneldojo.miniature.demo import Extent, demo
from kerneldojo.miniature.telling import in_words


def main() -> int:
    """Train, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, nargs="?", default=Path("runs/train-demo"))
    parser.add_argument("--from-nothing", action="store_true", help="cold start and all")
    options = parser.parse_args()
    out: Path = options.out
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {line}", flush=True)

    with Evaluator(recipe.EVALUATION, cache=out / "verdicts.sqlite") as evaluator:
        outcome = demo(out, evaluator, tell, Extent(from_nothing=options.from_nothing))
    first, last = outcome.rewards
    print(f"\nReward while practising, first and last steps: {first:.2f} → {last:.2f}")
    for words, held_out in zip(("before", "after"), outcome.held_out, strict=False):
        print(f"Held out, {words:6}: {in_words(held_out)}")
    print(f"Model: {out / 'rl' / 'model'} (see how it came about: kerneldojo view {out / 'rl'})")
    return int(last <= first)


if __name__ == "__main__":
    sys.exit(main())
