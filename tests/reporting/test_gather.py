from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import fast_p, summarise
from kerneldojo.records import Severity, Status
from kerneldojo.reporting.content import Content, Difference
from kerneldojo.reporting.documents import markdown
from kerneldojo.reporting.gather import differences, gather
from kerneldojo.reporting.page import page
from kerneldojo.reporting.reading import Environments, read
from kerneldojo.store import Run
from kerneldojo.store.labels import labels_of
from tests.reporting import synthetic

RIGHT = synthetic.Skill(correct=1.0, hacked=0.0)


@pytest.fixture(scope="module")
def content(runs: list[Run]) -> Content:
    return gather(read(runs, Environments()))


def test_figures_are_those_of_the_metrics(runs: list[Run], content: Content) -> None:
    for number, run in enumerate(runs):
        summary = summarise(run.outcomes(), run.problems().values())
        figures = {figure.name: figure.estimates[number] for figure in content.figures}
        assert figures["correct"] == summary.all.correct
        assert figures["speedup"] == summary.all.speedup
        assert figures["fast@1.5"] == fast_p(run.outcomes(), 1.5)
        at = content.thresholds.index(1.5)
        assert content.curves[number][at] == fast_p(run.outcomes(), 1.5)


def test_others_are_compared_with_the_first(content: Content) -> None:
    [duel] = content.duels
    assert (duel.a, duel.b) == (1, 0)
    assert duel.comparison.problems == 9
    faster = next(row for row in duel.comparison.fast if row.p == 1.0)
    assert faster.difference.value is not None
    assert faster.difference.value > 0


def test_problems_have_a_cell_for_every_run(runs: list[Run], content: Content) -> None:
    outcomes = [run.outcomes() for run in runs]
    assert len(content.problems) == 9
    for problem in content.problems:
        for cell, rows in zip(problem.cells, outcomes, strict=True):
            mine = [row for row in rows if row.problem == problem.name]
            assert sum(cell.statuses.values()) == len(mine) == 3
            speedups = [row.speedup or 0 for row in mine if row.status is Status.CORRECT]
            assert (cell.best.speedup if cell.best else 0) == max(speedups, default=0)


def test_findings_are_counted_once_a_solution(runs: list[Run], content: Content) -> None:
    fatal = [found for found in content.findings if found.severity is Severity.FATAL]
    for number, run in enumerate(runs):
        hacked = sum(row.status is Status.HACKED for row in run.outcomes())
        assert sum(found.counts[number] for found in fatal) == hacked
    assert content.findings[0].severity is Severity.FATAL
    assert all(found.evidence and found.evaluation for found in content.findings)


def test_settings_that_differ_are_found_by_key() -> None:
    configs = [{"a": {"b": 1, "c": [2]}, "d": {}}, {"a": {"b": 1, "c": [3]}, "e": None, "d": {}}]
    assert list(differences(configs)) == [
        Difference("a.c", ("[2]", "[3]")),
        Difference("e", (None, "null")),
    ]
    assert list(differences(configs[:1])) == []


@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["/x/base"], ["base"]),
        (["/x/base", "/x/tuned"], ["base", "tuned"]),
        (["/x/1/run", "/x/2/run"], ["1/run", "2/run"]),
        (["/x/run", "/x/run"], ["run (1)", "run (2)"]),
        (["/x/1/run", "/x/2/run", "/x/1/run"], ["1/run (1)", "2/run", "1/run (2)"]),
    ],
)
def test_labels_tell_runs_apart(paths: list[str], labels: list[str]) -> None:
    assert labels_of([Path(path) for path in paths]) == labels


def test_a_report_needs_a_run() -> None:
    with pytest.raises(UsageError, match="at least one run"):
        read([], Environments())


def test_pass_at_k_is_that_of_most_problems(tmp_path: Path) -> None:
    """One problem with sixteen answers does not make pass@16 a figure of the run."""
    whole = synthetic.write_run(tmp_path / "whole", 3, 16, RIGHT)
    first, *_ = (problem.name for problem in whole.problems().values())
    few = [one for one in whole.entries() if one.problem == first or one.sample < 2]
    with Run.create(tmp_path / "run", "bench", {}) as run:
        for record in [*whole.problems().values(), *few, *whole.evaluations()]:
            run.add(record)
    environments = Environments()
    reading = read([run], environments)
    content = gather(reading)
    assert content.summaries[0].all.pass_at[-1].k == 16
    with Run.resume(run.path, "bench", {}) as run:
        for number in range(7, 15):  # without answers: neither for nor against a k
            run.add(synthetic.make_problem(number))
    with_missing = gather(read([run], Environments()))
    assert with_missing.runs[0].missing == 8
    assert "pass@2" in [figure.name for figure in with_missing.figures]
    [figure] = [figure for figure in content.figures if figure.name.startswith("pass@")]
    assert (figure.name, figure.estimates[0].problems) == ("pass@2", 3)
    [line] = [line for line in markdown(content).splitlines() if line.startswith("| pass@2")]
    assert ", 3 problems)" in line
    assert "at least one of 2 answers · 3 problems" in page(content, reading, environments, 5.0)


def test_problems_of_one_run_alone_are_counted_beside_the_p_values(tmp_path: Path) -> None:
    sizes = {"base": 5, "tuned": 3}
    runs = [synthetic.write_run(tmp_path / name, n, 1, RIGHT) for name, n in sizes.items()]
    environments = Environments()
    reading = read(runs, environments)
    content = gather(reading)
    title = "## tuned against base, on 3 common problems (2 only in base: left out)"
    assert title in markdown(content).splitlines()
    shown = page(content, reading, environments, 5.0)
    assert '<th scope="col">on 3 problems<small>2 only in base</small></th>' in shown


def test_what_is_asked_and_not_evaluated_is_told(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "part", 2, 2)
    file = run.path / "evaluations.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:2]) + "nonsense\n")
    content = gather(read([Run.open(run.path)], Environments()))
    assert content.runs[0].asked == 4
    assert content.runs[0].evaluated == 2
    assert len(content.runs[0].bad_lines) == 1
    assert content.problems[1].cells[0].statuses == {}
    assert content.summaries[0].all.problems == 1


def test_problems_without_a_solution_count_as_failures(tmp_path: Path) -> None:
    synthetic.write_run(tmp_path / "run", 3, 1, RIGHT)
    with Run.resume(tmp_path / "run", "bench", Run.open(tmp_path / "run").config) as run:
        run.add(synthetic.make_problem(7))
    content = gather(read([Run.open(tmp_path / "run")], Environments()))
    assert content.runs[0].missing == 1
    assert content.figures[0].estimates[0].value == 0.75
    assert content.curves[0][0].value == 0.75


def test_problems_not_come_to_are_told_and_are_no_failures(tmp_path: Path) -> None:
    whole = synthetic.write_run(tmp_path / "whole", 3, 1)
    config = whole.config | {"problems": {"count": 5}}
    with Run.create(tmp_path / "run", "bench", config) as run:
        for record in [*whole.problems().values(), *whole.entries(), *whole.evaluations()]:
            run.add(record)
    environments = Environments()
    reading = read([run], environments)
    content = gather(reading)
    assert (content.runs[0].ahead, content.runs[0].missing) == (2, 0)
    assert content.summaries[0].all.problems == 3
    assert "2 problems not begun" in markdown(content)
    assert "2 problems not begun" in page(content, reading, environments, 5.0)
