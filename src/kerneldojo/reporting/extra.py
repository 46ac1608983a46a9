"""The libraries of the `report` extra, and what to do when they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kerneldojo.errors import UsageError


@contextmanager
def needed_for_html() -> Iterator[None]:
    """Guard the import of a library that only HTML reports need.

    Raises:
        UsageError: if it is not installed; names the command that installs it.
    """
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"an HTML report needs a library that is not installed ({error}). Install it with: "
            "pip install 'kerneldojo[report]' (.md, .csv and .json reports need nothing more)."
        ) from None
