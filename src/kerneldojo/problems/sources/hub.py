"""Data sets on the Hugging Face hub: `hf:ORG/NAME`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems.sources import files, kernelbench
from kerneldojo.problems.sources.base import Item, Places

_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)")
_PATTERNS = ["*.parquet", "*.jsonl", "*.json", "*.py"]


def read(spec: str, places: Places) -> Iterator[Item]:
    """Yield the problems of a data set, downloaded once into the hub's own cache.

    Raises:
        ProblemNotFound: if there is no such data set, or it cannot be reached.
        UsageError: if `huggingface_hub` is not installed.
    """
    match = _NAME.fullmatch(spec)
    if match is None:
        raise ProblemNotFound(f"{spec!r} is not of the form 'hf:ORG/NAME'")
    folder = _download(match[1])
    if match[1].lower() == kernelbench.REPOSITORY.lower():
        yield from kernelbench.read_tables(folder, places)
    else:
        yield from files.read(folder, places)


def _download(repository: str) -> Path:
    try:
        import huggingface_hub
        from huggingface_hub import errors
    except ImportError:
        raise UsageError(
            f"hf:{repository} takes huggingface_hub, which is not installed: "
            "pip install 'kerneldojo[data]'"
        ) from None
    try:
        folder = huggingface_hub.snapshot_download(
            repository, repo_type="dataset", allow_patterns=_PATTERNS
        )
    except errors.RepositoryNotFoundError:
        raise ProblemNotFound(
            f"the Hugging Face hub has no public data set {repository!r}"
        ) from None
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ProblemNotFound(
            f"hf:{repository} cannot be downloaded: is there a network? "
            f"({_first_line(error)}). A folder of its files works without one"
        ) from None
    return Path(folder)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
