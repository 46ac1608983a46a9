"""What turns are worth, for tensors; `kerneldojo.rewards` has the same for one evaluation."""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.settings import RewardPlan

PAPER = RewardPlan()
"""Weights as printed: 1, 1, 1."""
RELEASED = RewardPlan(correctness=0.5, speedup=0.5, coverage=0.5)
"""Weights of the released training scripts: half of each term."""
IMPLAUSIBLE = 3.0
"""Speedups above this are measured again before they are believed."""


def profiling_reward(
    correct: Tensor,
    speedup: Tensor,
    coverage: Tensor,
    *,
    hacked: Tensor | None = None,
    valid: Tensor | None = None,
    speedup_low: Tensor | None = None,
    plan: RewardPlan = PAPER,
) -> Tensor:
    """Return R = a·C + b·C·min(s, clip) + c·C·PR, element by element.

    C is 1 for a turn that is correct and not hacked and 0 otherwise, s the speedup, PR the
    coverage. Where speedup or coverage is NaN, the turn was not timed or not profiled, and that
    term is left out. All tensors are of one shape, usually (B, T).

    Args:
        correct: whether the answers are right.
        speedup: reference ÷ solution.
        coverage: time in own kernels ÷ total device time.
        hacked: whether the solution is a decoy or otherwise dishonest; None if `correct` says so
            already, as the status `CORRECT` does.
        valid: whether the turn was judged; None for all.
        speedup_low: lower end of the speedup's interval, for plans that reward it.
        plan: weights a, b, c, and the clip.

    Returns:
        The rewards, in the speedup's type. Where not valid: NaN and never 0, so that a fault of
        ours cannot be taken for a failure of the solution's.

    Source: arXiv 2602.05885, eq. 1 and 8.

    Raises:
        UsageError: if shapes or types do not fit, a figure of a correct turn is out of its range,
            or the plan needs a lower bound that is not there.
    """
    shape = tuple(correct.shape)
    shapes.require_mask("correct", correct, shape)
    if valid is None:
        valid = torch.ones_like(correct)
    shapes.require_mask("valid", valid, shape)
    worth = correct & valid
    if hacked is not None:
        shapes.require_mask("hacked", hacked, shape)
        worth = worth & ~hacked
    if plan.lower_bound:
        if speedup_low is None:
            raise UsageError("The plan rewards the lower bound of speedups: pass speedup_low.")
        speedup = speedup_low
    fast = _figure("speedup", speedup, shape, worth, most=torch.inf).clamp(max=plan.speedup_clip)
    own = _figure("coverage", coverage, shape, worth, most=1.0).to(fast.dtype)
    total = plan.correctness + plan.speedup * fast + plan.coverage * own
    return total.masked_fill(~worth, 0.0).masked_fill(~valid, torch.nan)


def implausible(speedup: Tensor, threshold: float = IMPLAUSIBLE) -> Tensor:
    """Return which speedups are to be measured again before they are believed.

    A speedup above the clip earns nothing more, so measuring again costs little and tells a fault
    of the clock from a good kernel. NaN, not timed, is not implausible.

    Source: arXiv 2602.05885.
    """
    return speedup > threshold


def _figure(
    name: str, figure: Tensor, shape: tuple[int, ...], where: Tensor, most: float
) -> Tensor:
    """Return a checked figure with 0 for NaN.

    Raises:
        UsageError: if the figure is out of [0, most], or infinite, where it counts.
    """
    shapes.require_shape(name, figure, shape)
    shapes.require_floats(name, figure)
    bad = where & ((figure < 0) | (figure > most) | figure.isinf())
    if bad.any():
        raise UsageError(
            f"{name} is {figure[bad][0].item()} for a correct turn; it is a finite number "
            f"{'in [0, 1]' if most == 1 else 'of at least 0'}, or NaN if it was not measured."
        )
    return figure.nan_to_num(nan=0.0)
