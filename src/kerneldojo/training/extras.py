"""Packages that only training needs, and their silence."""

from __future__ import annotations

import importlib.util
import logging
import warnings

from kerneldojo.errors import UsageError

_NEEDED = ("torch", "transformers", "datasets", "accelerate", "trl")


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


def hush() -> None:
    """Keep the libraries from telling about themselves; errors they do tell."""
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name in ("trl", "accelerate", "huggingface_hub", "torch.distributed"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(trl|accelerate|transformers|torch)\b")
