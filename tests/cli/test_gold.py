"""`gold` stands for the bundled solution wherever a solution is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("fake_evaluator")
PROBLEM = "suite/fused/bias_gelu"


@pytest.mark.parametrize("verb", ["eval", "check", "profile"])
def test_every_verb_that_reads_solutions_knows_it(command: Command, verb: str) -> None:
    ran = command(verb, PROBLEM, "gold", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["solutions"] == [{"origin": "gold", "language": "triton"}]


def test_it_stands_beside_files(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import triton\n")
    ran = command("eval", PROBLEM, "gold", file, "--dry-run", "--json")
    origins = [solution["origin"] for solution in json.loads(ran.out)["solutions"]]
    assert origins == ["gold", str(file)]


@pytest.mark.parametrize("verb", ["eval", "check", "profile"])
def test_a_problem_without_one_is_a_usage_error(
    command: Command, tmp_path: Path, verb: str
) -> None:
    problem = tmp_path / "mine.py"
    problem.write_text("class Model: ...\ndef get_inputs(): ...\n")
    ran = command(verb, problem, "gold")
    assert ran.code == 2
    assert "mine has no bundled gold solution" in " ".join(ran.err.split())
    assert ran.out == ""
