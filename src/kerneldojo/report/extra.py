"""The libraries of the `report` extra, and what to do when they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from kerneldojo.errors import UsageError


def require(module: str) -> Any:
    """Import a library that only HTML reports need.

    Raises:
        UsageError: if it is not installed; names the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"an HTML report needs {module}, which is not installed ({error}). Install it with: "
            "pip install 'kerneldojo[report]' (.md, .csv and .json reports need nothing more)."
        ) from None
