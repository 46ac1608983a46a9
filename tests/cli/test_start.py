"""Starting the command: quick, light, and clear about wrong usage."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Command


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from kerneldojo.cli.app import main; code = main(['--help']); "
        "heavy = {'torch', 'triton', 'numpy', 'ray', 'fastapi'} & set(sys.modules); "
        "sys.exit(f'{code} {heavy}' if code or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "eval" in done.stdout


@pytest.mark.parametrize(
    "verb", ["eval", "check", "profile", "problems list", "problems show", "doctor"]
)
def test_every_verb_has_help(command: Command, verb: str) -> None:
    ran = command(*verb.split(), "--help")
    assert ran.code == 0
    assert "--json" in ran.out


def test_no_arguments_shows_help(command: Command) -> None:
    ran = command()
    assert ran.code == 2
    assert "problems" in ran.out + ran.err


def test_version(command: Command) -> None:
    assert command("--version").code == 0


def test_unknown_verbs_are_refused(command: Command) -> None:
    ran = command("evil")
    assert ran.code == 2
    assert "evil" in ran.err
