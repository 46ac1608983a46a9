"""Marks in rows: how many, and which rows, for messages."""

from __future__ import annotations

import torch
from torch import Tensor

_NAMED = 8
"""Rows a message lists before it says "and n more"."""


def count_rows(marked_BL: Tensor) -> Tensor:
    """Return how many marks each row has, as 32-bit integers."""
    # As bytes, because PyTorch sums booleans by way of 64-bit integers, ten times as slowly.
    return marked_BL.view(torch.uint8).sum(-1, dtype=torch.int32)


def name_rows(marked_BL: Tensor) -> str:
    """Return the rows that hold a mark, e.g. `rows 3, 17`, the first eight of them."""
    rows = marked_BL.any(-1).nonzero().flatten().tolist()
    shown = ", ".join(str(row) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
