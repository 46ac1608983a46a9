"""What several runs are called when they stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerneldojo.wording import plain


def labels_of(paths: Sequence[Path]) -> list[str]:
    """Return as many last parts of each path as tell them apart; equal paths are numbered."""
    parts = [tuple(map(plain, path.resolve().parts)) for path in paths]
    deepest = max(len(each) for each in parts)
    for depth in range(1, deepest + 1):
        labels = ["/".join(each[-depth:]) for each in parts]
        if len(set(labels)) == len(set(parts)):
            break
    return [
        label if labels.count(label) == 1 else f"{label} ({labels[: index + 1].count(label)})"
        for index, label in enumerate(labels)
    ]
