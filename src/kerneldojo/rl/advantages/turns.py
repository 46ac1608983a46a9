"""Returns of turns: what every estimator starts from, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.advantages.groups import Groups

Single = Literal["return", "drop"]
"""What becomes of a turn that nothing can be compared with: A = G, or out of the loss."""


@dataclass(frozen=True)
class Advantages:
    """What an estimator says of B trajectories with up to T turns; all tensors are (B, T).

    Outside of the mask advantages and returns are 0.
    """

    advantages_BT: Tensor
    returns_BT: Tensor
    """G, the sum of this turn's and later rewards."""
    mask_BT: Tensor
    """Turns that belong in the loss: valid, with a known return and, if asked for, company."""


class Estimator(Protocol):
    """The one signature of all estimators.

    Args:
        rewards_BT: a reward per turn. What stands where `valid_BT` is false is not looked at.
        valid_BT: turns that were played, judged and count.
        groups_B: whole numbers; trajectories of equal number answer the same prompt.
        gamma: discount per turn, in [0, 1].
        single: what to do with a turn whose group has no other member.
        lost_BT: turns that were played and whose reward is unknown, through a fault of ours. A
            return that would contain an unknown reward is unknown, and its turn leaves baseline
            and loss too: the fault would be a zero otherwise. None: nothing is lost, and what is
            not valid just does not count.

    Raises:
        UsageError: if shapes or types do not fit, or a reward that counts is not finite.
    """

    def __call__(
        self,
        rewards_BT: Tensor,
        valid_BT: Tensor,
        groups_B: Tensor,
        *,
        gamma: float = 1.0,
        single: Single = "return",
        lost_BT: Tensor | None = None,
    ) -> Advantages:
        """Return advantages, one per trajectory and turn."""
        ...


@dataclass(frozen=True)
class Turns:
    """Checked input of an estimator, with returns in float64."""

    returns_BT: Tensor
    valid_BT: Tensor
    known_BT: Tensor
    """Returns that contain no lost reward."""
    groups: Groups
    single: Single
    dtype: torch.dtype
    """What the caller's rewards are in, and the advantages will be."""

    @classmethod
    def of(
        cls,
        rewards_BT: Tensor,
        valid_BT: Tensor,
        groups_B: Tensor,
        *,
        gamma: float,
        single: Single,
        lost_BT: Tensor | None,
    ) -> Turns:
        """Check the input and sum up returns: G_t = Σ_{k≥t} γ^(k−t)·r_k over valid turns.

        Raises:
            UsageError: as `Estimator` says.
        """
        if rewards_BT.dim() != 2:
            shape = tuple(rewards_BT.shape)
            raise UsageError(f"rewards have the shape {shape}; (trajectories, turns) is needed.")
        shapes.require_floats("rewards_BT", rewards_BT)
        shapes.require_mask("valid_BT", valid_BT, tuple(rewards_BT.shape))
        shapes.require_finite("rewards_BT", rewards_BT, valid_BT)
        if not 0 <= gamma <= 1:
            raise UsageError(f"gamma = {gamma}: a discount is in [0, 1].")
        if single not in ("return", "drop"):
            raise UsageError(f"single = {single!r}: 'return' or 'drop' is allowed.")
        discount_TT = discounts(rewards_BT.shape[1], gamma, rewards_BT.device)
        # Not a product with the mask: NaN times 0 is NaN.
        counted_BT = rewards_BT.detach().double().masked_fill(~valid_BT, 0.0)
        known_BT = torch.ones_like(valid_BT)
        if lost_BT is not None:
            shapes.require_mask("lost_BT", lost_BT, tuple(rewards_BT.shape))
            if (lost_BT & valid_BT).any():
                raise UsageError("lost_BT and valid_BT overlap: a lost turn has no valid reward.")
            known_BT = lost_BT.double() @ discount_TT == 0
        return cls(
            returns_BT=counted_BT @ discount_TT,
            valid_BT=valid_BT,
            known_BT=known_BT,
            groups=Groups.of(groups_B, rewards_BT.shape[0]),
            single=single,
            dtype=rewards_BT.dtype,
        )

    @property
    def members_BT(self) -> Tensor:
        """Turns that take part in baselines."""
        return self.valid_BT & self.known_BT

    @property
    def whole_B1(self) -> Tensor:
        """Trajectories that take part as a whole: something counts and nothing is lost."""
        return self.valid_BT.any(dim=1, keepdim=True) & self.known_BT[:, :1]

    def result(
        self, advantages_BT: Tensor, mask_BT: Tensor, company: Tensor | None = None
    ) -> Advantages:
        """Return what the estimator found, masked and in the caller's type.

        Args:
            advantages_BT: one per turn, or (B, 1) for whole trajectories.
            mask_BT: turns that took part.
            company: how many members each one's group has, itself included; None where nothing is
                compared.
        """
        if self.single == "drop" and company is not None:
            mask_BT = mask_BT & (company > 1)
        return Advantages(
            advantages_BT=advantages_BT.expand_as(mask_BT).masked_fill(~mask_BT, 0).to(self.dtype),
            returns_BT=self.returns_BT.masked_fill(~mask_BT, 0).to(self.dtype),
            mask_BT=mask_BT,
        )


def discounts(turns: int, gamma: float, device: torch.device | None = None) -> Tensor:
    """Return the (T, T) matrix with γ^(k−t) at row k, column t where k ≥ t, and 0 elsewhere."""
    number_T = torch.arange(turns, dtype=torch.float64, device=device)
    distance_TT = number_T[:, None] - number_T[None, :]
    # 0 to the power of 0 is 1, as it has to be for γ = 0.
    return torch.pow(gamma, distance_TT.clamp(min=0)).tril()
