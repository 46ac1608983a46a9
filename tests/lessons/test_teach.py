"""Lessons: conversations held, chosen, written and accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.corpus import Keep
from kerneldojo.dialogue import Prompts, hardware_facts
from kerneldojo.errors import UsageError
from kerneldojo.lessons import LESSONS, Lessons, teach, write_replies
from kerneldojo.policies import Gold, Scripted, Templates
from kerneldojo.problems import generator, load_problem
from kerneldojo.records import Language
from kerneldojo.settings import DialogueSettings
from kerneldojo.store import Run
from kerneldojo.training.conversations import BadRow, read_conversations
from tests.cli import samples
from tests.dialogue.talk import problem as unknown_problem
from tests.lessons.judging import Judge, Noted

PROBLEMS = list(generator.generate_many("tiny-train", range(4)))
SETTINGS = DialogueSettings(turns=3, example=False)


def read(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def taught(out: Path, curriculum: str, judge: Judge | None = None, **more: Any) -> Lessons:
    teacher = Noted(curricula={curriculum: 1})
    given = {"trajectories": 2, "settings": SETTINGS, **more}
    return teach(PROBLEMS, teacher, judge or Judge(), out, **given)  # type: ignore[arg-type]


def test_lessons_are_whole_conversations_that_end_with_the_best_answer(tmp_path: Path) -> None:
    done = taught(tmp_path / "run", "wrong-lazy-fused")
    assert (done.lessons, done.conversations, done.dropped, done.unknown) == (8, 8, {}, ())
    assert done.path == str(tmp_path / "run" / LESSONS)
    rows = read(done.path)
    assert len(rows) == 8
    run = Run.open(done.run)
    assert run.kind == "collect"
    for row in rows:
        assert [each["role"] for each in row["messages"]] == ["user", "assistant"] * 3
        assert (row["status"], row["coverage"], row["model"]) == (
            "CORRECT",
            0.97,
            "templates/fused",
        )
        assert "wrong" in row["messages"][2]["content"]
    prompts, hardware = Prompts.from_settings(SETTINGS), hardware_facts(samples.ENVIRONMENT)
    questions = {row["problem"]: row["messages"][0]["content"] for row in rows}
    assert questions == {each.name: prompts.first(each, hardware) for each in PROBLEMS}


def test_lessons_are_what_fine_tuning_reads(tmp_path: Path) -> None:
    judged = taught(tmp_path / "judged", "wrong-fused", settings=SETTINGS)
    single = write_replies(PROBLEMS, Templates(), tmp_path / "single", replies=1)
    bad: list[BadRow] = []
    found = list(read_conversations([judged.path, single.path], bad))
    assert not bad
    assert [len(each.messages) for each in found] == [4] * 8 + [2] * 4


def test_what_was_said_and_what_was_kept_is_told(tmp_path: Path) -> None:
    done = taught(tmp_path / "run", "wrong-lazy-hack")
    assert (done.lessons, done.dropped) == (0, {"honest": 8})
    counts: dict[tuple[str, str], list[int]] = {}
    for told in done.told:
        kind = told.teacher.split("/")[1], told.status
        found = counts.setdefault(kind, [0, 0])
        found[0] += told.replies
        found[1] += told.lessons
    assert sum(replies for replies, _ in counts.values()) == 24
    assert counts["wrong", "WRONG_VALUE"] == counts["hack", "HACKED"] == [8, 0]
    assert Path(done.path).read_text() == ""


def test_other_filters_choose_anew_and_judge_nothing(tmp_path: Path) -> None:
    judge = Judge()
    first = taught(tmp_path / "run", "hack-lazy", judge)
    assert (first.lessons, judge.asked > 0) == (0, True)
    judge.asked = 0
    again = taught(tmp_path / "run", "hack-lazy", judge, keep=Keep(correct=True), resume=True)
    assert (again.lessons, judge.asked) == (8, 0)
    assert sum(told.lessons for told in again.told) == 8
    assert {row["status"] for row in read(again.path)} == {"CORRECT"}
    strict = taught(tmp_path / "run", "hack-lazy", judge, keep=Keep(coverage=0.9), resume=True)
    assert strict.dropped == {"coverage": 8 - strict.lessons}
    assert strict.lessons < 8
    assert all(row["coverage"] >= 0.9 for row in read(strict.path))


def test_a_run_asked_for_something_else_is_not_resumed(tmp_path: Path) -> None:
    taught(tmp_path / "run", "lazy")
    with pytest.raises(UsageError, match="not empty"):
        taught(tmp_path / "run", "lazy")
    with pytest.raises(UsageError, match="policy"):
        taught(tmp_path / "run", "fused", resume=True)


def test_problems_without_an_answer_are_left_out(tmp_path: Path) -> None:
    teacher = Noted(curricula={"fused": 1})
    problems = [unknown_problem(), *PROBLEMS]
    done = teach(problems, teacher, Judge(), tmp_path / "run", settings=SETTINGS)  # type: ignore[arg-type]
    assert done.unknown == ("suite/x/one",)
    assert {row["problem"] for row in read(done.path)} == {each.name for each in PROBLEMS}
    with pytest.raises(UsageError, match=r"no answer to any of 4 problems.*suite/"):
        write_replies(PROBLEMS, Gold(), tmp_path / "gold")


def test_the_language_is_the_teachers(tmp_path: Path) -> None:
    settings = DialogueSettings(language=Language.CPP)
    with pytest.raises(UsageError, match=r"writes triton.*dialogue\.language is cpp"):
        write_replies(PROBLEMS, Templates(), tmp_path / "run", settings=settings)
    assert not (tmp_path / "run").exists()


def test_replies_alone_have_the_prompts_of_dialogues(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "first_turn.md.j2").write_text(
        "Do {{ entry_point }} on {{ hardware }}:\n{{ reference }}"
    )
    settings = SETTINGS.model_copy(update={"templates": str(folder)})
    teacher = Noted(curricula={"wrong-fused": 1})
    single = write_replies(
        PROBLEMS, teacher, tmp_path / "single", replies=2, settings=settings, hardware="a toaster"
    )
    rows = read(single.path)
    assert len(rows) == single.lessons == 8
    assert all(row["messages"][0]["content"].startswith("Do ModelNew on a toaster") for row in rows)
    judged = teach(
        PROBLEMS,
        teacher,
        Judge(),  # type: ignore[arg-type]
        tmp_path / "judged",
        trajectories=2,
        keep=Keep(),
        settings=settings.model_copy(update={"turns": 1, "hardware": False}),
    )
    same = {(row["problem"], row["sample"]): row["messages"][-1] for row in read(judged.path)}
    for row in rows:
        # what is judged is shown without what surrounds it
        assert (
            row["messages"][-1]["content"].strip() == same[row["problem"], row["sample"]]["content"]
        )
    assert {told.status for told in single.told} == {""}


def test_replies_that_repeat_others_are_left_out(tmp_path: Path) -> None:
    teacher = Templates(curricula={"fused": 1}, variety=False)
    done = write_replies(PROBLEMS, teacher, tmp_path / "run", replies=5, settings=SETTINGS)
    assert (done.lessons, done.conversations, done.dropped) == (4, 20, {"distinct": 16})
    assert sum(told.lessons for told in done.told) == 4
    row = read(done.path)[0]
    assert (row["model"], row["turns"], row["language"]) == ("templates/fused", 1, "triton")
    assert row["problem_digest"] == PROBLEMS[0].digest


def test_single_replies_are_written_once_more(tmp_path: Path) -> None:
    def again(**more: Any) -> Lessons:
        return write_replies(PROBLEMS, Templates(), tmp_path / "run", settings=SETTINGS, **more)

    first = Path(again().path).read_bytes()
    with pytest.raises(UsageError, match="not empty"):
        again()
    assert Path(again(resume=True).path).read_bytes() == first
    with pytest.raises(UsageError, match="samples"):
        again(resume=True, replies=7)


def test_gold_teaches_bundled_problems(tmp_path: Path) -> None:
    problems = [load_problem("suite/softmax/softmax"), load_problem("suite/norm/layer_norm")]
    done = write_replies(problems, Gold(), tmp_path / "run", replies=1)
    assert done.lessons == 2
    assert {row["model"] for row in read(done.path)} == {"gold"}


def test_models_have_to_be_judged(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="have their answers ready"):
        write_replies(PROBLEMS, Scripted(["x"]), tmp_path / "run")
    with pytest.raises(UsageError, match="1 or more"):
        write_replies(PROBLEMS, Templates(), tmp_path / "run", replies=0)
