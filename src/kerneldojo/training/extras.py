"""Packages that only training needs, and their silence."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kerneldojo.errors import UsageError

_NEEDED = ("torch", "transformers", "datasets", "accelerate", "trl")
_LOUD = ("trl", "accelerate", "huggingface_hub", "torch.distributed")


def need_training() -> None:
    """Make sure that a model can be trained here.

    Raises:
        UsageError: naming what is not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"training needs {', '.join(missing)}, which cannot be imported. "
            "Install it: pip install 'kerneldojo[train]'."
        )


def check_reports(names: Sequence[str], table: str) -> None:
    """Refuse to report to what is not there.

    Args:
        names: as `transformers` knows them.
        table: the settings they come from.

    Raises:
        UsageError: naming what is.
    """
    from transformers.integrations import get_available_reporting_integrations

    there = get_available_reporting_integrations()
    for name in names:
        if name not in there:
            found = ", ".join(there) or "none"
            raise UsageError(
                f"{table}.report_to names {name!r}, which is unknown to transformers or not "
                f"installed. Installed are: {found}."
            )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries from telling about themselves meanwhile; errors they do tell."""
    import datasets
    import transformers

    ours = transformers.utils.logging
    verbosity, bars = ours.get_verbosity(), ours.is_progress_bar_enabled()
    table_bars = datasets.are_progress_bars_disabled()
    loggers = [logging.getLogger(name) for name in _LOUD]
    levels = [logger.level for logger in loggers]
    ours.set_verbosity_error()
    ours.disable_progress_bar()
    datasets.disable_progress_bars()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(trl|accelerate|transformers|torch)\b")
            yield
    finally:
        ours.set_verbosity(verbosity)
        if bars:
            ours.enable_progress_bar()
        if not table_bars:
            datasets.enable_progress_bars()
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
