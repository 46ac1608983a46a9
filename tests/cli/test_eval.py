"""`eval`: one JSON object on stdout, people on stderr, exit codes, files, dry runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kerneldojo.records import Evaluation
from kerneldojo.store import Cache, Run
from tests.cli.conftest import Command, FakeEvaluator

pytestmark = pytest.mark.usefixtures("fake_evaluator")
PROBLEM = "suite/softmax/softmax"
Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ("correct", 0),
        ("hacked", 1),
        ("wrong", 1),
        ("crashed", 1),
        ("failed", 3),
        ("interrupt", 130),
    ],
)
def test_exit_codes(command: Command, write: Write, verdict: str, code: int) -> None:
    assert command("eval", PROBLEM, write(verdict)).code == code


def test_json_is_one_evaluation_and_people_read_stderr(command: Command, write: Write) -> None:
    ran = command("eval", PROBLEM, write(), "--json")
    record = json.loads(ran.out)
    assert ran.out.count("\n") == 1
    assert record["status"] == "CORRECT"
    assert record["speedup"] == pytest.approx(2.312)
    assert record["profile"]["coverage"] == pytest.approx(0.973)
    assert record["environment"]["target"] == "cpu"
    assert Evaluation.from_json(ran.out).status == "CORRECT"
    assert "CORRECT" in ran.err


def test_without_json_the_card_is_on_stdout(command: Command, write: Write) -> None:
    ran = command("eval", PROBLEM, write("hacked"))
    assert "HACKED" in ran.out
    assert "library_answer" in ran.out
    assert ran.err == ""


def test_several_solutions_give_json_lines_and_the_gravest_code(
    command: Command, write: Write
) -> None:
    paths = [write(verdict, f"{verdict}.py") for verdict in ("correct", "hacked", "failed")]
    ran = command("eval", PROBLEM, *paths, "--json")
    statuses = {json.loads(line)["status"] for line in ran.out.splitlines()}
    assert statuses == {"CORRECT", "HACKED", "EVALUATION_FAILED"}
    assert ran.code == 3
    for path in paths:
        assert path.name in ran.err


def test_equal_solutions_are_told_apart(command: Command, write: Write) -> None:
    ran = command("eval", PROBLEM, write(name="a.py"), write(name="b.py"))
    assert "a.py" in ran.out
    assert "b.py" in ran.out


def test_standard_input(command: Command, write: Write) -> None:
    ran = command("eval", PROBLEM, "-", stdin=write("wrong").read_bytes())
    assert ran.code == 1
    assert "<stdin>" in ran.out


@pytest.mark.parametrize(
    ("stdin", "complaint"),
    [(b"\xff\xfe", "UTF-8"), (b"#" * (1025 * 1024), "1024"), (b"\0", "binary"), (b"", "empty")],
)
def test_unusable_standard_input(command: Command, stdin: bytes, complaint: str) -> None:
    ran = command("eval", PROBLEM, "-", stdin=stdin)
    assert ran.code == 2
    assert complaint in ran.err


def test_dry_run_starts_nothing(
    command: Command, write: Write, fake_evaluator: type[FakeEvaluator]
) -> None:
    ran = command("eval", PROBLEM, write(), "--dry-run", "--set", "evaluation.trials.seeds=5")
    assert ran.code == 0
    assert "seeds = 5" in ran.out
    assert PROBLEM in ran.out
    assert not fake_evaluator.opened
    planned = json.loads(command("eval", PROBLEM, write(), "--dry-run", "--json").out)
    assert planned["config"]["evaluation"]["target"] == "auto"


def test_settings_reach_the_evaluator(
    command: Command, write: Write, tmp_path: Path, fake_evaluator: type[FakeEvaluator]
) -> None:
    file = tmp_path / "kd.toml"
    file.write_text("[evaluation.timing]\nbudget_s = 0.25\n")
    command("eval", PROBLEM, write(), "--config", file, "--target", "cpu")
    [arguments] = fake_evaluator.opened
    assert arguments["settings"].timing.budget_s == 0.25
    assert arguments["settings"].target == "cpu"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "evaluation.tmng.budget_s=1"], "Did you mean 'evaluation.timing.budget_s'"),
        (["--set", "evaluation.trials.seeds=0"], "a whole number ≥ 1"),
        (["--target", "gpu"], "one of auto, cuda"),
        (["--language", "tritn"], "Did you mean 'triton'"),
        (["--config", "missing.toml"], "No such file"),
        (["-o", "/proc/nothing/here"], "cannot write to"),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_usage(command: Command, write: Write, arguments: list[str], complaint: str) -> None:
    ran = command("eval", PROBLEM, write(), *arguments)
    assert ran.code == 2
    assert complaint in ran.err
    assert ran.out == ""


def test_unknown_problems_name_the_nearest(command: Command, write: Write) -> None:
    ran = command("eval", "suite/softmax/softmx", write())
    assert ran.code == 2
    assert "Did you mean 'suite/softmax/softmax'" in ran.err


def test_out_file(command: Command, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "verdict.json"
    command("eval", PROBLEM, write(), "-o", out)
    assert Evaluation.from_json(out.read_text()).status == "CORRECT"
    ran = command("eval", PROBLEM, write(), write(name="b.py"), "-o", out)
    assert ran.code == 2
    assert ".jsonl" in ran.err


def test_out_lines_survive_a_torn_line(command: Command, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    command("eval", PROBLEM, write(), "--out", out)
    with out.open("a") as file:
        file.write('{"format": "kerneldojo.eval')
    command("eval", PROBLEM, write("wrong"), "--out", out)
    first, torn, second = out.read_text().splitlines()
    assert Evaluation.from_json(first).status == "CORRECT"
    assert torn.endswith("eval")
    assert Evaluation.from_json(second).status == "WRONG_VALUE"


def test_out_directory_is_a_run(command: Command, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command("eval", PROBLEM, write(), write("wrong", "b.py"), "-o", out)
    run = Run.open(out)
    assert run.kind == "eval"
    assert run.config["evaluation"]["target"] == "auto"
    assert {each.status for each in run.outcomes()} == {"CORRECT", "WRONG_VALUE"}
    assert [each.name for each in run.problems().values()] == [PROBLEM]


def test_the_answers_in_a_run_are_numbered(command: Command, write: Write, tmp_path: Path) -> None:
    """Two answers to a problem are two samples: figures and `show RUN softmax#1` rest on it."""
    out, first, second = tmp_path / "run", write(), write("wrong", "b.py")
    command("eval", PROBLEM, first, second, "-o", out)
    command("eval", PROBLEM, second, "-o", out)
    command("eval", PROBLEM, write("hacked", "c.py"), "-o", out)
    found = [(entry.sample, Path(entry.origin).name) for entry in Run.open(out).entries()]
    assert found == [(0, first.name), (1, "b.py"), (2, "c.py")]
    assert "WRONG_VALUE" in command("show", out, "softmax#1").out


def test_a_run_takes_more_of_the_same_settings_only(
    command: Command, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert command("eval", PROBLEM, write(), "-o", out).code == 0
    assert command("eval", PROBLEM, write("wrong", "b.py"), "-o", out).code == 1
    assert len(Run.open(out).outcomes()) == 2
    ran = command("eval", PROBLEM, write(), "-o", out, "--set", "evaluation.trials.seeds=5")
    assert ran.code == 2
    assert "evaluation.trials.seeds: 2 → 5" in ran.err


@pytest.mark.parametrize(("switch", "opened"), [((), False), (("--cache",), True)])
def test_the_cache_is_opened_when_asked_for(
    command: Command,
    write: Write,
    tmp_path: Path,
    fake_evaluator: type[FakeEvaluator],
    switch: tuple[str, ...],
    opened: bool,
) -> None:
    file = tmp_path / "cache.sqlite"
    command("eval", PROBLEM, write(), "--set", f"cache.path={file}", *switch)
    [arguments] = fake_evaluator.opened
    assert file.exists() == opened
    assert isinstance(arguments["cache"], Cache) == opened
