"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, content: str | Callable[[Path], object]) -> None:
    """Write a file or directory beside its place, and move it there once it is complete.

    Args:
        path: replaced, if it is a file; its folder is made if need be.
        content: the text (what is no Unicode becomes a question mark), or what writes to the
            path that it is given.

    Raises:
        OSError: if it cannot be written; what was there before is intact.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        if isinstance(content, str):
            partial.write_text(content, encoding="utf-8", errors="replace", newline="")
        else:
            content(partial)
        partial.replace(path)
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    """Clear away what is left of a failure; a complaint about it would hide the first one."""
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
