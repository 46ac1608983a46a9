"""What the bench asks, in which order, how much at once, and what it keeps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from kerneldojo.benchmark import (
    Answer,
    SolutionSet,
    bench,
    missing_problems,
    problems_ahead,
    summarise_run,
)
from kerneldojo.errors import DeviceUnavailable, UsageError
from kerneldojo.records import Entry, Evaluation, Problem
from kerneldojo.store import Run
from tests.benchmark.conftest import FakeEvaluator, problem, solution

PROBLEMS = [problem(f"suite/norm/p{n}") for n in range(6)]


def answers(*verdicts: str) -> SolutionSet:
    """The same verdicts for every problem, one a sample; equal verdicts are equal solutions."""
    few = tuple(Answer(solution(verdict), n) for n, verdict in enumerate(verdicts))
    return SolutionSet({one.name: few for one in PROBLEMS})


def test_problem_by_problem_and_written_down(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    stages: list[tuple[str, str]] = []
    done: list[tuple[str, int, str]] = []

    def note(entry: Entry, evaluation: Evaluation | None) -> None:
        assert evaluation is not None
        done.append((entry.problem, entry.sample, evaluation.status))

    run = bench(
        PROBLEMS,
        answers("correct", "wrong"),
        evaluator,
        tmp_path / "run",
        on_stage=lambda entry, stage: stages.append((entry.problem, stage)),
        on_done=note,
    )
    expected = [(one.name, verdict) for one in PROBLEMS for verdict in ("correct", "wrong")]
    assert evaluator.asked == expected
    assert stages == [(name, "build") for name, _ in expected]
    assert sorted(done) == [
        (name, int(verdict == "wrong"), "CORRECT" if verdict == "correct" else "WRONG_VALUE")
        for name, verdict in expected
    ]
    reread = Run.open(tmp_path / "run")
    assert len(reread.outcomes()) == len(run.outcomes()) == 12
    assert list(reread.problems()) == [one.digest for one in PROBLEMS]
    assert len(reread.solutions()) == 2


def test_a_bounded_number_is_under_way(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    evaluator.hold = True
    run = bench(PROBLEMS, answers("correct", "wrong", "hacked"), evaluator, tmp_path / "run")
    assert len(run.outcomes()) == 18
    assert evaluator.capacity < evaluator.most_under_way <= evaluator.capacity + 2


@pytest.mark.parametrize("hold", [False, True])
def test_equal_solutions_are_judged_once(
    tmp_path: Path, evaluator: FakeEvaluator, hold: bool
) -> None:
    evaluator.hold = hold
    done: list[int] = []
    run = bench(
        PROBLEMS[:1],
        answers("correct", "correct", "wrong", "correct"),
        evaluator,
        tmp_path / "run",
        on_done=lambda entry, evaluation: done.append(entry.sample),
    )
    assert len(evaluator.asked) == 2
    assert sorted(done) == [0, 1, 2, 3]
    assert [one.status for one in run.outcomes()] == [
        "CORRECT",
        "CORRECT",
        "WRONG_VALUE",
        "CORRECT",
    ]


def test_a_resumed_run_asks_what_is_left(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    evaluator.interrupt_after = 5
    with pytest.raises(KeyboardInterrupt):
        bench(PROBLEMS, answers("correct", "wrong"), evaluator, tmp_path / "run")
    assert len(Run.open(tmp_path / "run").outcomes()) == 5  # the finished ones, all of them
    known: list[Entry] = []

    def note(entry: Entry, evaluation: Evaluation | None) -> None:
        if evaluation is None:
            known.append(entry)

    again = FakeEvaluator()
    solutions = answers("correct", "wrong")
    run = bench(PROBLEMS, solutions, again, tmp_path / "run", resume=True, on_done=note)
    assert len(known) == 5
    assert evaluator.asked + again.asked == [
        (one.name, verdict) for one in PROBLEMS for verdict in ("correct", "wrong")
    ]
    assert len(run.outcomes()) == 12
    idle = FakeEvaluator()
    bench(PROBLEMS, solutions, idle, tmp_path / "run", resume=True)
    assert idle.asked == []
    lines = (tmp_path / "run" / "entries.jsonl").read_text().splitlines()
    assert len(lines) == 12


def test_our_own_failures_are_tried_again(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    bench(PROBLEMS[:2], answers("failed", "wrong"), evaluator, tmp_path / "run")
    again = FakeEvaluator()
    bench(PROBLEMS[:2], answers("failed", "wrong"), again, tmp_path / "run", resume=True)
    assert again.asked == [(one.name, "failed") for one in PROBLEMS[:2]]


def test_resuming_where_nothing_is_starts(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    run = bench(PROBLEMS, answers("correct"), evaluator, tmp_path / "run", resume=True)
    assert len(run.outcomes()) == 6


def test_a_run_is_not_overwritten(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    bench(PROBLEMS, answers("correct"), evaluator, tmp_path / "run")
    with pytest.raises(UsageError, match="not empty"):
        bench(PROBLEMS, answers("correct"), evaluator, tmp_path / "run")


def test_another_question_is_not_resumed(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    def ask(problems: list[Problem], verdict: str, limit: int) -> None:
        config = {"limit": limit}
        bench(problems, answers(verdict), evaluator, tmp_path / "r", resume=True, config=config)

    ask(PROBLEMS, "correct", 6)
    with pytest.raises(UsageError, match=r"problems\.count: 6 → 5"):
        ask(PROBLEMS[:5], "correct", 6)
    with pytest.raises(UsageError, match="limit: 6 → 5"):
        ask(PROBLEMS, "correct", 5)
    with pytest.raises(UsageError, match=r"answers\.digest: "):
        ask(PROBLEMS, "wrong", 6)


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_answers_that_came_or_went_are_another_question(
    tmp_path: Path, evaluator: FakeEvaluator, before: int, after: int
) -> None:
    verdicts = ("correct", "wrong")
    bench(PROBLEMS, answers(*verdicts[:before]), evaluator, tmp_path / "run")
    with pytest.raises(UsageError, match=rf"answers\.count: {6 * before} → {6 * after}"):
        bench(PROBLEMS, answers(*verdicts[:after]), evaluator, tmp_path / "run", resume=True)
    assert len(evaluator.asked) == 6 * before


def test_files_may_move_and_answers_to_other_problems_do_not_matter(
    tmp_path: Path, evaluator: FakeEvaluator
) -> None:
    bench(PROBLEMS[:2], answers("correct"), evaluator, tmp_path / "run")
    moved = solution().model_copy(update={"origin": "elsewhere.py"})
    few = {one.name: moved for one in PROBLEMS[:2]}
    bench(PROBLEMS[:2], few, evaluator, tmp_path / "run", resume=True)
    assert len(evaluator.asked) == 2


def test_answers_made_on_the_way_are_compared_as_they_come(
    tmp_path: Path, evaluator: FakeEvaluator
) -> None:
    class Lazy:
        def __init__(self, *verdicts: str) -> None:
            self.verdicts = verdicts

        def answers(self, problem: Problem) -> Iterable[Answer]:
            return (Answer(solution(verdict), n) for n, verdict in enumerate(self.verdicts))

    out = tmp_path / "run"
    bench(PROBLEMS[:1], Lazy("correct"), evaluator, out)
    run = bench(PROBLEMS[:1], Lazy("correct", "wrong"), evaluator, out, resume=True)
    assert len(run.outcomes()) == 2
    with pytest.raises(UsageError, match=r"sample 0 of suite/norm/p0 is now another solution"):
        bench(PROBLEMS[:1], Lazy("wrong"), evaluator, out, resume=True)


def test_missing_problems_count_as_failures(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    few = {one.name: solution() for one in PROBLEMS[:2]}
    run = bench(PROBLEMS, few, evaluator, tmp_path / "run")
    assert [one.name for one in missing_problems(run)] == [one.name for one in PROBLEMS[2:]]
    figures = summarise_run(run).all
    assert (figures.missing, figures.correct.value) == (4, 2 / 6)


def test_what_is_not_judged_yet_is_not_missing(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    many = [problem(f"p{n}") for n in range(40)]
    few = {one.name: solution() for one in many[1:]}
    evaluator.interrupt_after = 3
    with pytest.raises(KeyboardInterrupt):
        bench(many, few, evaluator, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert missing_problems(run) == many[:1]
    assert problems_ahead(run) == 40 - len(run.problems()) >= 30
    assert summarise_run(run).all.correct.value == 3 / 4
    bench(many, few, FakeEvaluator(), tmp_path / "run", resume=True)
    assert (missing_problems(run), problems_ahead(run)) == (many[:1], 0)
    assert summarise_run(run).all.correct.value == 39 / 40


def test_copies_and_namesakes(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    copy = PROBLEMS[0].model_copy(update={"name": "copy"})
    bench([*PROBLEMS[:2], copy], answers("correct"), evaluator, tmp_path / "run")
    assert len(evaluator.asked) == 2
    namesake = PROBLEMS[0].model_copy(update={"source": "# other\n"})
    with pytest.raises(UsageError, match="different problems of the same name"):
        bench([*PROBLEMS, namesake], answers("correct"), evaluator, tmp_path / "other")


def test_answers_may_be_made_while_others_are_judged(
    tmp_path: Path, evaluator: FakeEvaluator
) -> None:
    """Whatever yields answers is asked problem by problem, as there is room."""
    seen: list[tuple[str, int]] = []

    class Lazy:
        def answers(self, problem: Problem) -> Iterable[Answer]:
            seen.append((problem.name, len(evaluator.asked)))
            yield Answer(solution("correct", text=problem.name))

    run = bench(PROBLEMS, Lazy(), evaluator, tmp_path / "run")
    assert seen == [(one.name, n) for n, one in enumerate(PROBLEMS)]
    assert len(run.outcomes()) == 6


def test_a_missing_device_ends_the_bench(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    class Broken(FakeEvaluator):
        def submit(self, *arguments: object) -> object:  # type: ignore[override]
            future = super().submit(*arguments)  # type: ignore[arg-type]
            if len(self.asked) > 3:
                future = type(future)()
                future.set_exception(DeviceUnavailable("no such GPU"))
            return future

    with pytest.raises(DeviceUnavailable):
        bench(PROBLEMS, answers("correct"), Broken(), tmp_path / "run")  # type: ignore[arg-type]
    assert len(Run.open(tmp_path / "run").outcomes()) == 3


KILLED = """
import sys
from pathlib import Path
from kerneldojo.benchmark import bench
from tests.benchmark.conftest import FakeEvaluator
from tests.benchmark.test_bench import PROBLEMS, answers

evaluator = FakeEvaluator()
evaluator.hold = True
def report(entry, evaluation):
    print(entry.problem, entry.sample, flush=True)
    if entry.problem == PROBLEMS[3].name:
        sys.stdin.readline()
bench(PROBLEMS, answers("correct", "wrong"), evaluator, sys.argv[1], on_done=report)
"""


def test_a_kill_loses_at_most_what_was_under_way(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    out = tmp_path / "run"
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(out)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    reported = []
    for line in child.stdout:
        reported.append(line)
        if line.startswith(PROBLEMS[3].name):
            break
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    with (out / "evaluations.jsonl").open("a") as file:
        file.write('{"torn')
    kept = len(Run.open(out).outcomes())
    assert 12 > kept >= len(reported)
    bench(PROBLEMS, answers("correct", "wrong"), evaluator, out, resume=True)
    assert len(evaluator.asked) == 12 - kept
    assert len(Run.open(out).outcomes()) == 12
