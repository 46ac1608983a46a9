"""What the arithmetic of one training step costs, beside the memory it has to touch.

    python -m benchmarks.rl [--rows 768] [--tokens 8192] [--repeats 15]

768 rows are the recipe's step: 16 prompts × 16 trajectories × 3 turns, a row each. The last column
is the median ÷ the time that moving the same bytes once takes, at the bandwidth of a copy measured
in between; 1× is the least any implementation could need. Bytes are those of what must be read and
written: log-probabilities, advantages and losses of 4 bytes, masks of 1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

import torch
from torch import Tensor

from kerneldojo.rl import (
    MISMATCH_RULES,
    MismatchRule,
    broadcast,
    correct_mismatch,
    mismatch_rejection,
    ppo_loss,
    profiling_rejection,
    trloo,
)
from kerneldojo.wording import digits

_TURNS = 3
_GROUP = 16
_LIMIT_S = 0.5
_COPIED = 1 << 26
"""Floats of the copy: 256 MB, beyond any cache."""


@dataclass(frozen=True)
class Step:
    """Everything one step is given."""

    train_BL: Tensor
    rollout_BL: Tensor
    mask_BL: Tensor
    turn_BL: Tensor
    """0 at the model's own tokens, as every row is one turn; −1 elsewhere."""
    trajectory_ids_B: Tensor
    turn_ids_B: Tensor
    rewards_NT: Tensor
    """N trajectories × T turns."""
    coverage_NT: Tensor

    @classmethod
    def random(cls, rows: int, tokens: int) -> Step:
        """Return a step with a mismatch of which the band keeps about half."""
        generator = torch.Generator().manual_seed(0)
        rollout = -3 * torch.rand(rows, tokens, generator=generator)
        noise = 0.01 * torch.randn(rows, tokens, generator=generator)
        drift = 0.0015 * torch.randn(rows, 1, generator=generator)
        # Answers differ in length: positions after the last token are padding.
        lengths = torch.randint(tokens // 4, tokens + 1, (rows, 1), generator=generator)
        mask = torch.arange(tokens) < lengths
        trajectories = rows // _TURNS
        return cls(
            train_BL=rollout + noise + drift,
            rollout_BL=rollout,
            mask_BL=mask,
            turn_BL=mask.long() - 1,
            trajectory_ids_B=torch.arange(trajectories).repeat_interleave(_TURNS),
            turn_ids_B=torch.arange(_TURNS).repeat(trajectories),
            rewards_NT=torch.rand(trajectories, _TURNS, generator=generator),
            coverage_NT=torch.rand(trajectories, _TURNS, generator=generator),
        )

    def advantages(self) -> Tensor:
        """Return TRLOO's advantages, given to tokens."""
        valid = torch.ones_like(self.rewards_NT, dtype=torch.bool)
        groups = torch.arange(len(valid)) // _GROUP
        found = trloo(self.rewards_NT, valid, groups)
        return broadcast(found.advantages_BT.reshape(-1, 1), self.turn_BL)

    def correct(self, rule: MismatchRule) -> None:
        """Apply a rule."""
        correct_mismatch(
            self.train_BL,
            self.rollout_BL,
            self.mask_BL,
            self.trajectory_ids_B,
            self.turn_ids_B,
            rule=rule,
        )

    def whole(self) -> tuple[Tensor, Tensor]:
        """Return advantages and the mask after both rejections: what a step is trained on."""
        correction = mismatch_rejection(
            self.train_BL, self.rollout_BL, self.mask_BL, self.trajectory_ids_B
        )
        valid = torch.ones_like(self.rewards_NT, dtype=torch.bool)
        kept = profiling_rejection(
            self.coverage_NT, valid, valid, generator=torch.Generator().manual_seed(1)
        )
        return self.advantages(), correction.mask_BL & kept.loss_BT.reshape(-1, 1)

    def loss(self, advantages_BL: Tensor) -> None:
        """Compute the loss and its gradient."""
        logprobs = self.train_BL.clone().requires_grad_()
        ppo_loss(logprobs, self.train_BL, advantages_BL, self.mask_BL).loss.backward()


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def show(what: str, work: Callable[[], object], moved: int, repeats: int) -> float:
    """Time work and copies in turns, print a line, and return the median in seconds."""
    source, target = torch.rand(_COPIED), torch.empty(_COPIED)
    work()
    times, copies = [], []
    for _ in range(repeats):
        times.append(seconds(work))
        copies.append(seconds(partial(target.copy_, source)))
    bandwidth = 2 * 4 * _COPIED / median(copies)
    middle = median(times)
    spread = (max(times) - min(times)) / middle
    print(
        f"{what:<36} {digits(middle * 1e3):>8} ms {spread:>7.0%} {moved / 1e6:>7.0f} MB"
        f" {bandwidth / 1e9:>7.1f} GB/s {digits(middle * bandwidth / moved):>7}×",
        flush=True,
    )
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=768)
    parser.add_argument("--tokens", type=int, default=8192)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    step = Step.random(arguments.rows - arguments.rows % (_TURNS * _GROUP), arguments.tokens)
    cells = step.mask_BL.numel()
    timed = partial(show, repeats=arguments.repeats)
    print(
        f"{len(step.mask_BL)} rows × {arguments.tokens} tokens, {torch.get_num_threads()} threads,"
        f" median of {arguments.repeats}\n"
    )
    print(f"{'':<36} {'time':>11} {'spread':>7} {'touched':>10} {'bandwidth':>12} {'÷ least':>8}")
    timed("TRLOO, given to tokens", step.advantages, cells * (8 + 4))
    for name, rule in MISMATCH_RULES.items():
        written = 1 + (4 if rule.weight else 0)
        timed(f"mismatch, {name}", partial(step.correct, rule), cells * (9 + written))
    turns = MismatchRule(reject="turn_geometric", veto=1e-4)
    timed("mismatch, turns with veto", partial(step.correct, turns), cells * 10)
    advantages = step.advantages()
    timed("PPO loss and its gradient", partial(step.loss, advantages), cells * (17 + 4))
    whole = timed("advantages + mismatch + masks", step.whole, cells * (9 + 8 + 1 + 4))
    verdict = "within" if whole <= _LIMIT_S else "over"
    print(f"\nA step takes {whole:.3f} s, {verdict} the {_LIMIT_S} s aimed at.")


if __name__ == "__main__":
    main()
