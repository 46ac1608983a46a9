"""`kerneldojo problems`: list, show and validate problems."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

import kerneldojo as kd
from kerneldojo.cli import options
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import NOT_CORRECT, OK, open_evaluator, open_session
from kerneldojo.cli.tables import show_table
from kerneldojo.records import Problem

problems = typer.Typer(no_args_is_help=True, help="List, show and validate problems.")


@problems.command("list")
def list_all(json: options.Json = False) -> None:
    """List the bundled problems; with --json as one array of objects."""
    found = kd.list_problems()
    if json:
        print_json([_facts(problem) for problem in found])
        return
    rows = [
        (problem.name, str(problem.metadata.level or "–"), problem.metadata.description)
        for problem in found
    ]
    show_table(Console(highlight=False), ("problem", "level", "what it computes"), rows)


@problems.command()
def show(problem: options.ProblemName, json: options.Json = False) -> None:
    """Show a problem's reference, workloads and tolerance."""
    found = kd.load_problem(problem)
    if json:
        print_json(_facts(found) | {"source": found.source})
        return
    console = Console(highlight=False)
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
        sys.stdout.write(found.source)


@problems.command()
def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROBLEM...", help="Names or files; all bundled ones if left out."),
    ] = None,
    json: options.Json = False,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
) -> None:
    """Run references in the sandbox and report what would make them unfair or unusable."""
    session = open_session(settings, config, json=json)
    chosen = [kd.load_problem(name) for name in names] if names else kd.list_problems()
    results: list[dict[str, Any]] = []
    with open_evaluator(session.config) as evaluator:
        for problem in chosen:
            complaints = evaluator.validate(problem)
            results.append({"problem": problem.name, "complaints": complaints})
            mark = Text("ok     ", "green") if not complaints else Text("faulty ", "bold red")
            session.people.print(mark + Text(problem.name))
            for complaint in complaints:
                session.people.print(Text(f"       {complaint}"))
    if json:
        print_json(results)
    raise typer.Exit(NOT_CORRECT if any(result["complaints"] for result in results) else OK)


def _facts(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "digest": problem.digest,
        "origin": problem.origin,
        "licence": problem.licence,
        "metadata": problem.metadata.model_dump(mode="json"),
    }
