"""`show` and `export`: a run's table, one answer in full, and files for other programs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from kerneldojo.cli.show import show_answer, show_run
from kerneldojo.cli.tables import show_table
from kerneldojo.records import Entry, Evaluation, Problem, Status
from kerneldojo.store import Run
from tests.cli import samples
from tests.cli.conftest import Command
from tests.corpus.conftest import talked, tree
from tests.dialogue.talk import code

COUNT = len(samples.ALL)
HACKED = f"softmax#{[*samples.ALL].index('hacked')}"
PROBLEM = Problem(name="suite/softmax/softmax", source="reference")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with every sample, each the verdict on a source of its own, and one not judged."""
    path = tmp_path / "run"
    with Run.create(path, "bench", {}) as opened:
        opened.add(PROBLEM)
        for number, (name, make) in enumerate([*samples.ALL.items(), ("waiting", None)]):
            source = samples.SOLUTION.source + f"# {name}\n"
            solution = samples.SOLUTION.model_copy(update={"source": source})
            opened.add(solution)
            digests = {"problem_digest": PROBLEM.digest, "solution_digest": solution.digest}
            origin = f"answers/{name}.py"
            opened.add(Entry(problem=PROBLEM.name, origin=origin, sample=number, **digests))
            if make is not None:
                opened.add(make().model_copy(update=digests))
    return path


def test_the_table_has_a_line_for_each_entry(command: Command, run: Path) -> None:
    ran = command("show", run)
    assert ran.code == 0
    lines = {line.split()[2]: line for line in ran.out.splitlines()[1 : COUNT + 2]}
    assert list(lines) == [f"{name}.py" for name in [*samples.ALL, "waiting"]]
    assert "2.31×" in lines["correct.py"] and "97 %" in lines["correct.py"]
    assert "HACKED" in lines["hacked.py"] and "library_answer" in lines["hacked.py"]
    assert "<1 % of output wrong" in lines["wrong.py"]
    assert "CompileError" in lines["crashed.py"]
    assert "not yet" in lines["waiting.py"]
    assert "softmax/softmax#1 " in lines["interpreted.py"]
    assert f"{COUNT + 1} entries (bench of " in ran.out and "1 not evaluated yet" in ran.out
    ids = {each.id[:8] for each in Run.open(run).evaluations()}
    assert ids == {line.split()[0] for line in lines.values()} - {"–"}


def test_the_table_of_some_statuses(command: Command, run: Path) -> None:
    ran = command("show", run, "--status", "hacked", "--status", "WRONG_VALUE")
    assert [line.split()[3] for line in ran.out.splitlines()[1:3]] == ["HACKED", "WRONG_VALUE"]
    assert "waiting" not in ran.out
    outcomes = json.loads(command("show", run, "--status", "HACKED", "--json").out)
    assert [each["findings"] for each in outcomes] == [["suspicious_source", "library_answer"]]
    assert len(json.loads(command("show", run, "--json").out)) == COUNT
    assert command("show", run, "--status", "HACKD").code == 2


def test_one_answer_takes_no_status(command: Command, run: Path) -> None:
    ran = command("show", run, HACKED, "--status", "CORRECT")
    assert (ran.code, ran.out) == (2, "")
    assert "--status" in ran.err and HACKED in ran.err


def test_columns_are_told_by_number_not_by_digit() -> None:
    file = io.StringIO()
    heads = [f"head {number}" for number in range(12)]
    show_table(Console(file=file), heads, [["x"] * 12], right=(10,))
    cells = file.getvalue().splitlines()[1]
    assert cells.index("x", 8 * 10) == 8 * 10 + len("head 10") - 1
    assert cells.startswith("x       x ")


def test_one_answer_in_full(command: Command, run: Path) -> None:
    hacked = next(each for each in Run.open(run).evaluations() if each.status is Status.HACKED)
    for name in (hacked.id[:8], HACKED):
        ran = command("show", run, name)
        assert ran.code == 0
        assert ran.out.startswith("HACKED  answers/hacked.py")
        assert hacked.id in ran.out
        lines = ran.out.splitlines()
        marked = lines.index("> 6 |         return torch.softmax(x, -1)")
        assert lines[marked + 1].startswith("    |         ^ warning · suspicious_source: calls")
        assert lines[-1] == "  7 | # hacked"
    assert Evaluation.from_json(command("show", run, HACKED, "--json").out) == hacked


def test_the_profile_is_shown(command: Command, run: Path) -> None:
    ran = command("show", run, "softmax#0")
    assert "softmax_rows" in ran.out and "program-counter samples, 48 observations" in ran.out


def test_unknown_answers_and_runs(command: Command, run: Path, tmp_path: Path) -> None:
    ran = command("show", run, "softmx")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'softmax'" in ran.err
    ran = command("show", tmp_path / "nothing")
    assert ran.code == 2
    assert "is not a run" in ran.err


def test_lines_passed_over_are_reported(command: Command, run: Path) -> None:
    with (run / "evaluations.jsonl").open("a") as file:
        file.write("junk\n")
    ran = command("show", run)
    assert ran.code == 0
    assert "passed over" in ran.err and f"evaluations.jsonl:{COUNT + 1}" in ran.err


@pytest.mark.parametrize("width", [60, 80, 100])
def test_it_fits_a_terminal(run: Path, width: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    opened = Run.open(run)
    show_run(console, opened, list(Status))
    table = file.getvalue().splitlines()
    show_answer(console, opened, HACKED, json=False)
    shown = file.getvalue().splitlines()[len(table) :]
    assert all(len(line) <= width for line in [*table[:-1], *shown])
    text = "\n".join(shown)
    assert "▌ 6         return torch.softmax(x, -1)" in text
    assert "└ suspicious_source" in text


@pytest.mark.parametrize("name", ["run.csv", "run.parquet"])
def test_export(command: Command, run: Path, tmp_path: Path, name: str) -> None:
    ran = command("export", run, "-o", tmp_path / name)
    assert (ran.code, ran.out) == (0, "")
    assert f"{COUNT} rows written to {tmp_path / name}" in ran.err
    assert (tmp_path / name).stat().st_size > 500


def test_export_names_what_is_wrong(command: Command, run: Path, tmp_path: Path) -> None:
    ran = command("export", run, "-o", tmp_path / "run.xlsx")
    assert ran.code == 2
    assert "--format" in ran.err
    ran = command("export", run, "-o", tmp_path / "table", "--format", "csv")
    assert ran.code == 0
    assert (tmp_path / "table").read_text().startswith("run,problem")


@pytest.fixture
def dialogue(tmp_path: Path) -> Path:
    """A run with one rollout: a reply without code, a wrong and a right answer."""
    lines = ["I will not.", code("wrong", text="first try"), code("correct", 2.5, "second try")]
    talked(tmp_path / "dialogue", list(lines))
    return tmp_path / "dialogue"


def test_turns_have_a_column_of_their_own(command: Command, dialogue: Path, run: Path) -> None:
    head, *lines = command("show", dialogue).out.splitlines()
    assert head.split()[:4] == ["id", "problem", "turn", "status"]
    assert [line.split()[2] for line in lines[:2]] == ["2", "3"]
    assert "turn" not in command("show", run).out.splitlines()[0]


def test_a_finalist_s_turn_has_the_verdict_its_model_was_told(
    command: Command, dialogue: Path
) -> None:
    opened = Run.open(dialogue)
    told = opened.trajectories()[0].turns[2].evaluation
    assert told is not None
    with Run.resume(dialogue, opened.kind, opened.info.config) as resumed:
        resumed.add(told.model_copy(update={"id": "f" * 32}))
    assert command("show", dialogue).out.count("ffffffff") == 1, "the last verdict counts in tables"
    shown = command("show", dialogue, "one#0.3")
    assert shown.code == 0, shown.err
    assert f"evaluation {told.id}" in shown.out


@pytest.mark.parametrize("width", [60, 80, 100])
def test_figures_are_left_out_rather_than_cut_off(tmp_path: Path, width: int) -> None:
    lines = [code("correct", speed, str(speed)) for speed in (1.5, 2.5, 3.5, 4.5)]
    talked(tmp_path / "tree", list(lines), tree)
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    show_run(console, Run.open(tmp_path / "tree"), list(Status))
    printed = file.getvalue().splitlines()
    assert max(map(len, printed)) <= width
    assert "4.50×  4.50×" in file.getvalue(), "the figure that people look for"
    assert "x/one" in file.getvalue(), "the name is whole"


def test_a_turn_s_place_stands_beside_its_number(command: Command, tmp_path: Path) -> None:
    lines = [code("correct", speed, str(speed)) for speed in (1.5, 2.5, 3.5, 4.5)]
    talked(tmp_path / "tree", list(lines), tree)
    shown = command("show", tmp_path / "tree").out
    assert "  1, root 1 " in shown and "  4, grandchild " in shown


def test_one_turn_in_full(command: Command, dialogue: Path) -> None:
    [trajectory] = Run.open(dialogue).trajectories()
    evaluation = trajectory.turns[2].evaluation
    assert evaluation is not None
    for name in ("one#0.3", evaluation.id):
        shown = command("show", dialogue, name).out
        assert shown.startswith(
            "turn 3 of suite/x/one#0\n  shown turns 1, 2 · improves turn 2 · reward"
        )
        assert "prompt, the last of 5 messages" in shown
        assert "│ The kernel runs, but its values are wrong." in shown, "what it was told before"
        assert "│ # second try" in shown and "│ The kernel is correct." in shown
        assert "\nCORRECT  " in shown.partition("feedback")[2], "then comes the card"
    assert Evaluation.from_json(command("show", dialogue, "one#0.3", "--json").out) == evaluation


def test_a_turn_without_a_solution_is_shown_as_well(command: Command, dialogue: Path) -> None:
    shown = command("show", dialogue, "one#0.1").out
    assert "no solution: no_code" in shown and "│ I will not." in shown
    record = json.loads(command("show", dialogue, "one#0.1", "--json").out)
    assert (record["number"], record["reply"]) == (0, "I will not.")


def test_a_name_of_several_turns_is_told(command: Command, dialogue: Path) -> None:
    ran = command("show", dialogue, "one")
    assert ran.code == 2
    assert "'one' stands for 2 answers" in ran.err
