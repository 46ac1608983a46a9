"""`problems list` and `problems export`: sources, selections, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

SOURCE = "class Model: pass\nN = 65536\ndef get_inputs(): return [torch.rand(N, N)]\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Something laid out like a clone of KernelBench."""
    for level in (1, 2):
        for number in (1, 2, 10):
            path = tmp_path / "clone" / "KernelBench" / f"level{level}" / f"{number}_Op_{level}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SOURCE)
    return tmp_path / "clone"


def names(out: str) -> list[str]:
    return [problem["name"] for problem in json.loads(out)]


def test_kernelbench_is_listed_in_order_from_an_option_or_a_setting(
    command: Command, clone: Path
) -> None:
    expected = [f"kernelbench/level1/{number}" for number in (1, 2, 10)]
    for place in (["--kernelbench", clone], ["--set", f"problems.kernelbench={clone}"]):
        ran = command("problems", "list", "kernelbench", "--level", "1", "--json", *map(str, place))
        assert names(ran.out) == expected
        assert "3 problems (licence: 3 MIT)" in ran.err


def test_the_selection_s_options_narrow(command: Command, clone: Path) -> None:
    here = ("--json", "--kernelbench", str(clone))
    ran = command("problems", "list", "kernelbench", "--range", "2,10", "--match", "*2/*", *here)
    assert names(ran.out) == ["kernelbench/level2/2", "kernelbench/level2/10"]
    ran = command("problems", "list", "kernelbench", "--limit", "1", "--scale", "cpu", *here)
    assert names(ran.out) == ["kernelbench/level1/1@cpu"]
    ran = command("problems", "list", "kernelbench", "--limit", "2", "--sample-seed", "3", *here)
    assert len(names(ran.out)) == 2
    assert names(command("problems", "list", "--tag", "norm", "--limit", "1", "--json").out)


def test_a_scaled_problem_is_shown_with_what_changed(command: Command, clone: Path) -> None:
    ran = command("problems", "show", "kernelbench/level1/1@cpu", "--kernelbench", str(clone))
    assert "Op 1. Scaled down for a CPU: N 65536 → 1024." in ran.out
    assert "N = 1024" in ran.out


def test_what_is_refused_is_told_on_stderr(command: Command, clone: Path) -> None:
    broken = clone / "KernelBench" / "level1" / "3_Broken.py"
    broken.write_text("def (")
    ran = command("problems", "list", "kernelbench/level1", "--json", "--kernelbench", str(clone))
    assert ran.code == 0
    assert len(names(ran.out)) == 3
    assert f"refused  {broken}: line 1" in ran.err
    ran = command("problems", "list", "kernelbench/level1/3", "--kernelbench", str(clone))
    assert ran.code == 2
    assert "0 problems" in ran.err


def test_export_and_list_again(command: Command, tmp_path: Path) -> None:
    table = str(tmp_path / "norm.jsonl")
    ran = command("problems", "export", "suite/norm/layer_norm", "-o", table)
    assert "1 problem (licence: 1 Apache-2.0), written to" in ran.out
    assert names(command("problems", "list", table, "--json").out) == ["suite/norm/layer_norm"]
    assert "class Model" in command("problems", "show", f"{table}::*layer_norm").out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["kernelbench"], "--kernelbench"),
        (["kernelbench/level1", "--kernelbench", "/nowhere"], "no such folder"),
        (["--level", "7"], "no level 7"),
        (["--range", "x"], "'x' is not a range"),
        (["--scale", "gpu"], "the only one is 'cpu'"),
        (["--match", "suite/nrom/*"], "Did you mean 'suite/norm/"),
        (["absent.jsonl"], "absent.jsonl: no such file"),
        (["generated/trian"], "Did you mean 'train'"),
    ],
)
def test_mistakes_are_explained(command: Command, arguments: list[str], complaint: str) -> None:
    ran = command("problems", "list", *arguments)
    assert ran.code == 2
    assert complaint in ran.err


def test_many_refusals_are_cut_short_unless_asked_for(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    table.write_text('{"code": 1}\n' * 30)
    ran = command("problems", "list", str(table))
    assert ran.err.count("refused") == 21
    assert "10 more; -v shows them" in ran.err
    assert command("problems", "list", str(table), "-v").err.count("refused") == 30
