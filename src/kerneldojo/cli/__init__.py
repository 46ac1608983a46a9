"""The command: one file per verb, no logic that a library user cannot reach."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `kerneldojo`."""
    from kerneldojo.cli.app import main as run

    sys.exit(run())


__all__ = ["main"]
