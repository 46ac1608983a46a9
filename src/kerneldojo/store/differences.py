"""Where two configurations differ, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = object()
_LONGEST = 60


def differences(recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield `dotted.key: recorded → asked` for each key whose values differ."""
    before, after = dict(flatten(recorded)), dict(flatten(asked))
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if old != new:
            yield f"{key}: {_show(old)} → {_show(new)}"


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested tables under dotted keys; an empty table is a value."""
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _show(value: Any) -> str:
    if value is _ABSENT:
        return "(absent)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
