"""What is known of a run equals what is on disk, however it came there."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from kerneldojo.records import End, Status, TurnRecord
from kerneldojo.store import Run
from kerneldojo.viewer.index import RunIndex, _turn_part
from kerneldojo.viewer.parts import TurnPart
from tests.viewer.conftest import ask
from tests.viewer.synthetic import Author, judged, write_run

NAME = next(iter(judged()))


def facts(index: RunIndex) -> list[object]:
    """Return what an index knows, without what depends on when it was read."""
    return [
        (
            known.beginning,
            known.ending,
            [
                (number, turn.part, index.verdicts.get(turn.verdict or ""))
                for number, turn in sorted(known.turns.items())
            ],
        )
        for known in index.known
    ]


def fresh(path: Path) -> RunIndex:
    index = RunIndex(path, "run")
    index.refresh()
    return index


def test_an_index_knows_what_the_run_knows(runs: list[Run]) -> None:
    index = fresh(runs[0].path)
    trajectories = runs[0].trajectories()
    assert [known.beginning.id for known in index.known] == [
        each.record.id for each in trajectories
    ]
    for known, each in zip(index.known, trajectories, strict=True):
        assert sorted(known.turns) == [turn.number for turn in each.turns]
        assert (known.ending is None) == (each.ending is None)
        for turn in each.turns:
            assert turn.evaluation is not None
            verdict = index.verdicts[known.turns[turn.number].verdict or ""]
            assert verdict.status is turn.evaluation.status
            assert verdict.speedup == turn.speedup
            assert known.turns[turn.number].part.reward == turn.reward
    assert index.bad_lines == 0


def test_what_is_added_is_read_and_marked_as_new(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "rollout", {}) as run:
        author = Author(run)
        first, second = author.begin(NAME, 0), author.begin(NAME, 1)
        author.turn(first, 0, 0.5)
        index = fresh(run.path)
        assert [len(known.turns) for known in index.known] == [1, 0]
        seen = index.version
        index.refresh()
        assert index.version == seen
        turn = author.turn(second, 0, 1.0)
        index.refresh()
        assert [known.version > seen for known in index.known] == [False, True]
        author.end(second, End.GOAL, [turn])
        index.refresh()
        assert index.known[1].ending is not None
        assert facts(index) == facts(fresh(run.path))


def test_a_large_run_is_read_in_parts(runs: list[Run]) -> None:
    index = RunIndex(runs[0].path, "run")
    calls = 0
    while calls == 0 or index.behind:
        index.refresh(time.monotonic())
        calls += 1
    assert calls > 10
    assert facts(index) == facts(fresh(runs[0].path))


@pytest.mark.parametrize("name", ["turns", "evaluations", "endings", "trajectories"])
def test_a_line_is_taken_once_it_is_whole(tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", samples=1)
    file = run.path / f"{name}.jsonl"
    content = file.read_bytes()
    cut = content.rstrip(b"\n").rindex(b"\n") + 20
    file.write_bytes(content[:cut])
    index = fresh(run.path)
    assert index.bad_lines == 0
    with file.open("ab") as grown:
        grown.write(content[cut:])
    index.refresh()
    assert facts(index) == facts(fresh(run.path))
    assert index.bad_lines == 0


def test_a_line_that_is_not_ours_is_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", samples=1)
    before = facts(fresh(run.path))
    for name in ("turns", "evaluations", "problems"):
        with (run.path / f"{name}.jsonl").open("ab") as file:
            file.write(b'{"torn": \n\n\xff\xfe\n')
    index = fresh(run.path)
    assert index.bad_lines == 6
    assert facts(index) == before


def test_a_directory_written_anew_is_read_anew(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", seed=1, samples=2)
    index = fresh(run.path)
    for file in run.path.iterdir():
        file.unlink()
    write_run(run.path, seed=5, samples=1)
    index.refresh()
    assert index.epoch == 1
    assert facts(index) == facts(fresh(run.path))


def test_the_order_of_lines_in_different_files_does_not_matter(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", samples=1)
    whole = fresh(run.path)
    contents = {file: file.read_bytes() for file in run.path.glob("*.jsonl")}
    for file in contents:
        file.write_bytes(b"")
    late = fresh(run.path)
    for name in ("endings", "turns", "trajectories", "evaluations", "solutions", "problems"):
        file = run.path / f"{name}.jsonl"
        file.write_bytes(contents[file])
        seen = late.version
        late.refresh()
    assert facts(late) == facts(whole)
    late_versions = [known.version for known in late.known]
    assert all(version <= late.version for version in late_versions)
    assert seen < late.version


def test_a_verdict_that_comes_late_makes_its_trajectory_new(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", samples=1)
    file = run.path / "evaluations.jsonl"
    content = file.read_bytes()
    file.write_bytes(b"")
    index = fresh(run.path)
    seen = index.version
    file.write_bytes(content)
    index.refresh()
    assert all(known.version > seen for known in index.known)


def test_answers_are_trajectories_of_one_turn(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "bench", {}) as run:
        ask(run, NAME, 0)
        index = fresh(run.path)
        [known] = index.known
        assert known.turns[0].verdict is None
        evaluation = judged()[NAME][0].evaluation
        run.add(evaluation)
        index.refresh()
        assert known.turns[0].verdict == evaluation.id
        failed = evaluation.model_copy(update={"id": "later", "status": Status.EVALUATION_FAILED})
        run.add(failed)
        index.refresh()
        assert known.turns[0].verdict == evaluation.id, "a fault of ours replaces no verdict"
        run.add(evaluation.model_copy(update={"id": "again"}))
        index.refresh()
        assert known.turns[0].verdict == "again"


def test_answers_of_a_dialogue_are_not_shown_twice(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "rollout", {}) as run:
        ask(run, NAME, 0)
        index = fresh(run.path)
        assert len(index.known) == 1
        record = Author(run).begin(NAME)
        index.refresh()
        assert [known.beginning.id for known in index.known] == [record.id]
        assert index.epoch == 1


@pytest.mark.parametrize(
    "reply", ["plain", ',"tokens":{"a":1}}', '\\",\\"tokens\\":{', '","tokens":{']
)
def test_token_ids_are_left_out_whatever_is_said(tmp_path: Path, reply: str) -> None:
    with Run.create(tmp_path / "run", "rollout", {}) as run:
        author = Author(run)
        turn = author.turn(author.begin(NAME), 0, 1.0, reply=reply, feedback=reply)
    line = turn.model_dump_json().encode()
    assert _turn_part(line) == TurnPart.model_validate_json(line)
    bare = turn.model_copy(update={"tokens": None}).model_dump_json().encode()
    assert _turn_part(bare) == TurnPart.model_validate_json(bare)
    assert json.loads(line)["tokens"] is not None
    assert TurnRecord.model_validate_json(line) == turn
