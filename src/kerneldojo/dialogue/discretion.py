"""What is ours is taken out of a text before a model sees it."""

from __future__ import annotations

import re

_PATH = re.compile(r"(?<![\w.:/])(?:/[\w.+@\-]+)+/([\w.+@\-]+)")
_FRAME = re.compile(r'^ *File "[^"]*/kerneldojo/[^"]*", line .*\n?', re.MULTILINE)
_TRIAL = re.compile(r"[\w.\-]+/(?:default|scaled|offset|sparse|extreme)#\d+")
_PERSON = (
    ("of the solution's own", "of your own"),
    ("the solution's own", "your own"),
    ("the solution's", "your code's"),
    ("the solution", "your code"),
)
_SHAPES = re.compile(r"(?P<what>.+) has shape \((?P<has>.*)\), but must have \((?P<must>.*)\)")


def discreet(text: str) -> str:
    """Return a text without the folders files lie in, frames of ours, and names of trials."""
    return _TRIAL.sub("another call", _PATH.sub(r"\1", _FRAME.sub("", text)))


def addressed(text: str) -> str:
    """Return a remark about a solution in words for its author."""
    for ours, yours in _PERSON:
        text = text.replace(ours, yours)
    return discreet(text)


def shapes_compared(message: str) -> str:
    """Return how a shape differs from what it must be, without the sizes of the inputs.

    Args:
        message: what the referee says of a wrong shape; anything else is returned as it is.
    """
    match = _SHAPES.fullmatch(message)
    if match is None:
        return message
    has, must = (
        [int(size) for size in re.findall(r"\d+", match[group])] for group in ("has", "must")
    )
    what = match["what"]
    if len(has) != len(must):
        return f"{what} has {_dimensions(len(has))}, but must have {_dimensions(len(must))}"
    if has != must and sorted(has) == sorted(must):
        return f"the dimensions of {what} are in the wrong order"
    wrong = [_longer(axis, *sizes) for axis, sizes in enumerate(zip(has, must, strict=True))]
    return f"{what}: " + ", ".join(one for one in wrong if one)


def _dimensions(count: int) -> str:
    return "1 dimension" if count == 1 else f"{count} dimensions"


def _longer(axis: int, has: int, must: int) -> str:
    if has == must:
        return ""
    if has > must:
        return f"dimension {axis} is too long"
    return f"dimension {axis} is 1" if has == 1 else f"dimension {axis} is too short"
