"""Has verl loaded us? It does not say so if it has not, so that somebody else must."""

from __future__ import annotations

import importlib
import os
import traceback
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.settings import NAME

VERL = "0.9.1"
"""The version whose functions and configuration this is written for."""
GROUP = "verl.plugins"


@dataclass(frozen=True)
class Registered:
    """What verl knows of us in one process."""

    missing: tuple[str, ...]
    """Names that it does not know."""
    reason: str = ""
    """Why, as far as it can be found out."""


def check() -> None:
    """Make sure that verl, in this process, has registered all that a recipe names.

    Raises:
        UsageError: saying what is missing and why.
    """
    refuse("this process", look())


def look() -> Registered:
    """Return what verl knows of us here, without helping it to: only verl itself is imported."""
    try:
        found = version("verl")
    except PackageNotFoundError:
        return Registered(("verl",), "none is installed. pip install 'kerneldojo[verl]'")
    if found != VERL:
        return Registered(("verl",), f"{found} is installed.")
    importlib.import_module("verl")
    from kerneldojo.integrations.verl.estimators import names

    core = importlib.import_module("verl.trainer.ppo.core_algos")
    missing = [name for name in names() if name not in core.ADV_ESTIMATOR_REGISTRY]
    for module, registry, kind in (
        ("verl.experimental.agent_loop.agent_loop", "_agent_loop_registry", "agent loop"),
        ("verl.trainer.ppo.v1.trainer_base", "TRAINER_REGISTRY", "trainer"),
    ):
        try:
            known = getattr(importlib.import_module(module), registry)
        except (ImportError, AttributeError) as error:
            return Registered((f"{kind} {NAME}",), f"{module} cannot be used: {error}")
        if NAME not in known:
            missing.append(f"{kind} {NAME}")
    return Registered(tuple(missing), _reason() if missing else "")


def refuse(where: str, found: Registered) -> None:
    """Raise if anything is missing.

    Raises:
        UsageError: saying where, what and why.
    """
    if found.missing == ("verl",):
        raise UsageError(f"In {where} verl {VERL} is needed: {found.reason}")
    if found.missing:
        raise UsageError(
            f"In {where} verl does not know {', '.join(found.missing)}. {found.reason}".strip()
        )


def _reason() -> str:
    """Return why verl has not loaded the plug-in."""
    policy = os.environ.get("VERL_USE_EXTERNAL_PLUGINS", "auto").strip().lower()
    if policy != "auto" and NAME not in {name.strip() for name in policy.split(",")}:
        return f"VERL_USE_EXTERNAL_PLUGINS={policy} keeps verl from loading it; unset it."
    if NAME not in {point.name for point in entry_points(group=GROUP)}:
        return (
            f"Python finds no entry point {NAME!r} in the group {GROUP!r}: install KernelDojo "
            "anew (pip install -e . does not follow changes of pyproject.toml)."
        )
    try:
        importlib.import_module("kerneldojo.integrations.verl.plugin")
    except Exception:  # whatever it is, it is what we look for
        return "The plug-in fails to load:\n" + traceback.format_exc()
    return "The plug-in loads now, but did not when verl was loaded."
