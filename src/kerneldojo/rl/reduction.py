"""From the losses of tokens to one figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from kerneldojo.errors import UsageError, did_you_mean

Aggregation = Literal["sequence_sum", "sequence_mean", "token_mean", "sum"]
AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)


@dataclass(frozen=True)
class Reduction:
    """How losses of tokens become one figure.

    | how | formula, times `scale` |
    |---|---|
    | `sequence_sum` | mean over sequences of the sum over tokens |
    | `sequence_mean` | mean over sequences of the mean over tokens |
    | `token_mean` | mean over all tokens |
    | `sum` | sum over all tokens |

    Raises:
        UsageError: if `how` is none of these, or `scale` or `count` is not positive.
    """

    how: Aggregation = "sequence_sum"
    scale: float = 1e-3
    """A constant in place of each sequence's length, so that long answers are not favoured."""
    count: float | None = None
    """Sequences (for `token_mean`, tokens) to divide by. By default those of the batch that have
    a token in the loss. A step that comes in several batches gives the number of the whole step,
    so that the losses of its batches add up to its own. `sum` takes no notice of it."""

    def __post_init__(self) -> None:
        if self.how not in AGGREGATIONS:
            raise UsageError(
                f"how = {self.how!r} is not an aggregation; {', '.join(AGGREGATIONS)} are."
                f"{did_you_mean(self.how, list(AGGREGATIONS))}"
            )
        for name, value in (("scale", self.scale), ("count", self.count)):
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} = {value}: it must be positive and finite.")

    def apply(self, losses_B: Tensor, tokens_B: Tensor) -> Tensor:
        """Return one figure.

        Args:
            losses_B: the sum of the losses of each row's tokens.
            tokens_B: how many tokens of each row are in the loss.
        """
        if self.how == "sequence_mean":
            losses_B = losses_B / tokens_B.clamp(min=1)
        total = losses_B.sum() * self.scale
        if self.how == "sum":
            return total
        if self.count is not None:
            return total / self.count
        counted = tokens_B if self.how == "token_mean" else tokens_B > 0
        return total / counted.sum().clamp(min=1)


DEFAULT_REDUCTION = Reduction()
"""That of the recipe of *Dr. Kernel*."""
