"""From turns to their tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError

NO_TURN = -1
"""The turn of a token that the model did not write: prompt, feedback or padding."""


def broadcast(values_BT: Tensor, turn_BL: Tensor) -> Tensor:
    """Give every token the value of its turn.

    Args:
        values_BT: a number or truth value per turn.
        turn_BL: each token's turn from 0, or −1 where the model did not write it; whole numbers.

    Returns:
        (B, L), of the values' type; 0 or False where the turn is −1.

    Raises:
        UsageError: if the rows differ in number, or a turn is not there.
    """
    if values_BT.dim() != 2 or turn_BL.dim() != 2 or len(values_BT) != len(turn_BL):
        raise UsageError(
            f"values of the shape {tuple(values_BT.shape)} do not fit turns of the shape "
            f"{tuple(turn_BL.shape)}: (B, T) and (B, L) are needed."
        )
    if turn_BL.is_floating_point() or turn_BL.dtype == torch.bool:
        raise UsageError(f"turn_BL is of type {turn_BL.dtype}; whole numbers are needed.")
    turns = values_BT.shape[1]
    if turn_BL.numel():
        low, high = (int(extreme) for extreme in turn_BL.aminmax())
        if low < NO_TURN or high >= turns:
            raise UsageError(
                f"turn_BL goes from {low} to {high}, but with {turns} turns −1 to {turns - 1} "
                "is allowed."
            )
    # A first column for the turn −1 saves a mask over all tokens.
    nothing_B1 = values_BT.new_zeros(len(values_BT), 1)
    return torch.cat([nothing_B1, values_BT], dim=1).gather(1, turn_BL.long() + 1)
