"""`kerneldojo problems`: list, show, export and validate problems."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.syntax import Syntax
from rich.text import Text

from kerneldojo.cli import options, validate
from kerneldojo.cli.grouped import grouped
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import OK, USAGE, load_problem, open_common, open_session
from kerneldojo.cli.sources import load_selected
from kerneldojo.cli.tables import show_table
from kerneldojo.problems import export_problems
from kerneldojo.records import Problem

problems = typer.Typer(no_args_is_help=True, help="List, show, export and validate problems.")
problems.command()(grouped(validate.validate))


@problems.command("list")
@grouped
def list_all(
    choice: options.Choice,
    common: options.Common,
    licence: options.Licence = None,
    code_column: options.CodeColumn = None,
    json: options.Json = False,
) -> None:
    """List problems; with --json as one array of objects.

    What cannot be used is told on stderr, with the reason.
    """
    session = open_common(common, choice, json=json)
    found = load_selected(session, choice, licence=licence, code_column=code_column)
    if json:
        print_json([_facts(problem) for problem in found])
    elif found:
        rows = [
            (problem.name, str(problem.metadata.level or "–"), problem.metadata.description)
            for problem in found
        ]
        show_table(session.people, ("problem", "level", "what it computes"), rows)
    session.progress.print(Text(_summary(found), "dim"))
    raise typer.Exit(OK if found else USAGE)


@problems.command()
@grouped
def export(
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="PATH", help="A folder, or a file named .jsonl or .parquet."
        ),
    ],
    choice: options.Choice,
    common: options.Common,
    licence: options.Licence = None,
    code_column: options.CodeColumn = None,
) -> None:
    """Write problems to a folder of files in KernelBench's format, or to one table."""
    session = open_common(common, choice)
    found = load_selected(session, choice, licence=licence, code_column=code_column)
    if not found:
        raise typer.Exit(USAGE)
    export_problems(found, out)
    session.people.print(f"{_summary(found)}, written to {out}", soft_wrap=True)


@problems.command()
def show(
    problem: options.ProblemName,
    kernelbench: options.KernelBench = None,
    json: options.Json = False,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
) -> None:
    """Show a problem's reference, workloads and tolerance."""
    session = open_session(settings, config, json=json, kernelbench=kernelbench)
    found = load_problem(session.config, problem)
    if json:
        print_json(_facts(found) | {"source": found.source})
        return
    console = session.people
    metadata = found.metadata
    console.print(Text(found.name, "bold"))
    if metadata.description:
        console.print(metadata.description)
    console.print(Text(f"{found.origin} · licence {found.licence}", "dim"))
    if metadata.workloads:
        rows = [
            (
                workload.name,
                ", ".join(f"{name} = {value}" for name, value in workload.constants.items()),
            )
            for workload in metadata.workloads
        ]
        console.print()
        show_table(console, ("workload", "constants"), rows)
    console.print()
    if console.is_terminal:
        console.print(Syntax(found.source, "python", background_color="default"))
    else:
        sys.stdout.write(found.source.rstrip("\n") + "\n")


def _summary(found: Sequence[Problem]) -> str:
    licences = Counter(problem.licence for problem in found)
    words = ", ".join(f"{count} {licence}" for licence, count in licences.most_common())
    return f"{len(found)} problem{'s' * (len(found) != 1)}" + (
        f" (licence: {words})" if words else ""
    )


def _facts(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "digest": problem.digest,
        "origin": problem.origin,
        "licence": problem.licence,
        "metadata": problem.metadata.model_dump(mode="json"),
    }
