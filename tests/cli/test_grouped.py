"""Options in groups: typer sees every field, the verb sees the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from kerneldojo.cli.grouped import grouped


@dataclass(frozen=True)
class Colours:
    """Which colours.

    More words.
    """

    first: Annotated[str, typer.Option("--first", help="The first.")] = "red"
    many: Annotated[list[str] | None, typer.Option("--many", help="Several.")] = None


def paint(
    where: Annotated[str, typer.Argument()],
    colours: Colours,
    thick: Annotated[bool, typer.Option("--thick")] = False,
) -> None:
    """Paint something."""
    print(where, colours, thick)


def run(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(grouped(paint))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_a_group_arrives_whole() -> None:
    assert run("wall") == f"wall {Colours()} False"
    given = run("wall", "--first", "blue", "--many", "a", "--many", "b", "--thick")
    assert given == f"wall {Colours('blue', ['a', 'b'])} True"


def test_help_shows_the_group_under_its_title() -> None:
    shown = run("--help")
    assert "Paint something." in shown
    before, title, after = shown.partition("Which colours ")
    assert title and "--first" in after and "--first" not in before
    assert "--thick" in before
