from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kerneldojo.errors import PolicyRefused, StoreError, UsageError
from kerneldojo.policies import Replayed, Topic, replayed
from kerneldojo.policies.replayed import RecordedReply
from kerneldojo.records import (
    Completion,
    Finish,
    Message,
    Problem,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
    Usage,
)
from kerneldojo.settings import Sampling
from kerneldojo.store import Run
from tests.policies.conftest import QUESTION

SOFTMAX = Problem(name="suite/softmax/softmax", source="softmax")
USAGE = Usage(prompt_tokens=10, completion_tokens=4, money=0.5)


def turn(trajectory: str, number: int) -> TurnRecord:
    return TurnRecord(
        trajectory=trajectory,
        number=number,
        place=f"turn {number + 1}",
        reply=f"reply {number} of {trajectory}",
        thinking="hm",
        finish=Finish.LENGTH,
        model="small-8b",
        usage=USAGE,
        feedback="better",
    )


def beginning(sample: int) -> TrajectoryRecord:
    return TrajectoryRecord(
        id=f"t{sample}",
        problem=SOFTMAX.name,
        problem_digest=SOFTMAX.digest,
        sample=sample,
        policy="small",
        question=(Message(role="user", content="Go."),),
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run"
    with Run.create(path, "collect", {}) as run:
        run.add(SOFTMAX)
        for sample in range(2):
            run.add(beginning(sample))
            for number in range(3):
                run.add(turn(f"t{sample}", number))
    return path


def ask(policy: Replayed, topic: Topic) -> Completion:
    return asyncio.run(policy.complete(QUESTION, Sampling(), topic=topic))


def test_a_run_is_said_again(run: Path) -> None:
    policy = Replayed(run)
    for sample in range(2):
        for number in range(3):
            reply = ask(policy, Topic(SOFTMAX.name, sample, f"turn {number + 1}"))
            assert reply.text == f"reply {number} of t{sample}"
    assert (reply.thinking, reply.finish, reply.model) == ("hm", Finish.LENGTH, "small-8b")
    assert reply.usage == USAGE.model_copy(update={"money": 0.0})


def test_it_says_what_it_is(run: Path) -> None:
    assert Replayed(run).name == "replay of small"
    assert Replayed(run, name="again").name == "again"
    assert Replayed([RecordedReply(problem="p", place="x", reply="y")]).name == "replay"


def test_trajectories(run: Path) -> None:
    given = Trajectory(beginning(5), SOFTMAX, [Turn(turn("t5", 0))])
    assert ask(Replayed([given]), Topic(SOFTMAX.name, 5, "turn 1")).text == "reply 0 of t5"


def test_the_reply_is_told(run: Path) -> None:
    told: list[str] = []
    topic = Topic(SOFTMAX.name, 0, "turn 1")
    asyncio.run(Replayed(run).complete(QUESTION, Sampling(), topic=topic, on_text=told.append))
    assert told == ["reply 0 of t0"]


def test_a_file_of_replies(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    Replayed(run).save(file)
    again = Replayed(file)
    assert again.name == "replay of small"
    for sample in range(2):
        topic = Topic(SOFTMAX.name, sample, "turn 2")
        assert ask(again, topic) == ask(Replayed(run), topic)


def test_what_is_bundled(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Replayed(run).save(tmp_path / "replies.jsonl")
    monkeypatch.setattr(replayed, "_TOUR", tmp_path / "replies.jsonl")
    policy = Replayed.bundled()
    assert policy.name == "tour"
    assert ask(policy, Topic(SOFTMAX.name, 0, "turn 1")).text == "reply 0 of t0"


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        (
            Topic("suite/softmax/softmin", 0, "turn 1"),
            ["'suite/softmax/softmax'?", "holds replies for suite/softmax/softmax"],
        ),
        (
            Topic("suite/softmax/softmax", 0, "turn 4"),
            ["sample 0, turn 4", "sample 0, turn 1, sample 0, turn 2", "no more turns"],
        ),
        (Topic("suite/softmax/softmax", 2, "turn 1"), ["sample 2, turn 1", "sample 1, turn 3"]),
        (Topic(), ["a conversation on no problem"]),
    ],
)
def test_what_is_not_recorded(run: Path, topic: Topic, parts: list[str]) -> None:
    with pytest.raises(PolicyRefused) as caught:
        ask(Replayed(run), topic)
    for part in ["replay of small holds no reply", *parts]:
        assert part in str(caught.value)


def test_long_lists_are_cut() -> None:
    replies = [RecordedReply(problem="p", place=f"turn {number}", reply="") for number in range(20)]
    with pytest.raises(PolicyRefused, match="turn 7 and 12 more"):
        ask(Replayed(replies), Topic("p", 0, "turn 99"))


def test_sources_without_replies(tmp_path: Path) -> None:
    with Run.create(tmp_path / "bench", "bench", {}):
        pass
    with pytest.raises(UsageError, match=r"no reply is recorded in .*bench"):
        Replayed(tmp_path / "bench")
    with pytest.raises(UsageError, match=r"nowhere: No such file.*Name a run"):
        Replayed(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no reply is recorded"):
        Replayed([])
    for content in (b"{}\n", b"\xff\n"):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(UsageError, match=r"other(, line 1 is| holds) no recorded repl"):
            Replayed(tmp_path / "other")


def test_nothing_can_be_saved_there(run: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        Replayed(run).save(tmp_path / "no" / "such" / "folder.jsonl")


def recorded(sample: int, strategy: str) -> RecordedReply:
    return RecordedReply(
        problem="p", sample=sample, place="turn 1", strategy=strategy, reply="text"
    )


def test_the_strategy_that_fits_is_known_if_there_was_but_one() -> None:
    tree = "tree(turns=3)"
    assert Replayed([recorded(0, tree), recorded(1, tree)]).strategy == tree
    assert Replayed([recorded(0, tree), recorded(1, "rollout(turns=3)")]).strategy is None
    assert Replayed([recorded(0, "")]).strategy is None
