"""Row numbers in messages."""

from __future__ import annotations

from torch import Tensor

_NAMED = 8
"""Rows a message lists before it says "and n more"."""


def name_rows(marked_BL: Tensor) -> str:
    """Return the rows that hold a mark, e.g. `rows 3, 17`, the first eight of them."""
    rows = marked_BL.any(-1).nonzero().flatten().tolist()
    shown = ", ".join(str(row) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
