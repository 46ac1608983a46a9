"""Many dialogues at once: overlap, resume, and what a silent policy does to the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from kerneldojo.dialogue import Conductor, Rollout, Terms, Watcher, hold
from kerneldojo.errors import PolicyRefused, PolicyUnavailable, StoreError, UsageError
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.records import Completion, End, Ending, Message, TrajectoryRecord, Turn
from kerneldojo.settings import DialogueSettings, Sampling
from kerneldojo.store import Run
from tests.dialogue.talk import Judge, code, problem, terms

PROBLEMS = [problem(f"suite/x/{name}") for name in ("one", "two", "three")]


class Answers:
    """Answers every conversation by its topic; fails where it is told to."""

    name = "answers"
    context_length = None

    def __init__(self, failing: Sequence[str] = (), error: Exception | None = None) -> None:
        self.failing = set(failing)
        self.error = error or PolicyUnavailable("the endpoint is down.")
        self.asked: list[Topic] = []
        self.under_way = 0
        self.most_under_way = 0
        self.stop_after: int | None = None

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        if len(self.asked) == self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(topic)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        if topic.problem in self.failing:
            raise self.error
        return Completion(text=code("correct", 1.0 + len(messages) / 10, text=str(topic)))

    def count_tokens(self, text: str) -> int:
        return len(text)

    async def close(self) -> None: ...


class Diary(Watcher):
    def __init__(self) -> None:
        self.recalled: list[bool] = []
        self.ends: list[End] = []
        self.faults: list[Exception] = []

    def turned(self, trajectory: TrajectoryRecord, turn: Turn, *, recalled: bool) -> None:
        self.recalled.append(recalled)

    def ended(self, trajectory: TrajectoryRecord, ending: Ending) -> None:
        self.ends.append(ending.end)

    def failed(self, trajectory: TrajectoryRecord, error: Exception) -> None:
        self.faults.append(error)


def agreed(policy: Answers, watcher: Watcher | None = None) -> Terms:
    return Terms(policy, Judge(), DialogueSettings(example=False), watcher=watcher or Watcher())


def held(
    policy: Answers, out: Path, *, resume: bool = False, watcher: Watcher | None = None
) -> Run:
    conductor = Conductor(Rollout(2), agreed(policy, watcher), samples=2, concurrency=3)
    return hold("collect", PROBLEMS, conductor, out, resume=resume)


def test_every_problem_gets_its_trajectories(tmp_path: Path) -> None:
    policy = Answers()
    run = held(policy, tmp_path / "run")
    found = {(one.record.problem, one.record.sample) for one in run.trajectories()}
    assert found == {(problem.name, sample) for problem in PROBLEMS for sample in (0, 1)}
    for one in run.trajectories():
        assert one.ending is not None
        assert (one.ending.end, one.ending.winner, len(one.turns)) == (End.TURNS, 1, 2)
    assert policy.most_under_way == 3
    assert [outcome.turn for outcome in run.outcomes()].count(1) == 6


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    held(Answers(), tmp_path / "run")
    again = Answers()
    held(again, tmp_path / "run", resume=True)
    assert again.asked == []


@pytest.mark.parametrize("after", [0, 1, 4, 7, 11])
def test_an_interrupted_run_comes_to_the_same(tmp_path: Path, after: int) -> None:
    whole = held(Answers(), tmp_path / "whole")
    policy = Answers()
    policy.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        held(policy, tmp_path / "run")
    diary = Diary()
    more = Answers()
    resumed = held(more, tmp_path / "run", resume=True, watcher=diary)
    assert len(more.asked) == 12 - (12 - diary.recalled.count(False))
    assert {one.record.id: said(one.turns) for one in resumed.trajectories()} == {
        one.record.id: said(one.turns) for one in whole.trajectories()
    }


def said(turns: list[Turn]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(turn.record.place, turn.record.reply, turn.record.context) for turn in turns]


def test_one_silent_answer_does_not_end_the_others(tmp_path: Path) -> None:
    policy, diary = Answers(failing=["suite/x/two"]), Diary()
    with pytest.raises(PolicyUnavailable, match=r"2 dialogues have .* resume"):
        held(policy, tmp_path / "run", watcher=diary)
    assert len(diary.ends) == 4
    assert len(diary.faults) == 2
    run = held(Answers(), tmp_path / "run", resume=True)
    assert all(one.ending for one in run.trajectories())


def test_an_outage_ends_the_run_at_once(tmp_path: Path) -> None:
    policy = Answers(failing=[problem.name for problem in PROBLEMS])
    with pytest.raises(PolicyUnavailable, match="the endpoint is down"):
        held(policy, tmp_path / "run")
    assert len(policy.asked) < 6


def test_a_refusal_ends_the_run_at_once(tmp_path: Path) -> None:
    policy = Answers(failing=["suite/x/one"], error=PolicyRefused("wrong key"))
    with pytest.raises(PolicyRefused, match="wrong key"):
        held(policy, tmp_path / "run")


def test_a_full_disk_ends_the_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = Run.add

    def full(run: Run, record: object) -> None:
        if type(record).__name__ == "TurnRecord":
            raise StoreError("cannot append: No space left on device.")
        add(run, record)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "add", full)
    with pytest.raises(StoreError, match="No space left"):
        held(Answers(), tmp_path / "run")


def test_another_question_is_not_resumed(tmp_path: Path) -> None:
    held(Answers(), tmp_path / "run")
    conductor = Conductor(Rollout(3), agreed(Answers()), samples=2)
    with pytest.raises(UsageError, match=r"rollout\(turns=2\).*rollout\(turns=3\)"):
        hold("collect", PROBLEMS, conductor, tmp_path / "run", resume=True)


def test_a_broken_problem_ends_its_trajectory_only(tmp_path: Path) -> None:
    class Broken(Answers):
        async def complete(self, messages, sampling, *, topic=NO_TOPIC, on_text=ignore):  # type: ignore[no-untyped-def]
            if topic.problem == "suite/x/two":
                return Completion(text=code("invalid_problem"))
            return await super().complete(messages, sampling, topic=topic, on_text=on_text)

    run = held(Broken(), tmp_path / "run")
    ends = {one.record.problem: one.ending.end for one in run.trajectories() if one.ending}
    assert ends["suite/x/two"] is End.PROBLEM
    assert ends["suite/x/one"] is End.TURNS


def test_terms_find_missing_templates() -> None:
    changed = terms(  # the folder is looked for when the first text is needed
        Answers(),  # type: ignore[arg-type]
        settings=DialogueSettings(templates="/nowhere/templates"),
    )
    with pytest.raises(UsageError, match="/nowhere/templates"):
        changed.question(problem())


@pytest.mark.parametrize("changes", [{"samples": 0}, {"concurrency": 0}])
def test_holding_nothing_is_a_mistake(changes: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="1 or more"):
        Conductor(Rollout(2), agreed(Answers()), **changes)
