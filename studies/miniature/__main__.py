"""Runs the study, or tells what came of it.

    python -m studies.miniature run --seeds 3 --out runs/miniature
    python -m studies.miniature analyse --out runs/miniature

Runs that are finished are left as they are; one that was interrupted goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from studies.miniature.analysis import analyse
from studies.miniature.arms import ARMS
from studies.miniature.runs import Study, cold_start, train_all


def main() -> None:
    """Read the options and do what they ask."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("cold", "run", "analyse"))
    parser.add_argument("--out", type=Path, default=Path("runs/miniature"))
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--arms", default=",".join(ARMS), help="names, with commas in between")
    parser.add_argument("--steps", type=int, default=40, help="of reinforcement learning")
    parser.add_argument("--practised", type=int, default=96, help="problems to learn from")
    parser.add_argument("--held-out", type=int, default=24, help="problems to look at only")
    parser.add_argument("--threads", type=int, default=1, help="that PyTorch may use")
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    study = Study(options.out, options.steps, options.practised, options.held_out)
    if options.what == "analyse":
        analyse(study, options.results)
        return
    cold_start(study)
    if options.what == "run":
        train_all(study, list(range(options.seeds)), options.arms.split(","))


if __name__ == "__main__":
    main()
