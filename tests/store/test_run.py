"""A run directory: what goes in comes out, after any kill, and only for the same question."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.records import Evaluation, FindingKind, Status
from kerneldojo.store import Run
from tests.cli import samples
from tests.store.conftest import (
    CHEAT,
    CONFIG,
    RIGHT,
    SOFTMAX,
    SWISH,
    entry,
    fill,
    verdict,
)


def test_what_goes_in_comes_out(filled: Path) -> None:
    run = Run.open(filled)
    assert run.kind == "bench"
    assert run.config == CONFIG
    assert run.problems() == {SOFTMAX.digest: SOFTMAX, SWISH.digest: SWISH}
    assert run.solutions() == {RIGHT.digest: RIGHT, CHEAT.digest: CHEAT}
    assert [each.origin for each in run.entries()] == ["a.py", "b.py", "a.py"]
    evaluations = list(run.evaluations())
    assert [each.status for each in evaluations] == ["EVALUATION_FAILED", "CORRECT", "HACKED"]
    assert evaluations[1] == verdict(SOFTMAX, RIGHT).model_copy(
        update={"id": evaluations[1].id, "created_at": evaluations[1].created_at}
    )
    assert run.bad_lines == []


def test_the_files_are_plain(filled: Path) -> None:
    config = json.loads((filled / "config.json").read_text())
    assert config["format"] == "kerneldojo.run/1"
    assert config["kind"] == "bench"
    assert config["config"] == CONFIG
    assert {"id", "created_at", "kerneldojo", "digest"} <= set(config)
    for name in ("problems", "solutions", "entries", "evaluations"):
        for line in (filled / f"{name}.jsonl").read_text().splitlines():
            assert isinstance(json.loads(line), dict)


def test_outcomes_join_entries_with_the_evaluation_that_counts(filled: Path) -> None:
    right, cheat = Run.open(filled).outcomes()  # swish has not been evaluated
    recorded = list(Run.open(filled).evaluations())
    assert (right.problem, right.level, right.family) == ("suite/softmax/softmax", 1, "softmax")
    assert (right.status, right.speedup, right.coverage) == (Status.CORRECT, 2.312, 0.973)
    assert (right.speedup_low, right.speedup_high) == (2.25, 2.38)
    assert (right.reference_latency_ms, right.solution_latency_ms) == (4.124, 1.784)
    assert right.evaluation == recorded[1].id
    assert right.seconds == pytest.approx(recorded[1].costs.total_s)
    assert right.target == "cpu"
    assert (cheat.origin, cheat.sample, cheat.speedup) == ("b.py", 1, None)
    assert cheat.findings == (FindingKind.SUSPICIOUS_SOURCE, FindingKind.LIBRARY_ANSWER)


def test_a_later_fault_does_not_undo_a_verdict(filled: Path) -> None:
    with Run.resume(filled, "bench", CONFIG) as run:
        run.add(verdict(SOFTMAX, RIGHT, samples.failed))
        run.add(entry(SWISH, CHEAT))
        run.add(verdict(SWISH, CHEAT, samples.failed))
        assert run.settled() == {(SOFTMAX.digest, RIGHT.digest), (SOFTMAX.digest, CHEAT.digest)}
        by_pair = {(each.problem, each.origin): each.status for each in run.outcomes()}
    assert by_pair[SOFTMAX.name, "a.py"] is Status.CORRECT
    assert by_pair[SWISH.name, "<memory>"] is Status.EVALUATION_FAILED


def test_a_problem_that_is_invalid_is_settled(filled: Path) -> None:
    pair = (SWISH.digest, RIGHT.digest)

    def invalid() -> Evaluation:
        return samples.evaluation(Status.INVALID_PROBLEM, error=samples.failed().error)

    with Run.resume(filled, "bench", CONFIG) as run:
        assert pair not in run.settled()
        run.add(verdict(SWISH, RIGHT, invalid))
        assert pair in run.settled()


def test_the_last_verdict_counts(filled: Path) -> None:
    with Run.resume(filled, "bench", CONFIG) as run:
        run.add(verdict(SOFTMAX, RIGHT, samples.wrong))
        assert run.outcomes()[0].status is Status.WRONG_VALUE


def test_equal_questions_share_an_evaluation(filled: Path) -> None:
    with Run.resume(filled, "bench", CONFIG) as run:
        run.add(entry(SOFTMAX, RIGHT, origin="copy.py", sample=7))
        outcomes = run.outcomes()
    assert outcomes[-1].origin == "copy.py"
    assert outcomes[-1].evaluation == outcomes[0].evaluation


def test_adding_again_writes_only_evaluations(filled: Path) -> None:
    before = {path.name: path.read_bytes() for path in filled.glob("*.jsonl")}
    with Run.resume(filled, "bench", CONFIG) as run:
        fill(run)
        fill(run)
    for name, content in before.items():
        if name != "evaluations.jsonl":
            assert (filled / name).read_bytes() == content
    assert len(list(Run.open(filled).evaluations())) == 9


def test_an_evaluation_by_the_start_of_its_id(filled: Path) -> None:
    run = Run.open(filled)
    wanted = list(run.evaluations())[1]
    assert run.evaluation(wanted.id[:12]) == wanted
    with pytest.raises(UsageError, match="no evaluation has an id that starts with 'zz'"):
        run.evaluation("zz")
    with pytest.raises(UsageError, match="3 evaluations have an id"):
        run.evaluation("")


def test_resume_names_the_keys_that_differ(filled: Path) -> None:
    other = {"evaluation": {"target": "cuda", "timing": {"budget_s": 2.0}}, "limit": [1]}
    with pytest.raises(UsageError) as caught:
        Run.resume(filled, "search", other)
    message = str(caught.value)
    assert 'kind: "bench" → "search"' in message
    assert 'evaluation.target: "cpu" → "cuda"' in message
    assert "limit: (absent) → [1]" in message
    assert "budget_s" not in message


def test_resume_begins_where_there_is_nothing_yet(tmp_path: Path) -> None:
    for _ in range(2):
        with Run.resume(tmp_path / "new", "bench", CONFIG) as run:
            run.add(SOFTMAX)
    assert len(Run.open(tmp_path / "new").problems()) == 1


def test_a_kill_at_any_byte_costs_at_most_what_was_under_way(filled: Path, tmp_path: Path) -> None:
    def facts(run: Run) -> dict[str, list[object]]:
        return {
            "problems": list(run.problems()),
            "solutions": list(run.solutions()),
            "entries": list(run.entries()),
            "evaluations": [each.id for each in run.evaluations()],
        }

    whole = facts(Run.open(filled))
    copy = tmp_path / "copy"
    for name in whole:
        content = (filled / f"{name}.jsonl").read_bytes()
        last = content.rindex(b"\n", 0, -1) + 1
        end = len(content)
        for length in sorted({0, last, last + 1, end - 2, end - 1, *range(0, end, 61)}):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(filled, copy)
            (copy / f"{name}.jsonl").write_bytes(content[:length])
            survivors = content[:length].count(b"\n")
            with Run.resume(copy, "bench", CONFIG) as run:
                kept = facts(run)[name]
                assert kept[:survivors] == whole[name][:survivors]
                assert len(kept) - survivors in (0, 1)
                run.add(SOFTMAX)
                fill(run)
                found = facts(run)
            for other in ("problems", "solutions"):
                assert sorted(map(str, found[other])) == sorted(map(str, whole[other]))
            assert {str(each) for each in found["entries"]} == {
                str(each) for each in whole["entries"]
            }
            assert found["evaluations"][-3:] != whole["evaluations"]
            assert len(found["evaluations"]) == len(kept if name == "evaluations" else "abc") + 3


def test_a_kill_before_the_config_was_written_leaves_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("123\n")
    (tmp_path / "config.json.123.part").write_text('{"format": "kern')
    with Run.create(tmp_path, "bench", CONFIG):
        pass
    assert Run.open(tmp_path).kind == "bench"


def test_foreign_lines_are_passed_over_and_reported(filled: Path) -> None:
    with (filled / "evaluations.jsonl").open("a") as file:
        file.write('{"status": "CORRECT"}\n')
    with Run.resume(filled, "bench", CONFIG) as run:
        run.add(verdict(SWISH, RIGHT))
        assert len(run.outcomes()) == 3
        [bad] = run.bad_lines
        run.outcomes()
        assert run.bad_lines == [bad]  # not twice
    assert bad.file == filled / "evaluations.jsonl"
    assert bad.line == 4
    assert "id" in bad.reason and "required" in bad.reason


def test_one_writer_at_a_time(filled: Path) -> None:
    with Run.resume(filled, "bench", CONFIG):
        with pytest.raises(UsageError, match=rf"another process \(pid {os.getpid()}\)"):
            Run.resume(filled, "bench", CONFIG)
        assert len(Run.open(filled).entries()) == 3  # readers are welcome
    Run.resume(filled, "bench", CONFIG).close()


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, signal; from kerneldojo.store import Run; "
        f"run = Run.create({str(tmp_path / 'run')!r}, 'bench', {CONFIG!r}); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    Run.resume(tmp_path / "run", "bench", CONFIG).close()


def test_readers_cannot_add(filled: Path) -> None:
    with pytest.raises(UsageError, match="open for reading"):
        Run.open(filled).add(SOFTMAX)


def test_directories_in_use_are_left_alone(filled: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not empty.*--resume"):
        Run.create(filled, "bench", CONFIG)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        Run.create(tmp_path / "notes", "bench", CONFIG)
    with pytest.raises(UsageError, match="is a file"):
        Run.create(tmp_path / "notes" / "mine.txt", "bench", CONFIG)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"format": "other", "kind": "x"}'])
def test_what_is_not_a_run_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(UsageError, match=r"config\.json"):
        Run.open(tmp_path)


def test_a_run_of_a_later_format_is_told(filled: Path) -> None:
    path = filled / "config.json"
    path.write_text(path.read_text().replace("run/1", "run/2"))
    with pytest.raises(UsageError, match=r"'kerneldojo\.run/2' is unknown"):
        Run.open(filled)


def test_where_nothing_can_be_written_is_told() -> None:
    with pytest.raises(StoreError, match="cannot write to /proc/nothing"):
        Run.create("/proc/nothing", "bench", CONFIG)


def test_evaluations_are_validated_when_asked_for_whole(filled: Path) -> None:
    """A line that contradicts itself is fit for no one, though a table may show its fields."""
    line = verdict(SWISH, RIGHT).model_dump(mode="json")
    line["error"] = {"type": "X", "message": "CORRECT with an error"}
    with (filled / "evaluations.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    run = Run.open(filled)
    assert len(list(run.evaluations())) == 3
    assert "impossible evaluation" in run.bad_lines[0].reason
    assert all(isinstance(each, Evaluation) for each in run.evaluations())
