"""`kerneldojo doctor`: what this machine offers, and what to do about what is missing."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.text import Text

import kerneldojo as kd
from kerneldojo.cli import options
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import INFRASTRUCTURE, OK
from kerneldojo.cli.tables import show_table

_STYLES = {"ok": "green", "limited": "yellow", "missing": "bold red"}


def doctor(json: options.Json = False) -> None:
    """Check Python, PyTorch, Triton, compilers, GPU, isolation and timing noise."""
    diagnosis = kd.diagnose()
    console = Console(stderr=json, highlight=False)
    rows = [
        (check.name, Text(check.state, _STYLES[check.state]), check.found)
        for check in diagnosis.checks
    ]
    show_table(console, ("check", "state", "found"), rows)
    for check in diagnosis.checks:
        if check.advice:
            console.print(Text.assemble((f"{check.name}: ", "bold"), check.advice))
    console.print(
        "Solutions can be judged on this machine."
        if diagnosis.ready
        else "Nothing can be judged on this machine yet."
    )
    if json:
        print_json(diagnosis)
    raise typer.Exit(OK if diagnosis.ready else INFRASTRUCTURE)
