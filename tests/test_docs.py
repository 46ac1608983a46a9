"""Documentation that cannot rot: every name appears, every block parses, every link leads."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import kerneldojo as kd
from kerneldojo.cli.app import app, main
from kerneldojo.config import keys
from kerneldojo.records import FindingKind, Status
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
STARTING = ("eval", "bench", "check", "profile", "search", "refine", "collect")
"""Verbs that start what takes long, and have a dry run."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}", match[2])
        for page in PAGES
        for match in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if match[1] == language
    ]


def command_lines() -> list[tuple[str, str]]:
    return [
        (where, line.partition("  #")[0].strip())
        for where, text in blocks("bash")
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
    ]


def options() -> Iterator[tuple[str, str]]:
    def walk(name: str, command: object) -> Iterator[tuple[str, str]]:
        for parameter in getattr(command, "params", []):
            for option in parameter.opts:
                if option.startswith("-"):
                    yield name, option
        for child, inner in getattr(command, "commands", {}).items():
            yield f"{name} {child}".strip(), ""
            yield from walk(f"{name} {child}".strip(), inner)

    return walk("", typer.main.get_command(app))


@pytest.mark.parametrize("status", list(Status))
def test_statuses_are_documented(status: Status) -> None:
    assert f"| `{status}` |" in (ROOT / "docs" / "statuses.md").read_text()


@pytest.mark.parametrize("kind", list(FindingKind))
def test_finding_kinds_are_documented(kind: FindingKind) -> None:
    assert f"| `{kind}` |" in (ROOT / "docs" / "statuses.md").read_text()


@pytest.mark.parametrize("key", list(keys()))
def test_settings_are_documented(key: str) -> None:
    table, _, leaf = key.rpartition(".")
    section = (ROOT / "docs" / "settings.md").read_text().partition(f"## `[{table}]`")[2]
    [row] = re.findall(rf"^\| `{leaf}` \|.*$", section.partition("\n## ")[0], re.MULTILINE)
    assert not row.endswith("|  |"), f"{key} has no docstring"


@pytest.mark.parametrize("name", ["settings_page.py", "suite_page.py"])
def test_generated_pages_are_current(name: str) -> None:
    script = ROOT / "scripts" / name
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


@pytest.mark.parametrize(("verb", "option"), sorted(set(options())))
def test_verbs_and_options_are_documented(verb: str, option: str) -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert re.search(rf"`(kerneldojo )?{re.escape(verb)}\b|{re.escape(verb)}", text)
    assert not option or f"{option}`" in text or f"{option} " in text


@pytest.mark.parametrize(("where", "code"), blocks("python"), ids=lambda value: value[:30])
def test_python_blocks_parse(where: str, code: str) -> None:
    ast.parse(code, where)


@pytest.mark.parametrize(("where", "line"), command_lines(), ids=lambda value: value[:60])
def test_commands_run(
    where: str, line: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kerneldojo` lines run, without starting what takes long; others name what exists."""
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(line)
    if program == "make":
        assert f"\n{arguments[0]}:" in (ROOT / "Makefile").read_text(), where
    elif program == "kerneldojo":
        arguments = [
            found
            for argument in arguments
            for found in (sorted(map(str, ROOT.glob(argument))) if "*" in argument else [argument])
        ]
        starts = arguments[0] in STARTING or arguments[:2] == ["train", "lessons"]
        if starts and "--help" not in arguments:
            arguments.append("--dry-run")
        if arguments[:2] == ["problems", "validate"] or arguments[0] in ("report", "view"):
            arguments.append("--help")
        if arguments[0] in ("show", "export", "cache") or (arguments[0] == "train" and not starts):
            arguments.append("--help")  # runs, caches and models are the reader's own
        if {"solution.py", "fast.toml"} & set(arguments):
            pytest.skip("names files of the reader's own")
        assert main(arguments) in (0, 3), capfd.readouterr().err
    else:
        assert program in ("source", "pip", "python"), f"{where}: unknown program"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        if "://" not in match[1]:
            assert (page.parent / match[1]).exists(), match[1]


def test_the_problem_and_solution_of_the_start_page(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "start.md").read_text()
    problem, solution = (match[2] for match in BLOCK.finditer(page) if match[1] == "python")
    (tmp_path / "scale.py").write_text(problem)
    settings = EvaluationSettings(
        timing=TimingPlan(budget_s=0.2), trials=Trials(seeds=1, distributions=False)
    )
    evaluation = kd.evaluate(tmp_path / "scale.py", solution, settings=settings)
    assert evaluation.status == "CORRECT", evaluation.to_json()


def test_the_library_example_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [code] = [text for where, text in blocks("python") if where.startswith("README")]
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    evaluation = names["evaluation"]
    assert isinstance(evaluation, kd.Evaluation)
    assert evaluation.status == "CORRECT"
