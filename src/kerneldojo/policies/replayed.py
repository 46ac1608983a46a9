"""A policy that says again what another one said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from kerneldojo.errors import PolicyRefused, StoreError, UsageError, did_you_mean
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, count_roughly, ignore
from kerneldojo.records import Completion, Finish, Message, Record, Trajectory, Usage
from kerneldojo.settings import Sampling
from kerneldojo.store import Run

_TOUR = Path(__file__).parent / "tour" / "replies.jsonl"
_SHOWN = 8


class RecordedReply(Record):
    """One reply, and what it was said to: a line of a file of replies."""

    problem: str
    sample: int = 0
    place: str
    strategy: str = ""
    """What directed the dialogue."""
    policy: str = ""
    """Name of the policy that said it."""
    model: str = ""
    reply: str
    thinking: str = ""
    finish: Finish = Finish.STOP
    usage: Usage = Usage()

    @property
    def topic(self) -> Topic:
        """What it was said to."""
        return Topic(self.problem, self.sample, self.place)


class Replayed:
    """Answers with what was recorded for the same problem, sample and place.

    Whatever the conversation says, and without any model: for tours, tests, and for judging the
    replies of a run anew.

    Args:
        source: a run directory, a file that `save` wrote, or trajectories.
        name: for people and records; by default it says whose replies these are.

    Raises:
        UsageError: if no reply is recorded there.
    """

    context_length: int | None = None

    def __init__(
        self,
        source: str | Path | Iterable[Trajectory | RecordedReply],
        *,
        name: str | None = None,
    ) -> None:
        if isinstance(source, str | Path):
            replies, where = _read(Path(source)), str(source)
        else:
            replies, where = _flat(source), "the trajectories given"
        self._replies = {reply.topic: reply for reply in replies}
        if not self._replies:
            raise UsageError(
                f"no reply is recorded in {where}. Runs of `kerneldojo rollout`, `collect` and "
                "`search` hold replies."
            )
        self.name = name or _name(self._replies.values())

    @classmethod
    def bundled(cls) -> Self:
        """Return the replies that come with the package."""
        return cls(_TOUR, name="tour")

    @property
    def strategy(self) -> str | None:
        """The strategy that asks for just what is recorded; None if there were several."""
        names = {reply.strategy for reply in self._replies.values() if reply.strategy}
        return names.pop() if len(names) == 1 else None

    def save(self, path: str | Path) -> None:
        """Write the replies to a file of their own, one a line.

        Raises:
            StoreError: if nothing can be written there.
        """
        lines = [reply.model_dump_json(exclude_defaults=True) for reply in self._replies.values()]
        try:
            Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}.") from error

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy.complete`. Tokens are the recorded ones, money is 0.

        Raises:
            PolicyRefused: if nothing is recorded for this topic.
        """
        reply = self._replies.get(topic)
        if reply is None:
            raise PolicyRefused(self._about_missing(topic))
        on_text(reply.reply)
        return Completion(
            text=reply.reply,
            thinking=reply.thinking,
            finish=reply.finish,
            model=reply.model,
            usage=reply.usage.model_copy(update={"money": 0.0}),
        )

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens a text has."""
        return count_roughly(text)

    async def close(self) -> None:
        """Do nothing: there is nothing to give back."""

    def _about_missing(self, topic: Topic) -> str:
        asked = f"{self.name} holds no reply for {topic.problem or 'a conversation on no problem'}"
        known = [each for each in self._replies if each.problem == topic.problem]
        if not known:
            problems = list(dict.fromkeys(each.problem for each in self._replies))
            return (
                f"{asked}.{did_you_mean(topic.problem, problems)} It holds replies for "
                f"{_some(problems)}. Ask for one of these, or another policy."
            )
        places = [f"sample {each.sample}, {each.place}" for each in known]
        return (
            f"{asked}, sample {topic.sample}, {topic.place}. It holds {_some(places)}. Ask with "
            "the same strategy and no more turns than were recorded, or another policy."
        )


def _read(path: Path) -> Iterator[RecordedReply]:
    if path.is_dir():
        return _flat(Run.open(path).trajectories())
    return _lines(path)


def _lines(path: Path) -> Iterator[RecordedReply]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"cannot read replies from {path}: {error.strerror}. Name a run's directory, or a file "
            "that `Replayed(run).save(path)` wrote."
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} holds no recorded replies: it is not UTF-8 text.") from None
    for number, line in enumerate(lines, start=1):
        try:
            yield RecordedReply.model_validate_json(line)
        except ValidationError:
            raise UsageError(
                f"{path}, line {number} is no recorded reply. `Replayed(run).save(path)` writes "
                "such files; a run is named by its directory."
            ) from None


def _flat(source: Iterable[Trajectory | RecordedReply]) -> Iterator[RecordedReply]:
    for each in source:
        if isinstance(each, RecordedReply):
            yield each
            continue
        for turn in each.turns:
            yield RecordedReply(
                problem=each.record.problem,
                sample=each.record.sample,
                place=turn.record.place,
                strategy=each.record.strategy,
                policy=each.record.policy,
                model=turn.record.model,
                reply=turn.record.reply,
                thinking=turn.record.thinking,
                finish=turn.record.finish,
                usage=turn.record.usage,
            )


def _name(replies: Iterable[RecordedReply]) -> str:
    policies = dict.fromkeys(reply.policy for reply in replies if reply.policy)
    return f"replay of {', '.join(policies)}" if policies else "replay"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
