"""`bench`: what it prints, its exit codes, resuming, interruptions, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from kerneldojo.cli import bench as verb
from kerneldojo.cli.bench_progress import BenchProgress
from kerneldojo.metrics import Summary
from kerneldojo.records import Entry
from tests.benchmark.conftest import FakeEvaluator
from tests.cli import samples
from tests.cli.conftest import Command, command

__all__ = ["command"]  # a fixture of the other verbs' tests

PROBLEMS = ("suite/softmax/softmax", "suite/norm/layer_norm", "suite/norm/rms_norm")


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch, evaluator: FakeEvaluator) -> FakeEvaluator:
    monkeypatch.setattr(verb, "open_evaluator", lambda config: evaluator)
    return evaluator


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Two samples for each of two problems."""
    return write(tmp_path, "correct", "wrong", "correct", "hacked")


def write(folder: Path, *verdicts: str) -> Path:
    names = [name for name in PROBLEMS for _ in range(2)]
    lines = [
        json.dumps({"problem": name, "code": f"# {number}\n# verdict: {verdict}\n"})
        for number, (name, verdict) in enumerate(zip(names, verdicts, strict=False))
    ]
    path = folder / "answers.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_verdicts_as_they_come_and_tables_at_the_end(
    command: Command, rows: Path, tmp_path: Path
) -> None:
    ran = command("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run", "--p", "3")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "[1/4] CORRECT             2.31×  suite/softmax/softmax",
        "[2/4] WRONG_VALUE                suite/softmax/softmax #1",
        "[3/4] CORRECT             2.31×  suite/norm/layer_norm",
        "[4/4] HACKED                     suite/norm/layer_norm #1",
    ]
    table = [line.split() for line in ran.out.splitlines()]
    assert "fast@p problems @0 @0.5 @0.8 @1 @1.2 @1.5 @2 @3".split() in table
    assert "all 3 33 % 33 % 33 % 33 % 33 % 33 % 33 % 0 %".split() in table
    assert "1 problem without a solution: counted as failures." in ran.out
    assert "4 solutions: 2 CORRECT, 1 HACKED, 1 WRONG_VALUE" in ran.out
    assert "pass@k  1: 33 %" in ran.out
    assert "of 3 problems" not in ran.out
    assert all(len(line) <= 80 or "Run: " in line for line in ran.out.splitlines()), ran.out


def test_pass_at_k_says_on_how_few_problems_it_rests(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, "correct", "wrong", "wrong")
    names = PROBLEMS[:2]
    ran = command("bench", *names, "--solutions", path, "-o", tmp_path / "run")
    [line] = [line for line in ran.out.splitlines() if line.startswith("pass@k")]
    assert line.endswith(" of 1 problem")
    assert "2: 100 %" in line


def test_json_is_one_document(command: Command, rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    ran = command("bench", *PROBLEMS, "--solutions", rows, "-o", run, "--json", "--skip-missing")
    document = json.loads(ran.out)
    assert (document["run"], document["missing"]) == (str(run), [PROBLEMS[2]])
    summary = Summary.model_validate(document["summary"])
    assert (summary.all.outcomes, summary.all.correct.value) == (4, 0.5)
    assert "fast@p" in ran.err


def test_the_lower_bound(command: Command, rows: Path, tmp_path: Path) -> None:
    """The sample is 2.31 times as fast, and at least 2.25 times."""
    arguments = ("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run", "--resume")
    for options, share in ((), 1 / 3), (("--lower-bound",), 0):
        ran = command(*arguments, "--p", "2.3", "--json", *options)
        last = json.loads(ran.out)["summary"]["all"]["fast"][-1]
        assert (last["p"], last["estimate"]["value"]) == (2.3, pytest.approx(share))
    assert "surely more than p times" in ran.err


def test_groups(command: Command, rows: Path, tmp_path: Path) -> None:
    ran = command(
        *("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run"),
        *("--by", "family", "--by", "target"),
    )
    assert "family norm" in ran.out
    assert "family softmax" in ran.out
    assert "target cpu" not in ran.out  # the only target: it would repeat the whole
    ran = command("bench", "--solutions", rows, "-o", tmp_path / "other", "--by", "colour")
    assert (ran.code, "--by 'colour' is unknown" in ran.err) == (2, True)


def test_without_timing_only_correctness_is_shown(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, "interpreted", "wrong")
    ran = command("bench", PROBLEMS[0], "--solutions", path, "-o", tmp_path / "run")
    assert "all 1 50 % – – – – – –".split() in [line.split() for line in ran.out.splitlines()]
    assert "1 correct solution not timed: counted at @0 only." in ran.out


def test_our_own_faults_have_an_exit_code_and_are_left_out(
    command: Command, tmp_path: Path
) -> None:
    path = write(tmp_path, "correct", "failed")
    ran = command("bench", PROBLEMS[0], "--solutions", path, "-o", tmp_path / "run")
    assert ran.code == 3
    assert "1 verdict that say nothing about the solution: left out" in ran.out


def test_interrupted_and_resumed(
    command: Command, rows: Path, tmp_path: Path, fake: FakeEvaluator
) -> None:
    arguments = ("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run")
    fake.interrupt_after = 3
    ran = command(*arguments)
    assert ran.code == 130
    assert f"3 of 4 verdicts are kept in {tmp_path / 'run'}" in ran.err.replace("\n", " ")
    assert "--resume" in ran.err
    fake.interrupt_after = None
    assert command(*arguments).code == 2  # not over what is there
    ran = command(*arguments, "--resume")
    assert (ran.code, len(fake.asked)) == (0, 4)
    assert "4 solutions" in ran.out
    assert command(*arguments, "--resume", "--samples", "1").code == 2
    ran = command(*arguments, "--resume", "--set", "evaluation.timing.budget_s=9")
    assert ran.code == 0  # the fake evaluator's settings have not changed


def test_damaged_lines_are_told(command: Command, rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ("bench", *PROBLEMS, "--solutions", rows, "-o", run)
    command(*arguments)
    with (run / "evaluations.jsonl").open("a") as file:
        file.write('{"id": 7}\n')
    ran = command(*arguments, "--resume")
    assert ran.code == 0
    assert f"1 line passed over: {run / 'evaluations.jsonl'}:5" in ran.out


def test_fewer_samples(command: Command, rows: Path, tmp_path: Path, fake: FakeEvaluator) -> None:
    out = tmp_path / "run"
    command("bench", *PROBLEMS, "--solutions", rows, "-o", out, "--samples", "1")
    assert [verdict for _, verdict in fake.asked] == ["correct", "correct"]


def test_what_cannot_be_used_is_told(command: Command, rows: Path, tmp_path: Path) -> None:
    with rows.open("a") as file:
        file.write('{"problem": "softmax"}\n{"problem": "strange", "code": "x"}\n')
    ran = command("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run", "--json")
    assert f"refused  {rows}:5: column 'code': missing" in ran.err
    assert "no problem named 'strange'" in ran.err
    assert len(json.loads(ran.out)["complaints"]) == 2
    assert ran.code == 0


def test_a_dry_run_judges_nothing(
    command: Command, rows: Path, tmp_path: Path, fake: FakeEvaluator
) -> None:
    arguments = ("bench", *PROBLEMS, "--solutions", rows, "-o", tmp_path / "run", "--dry-run")
    assert "would judge 4 solutions of 3 problems (1 without one)" in command(*arguments).out
    assert json.loads(command(*arguments, "--json").out)["solutions"] == 4
    assert fake.asked == []
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--solutions", "nowhere"), "There are no solutions at 'nowhere'"),
        (("--solutions", "gold", "--samples", "0"), "0 samples"),
        (("--solutions", "gold", "--target", "aot:sm_90"), "kerneldojo check"),
        (("--solutions", "gold", "--level", "9"), "no level 9"),
        (("--solutions", "gold", "--scale", "tpu"), "no scale 'tpu'"),
        (("--solutions", "gold", "--p", "nan"), "not a number"),
    ],
)
def test_wrong_usage(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    ran = command("bench", PROBLEMS[0], "-o", tmp_path / "run", *arguments)
    assert ran.code == 2
    assert complaint in ran.err


def test_the_live_display() -> None:
    console = Console(force_terminal=True, width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    progress = BenchProgress(console, total=4)
    entries = [
        Entry(problem="suite/norm/x", problem_digest="p", solution_digest="s", sample=n)
        for n in range(4)
    ]
    progress.done(entries[0], None)
    progress.stage(entries[1], "build")
    progress.done(entries[1], samples.correct())
    progress.stage(entries[2], "timing")
    console.print(progress._render())
    shown = console.export_text()
    assert "2/4" in shown
    assert "left" in shown
    assert "1 CORRECT" in shown
    assert "suite/norm/x #2: timing" in shown
    assert "#1" not in shown
