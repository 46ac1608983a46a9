"""Our estimators under verl's trainers: `kerneldojo_trloo` and so on for `algorithm.adv_estimator`.

A trainer of verl's tells an estimator the rewards and the mask of tokens, and which prompt a row
answers. Turns are therefore read off the mask: a run of the model's own tokens is a turn, and what
was earned by its end is its reward. That is right where a row is a whole trajectory. The trainer
`kerneldojo` knows more and does not need this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import ESTIMATORS, NO_TURN, Estimator, broadcast

PREFIX = "kerneldojo_"
NEEDS_MORE = ("otb",)
"""Estimators for which a trainer of verl's does not hand over enough."""

VerlEstimator = Callable[..., tuple[Tensor, Tensor]]


def names() -> list[str]:
    """Return what `algorithm.adv_estimator` may be, of ours."""
    return [PREFIX + name for name in ESTIMATORS]


def ours(name: str) -> str:
    """Return the name in `kerneldojo.rl.ESTIMATORS` of an estimator registered with verl.

    Raises:
        UsageError: if it is none of ours.
    """
    if name not in names():
        raise UsageError(
            f"algorithm.adv_estimator = {name!r} is none of KernelDojo's; use one of "
            f"{', '.join(names())}."
        )
    return name.removeprefix(PREFIX)


def as_verls(name: str) -> VerlEstimator:
    """Return an estimator of ours with the signature of verl's."""
    if name in NEEDS_MORE:
        return _refusing(name)
    compare = ESTIMATORS[name]

    def compute(
        token_level_rewards: Tensor,
        response_mask: Tensor,
        index: Sequence[Any],
        config: Any = None,
        **_: Any,
    ) -> tuple[Tensor, Tensor]:
        gamma = float(config.get("gamma", 1.0)) if config is not None else 1.0
        return over_runs(compare, token_level_rewards, response_mask, index, gamma)

    compute.__name__ = compute.__qualname__ = PREFIX + name
    compute.__doc__ = f"Return advantages and returns of tokens by `kerneldojo.rl.{name}`."
    return compute


def over_runs(
    compare: Estimator,
    rewards_BL: Tensor,
    mask_BL: Tensor,
    prompts: Sequence[Any],
    gamma: float = 1.0,
) -> tuple[Tensor, Tensor]:
    """Return advantages and returns of tokens, turns being runs of the mask; each (B, L).

    A row without a token of the model's takes part in nothing.
    """
    turn_BL = runs(mask_BL)
    width = int(turn_BL.max()) + 1 if turn_BL.numel() else 0
    rewards_BT = _rewards_of_runs(rewards_BL, turn_BL, width)
    places_T = torch.arange(width)
    valid_BT = places_T[None, :] <= turn_BL.amax(dim=1, keepdim=True).cpu()
    numbers = {prompt: place for place, prompt in enumerate(dict.fromkeys(map(str, prompts)))}
    groups_B = torch.tensor([numbers[str(prompt)] for prompt in prompts])
    found = compare(rewards_BT.cpu(), valid_BT, groups_B, gamma=gamma)
    device = rewards_BL.device
    return (
        broadcast(found.advantages_BT.to(device), turn_BL),
        broadcast(found.returns_BT.to(device), turn_BL),
    )


def runs(mask_BL: Tensor) -> Tensor:
    """Return for each token the number of its run of the mask, −1 outside; (B, L), int64."""
    mask_BL = mask_BL.bool()
    before_BL = torch.nn.functional.pad(mask_BL, (1, 0))[:, :-1]
    number_BL = (mask_BL & ~before_BL).long().cumsum(dim=1) - 1
    return number_BL.masked_fill(~mask_BL, NO_TURN)


def _rewards_of_runs(rewards_BL: Tensor, turn_BL: Tensor, width: int) -> Tensor:
    """Return what was earned in each run and before the next begins; (B, width)."""
    latest_BL = turn_BL.cummax(dim=1).values
    # A first column takes what stands before the first run, which earns nothing.
    found = rewards_BL.new_zeros(len(rewards_BL), width + 1)
    return found.scatter_add_(1, latest_BL + 1, rewards_BL)[:, 1:]


def _refusing(name: str) -> VerlEstimator:
    def compute(*_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        raise UsageError(
            f"{PREFIX}{name} needs figures that verl's own trainers do not hand over: "
            "set trainer.v1.trainer_mode=kerneldojo."
        )

    compute.__name__ = compute.__qualname__ = PREFIX + name
    return compute
