"""Packages that only exports and data frames need."""

from __future__ import annotations

import importlib
from types import ModuleType

from kerneldojo.errors import UsageError


def need(name: str) -> ModuleType:
    """Import a package of the `data` extra.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"{name} is needed for this ({error}). Install it: pip install 'kerneldojo[data]'."
        ) from error
