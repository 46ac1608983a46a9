"""Many dialogues at once: generation and evaluation overlap, and whatever is done stays done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kerneldojo.dialogue.beginning import trajectory_id
from kerneldojo.dialogue.dialogue import Dialogue
from kerneldojo.dialogue.strategy import Strategy, directed, ending_of
from kerneldojo.dialogue.terms import Terms
from kerneldojo.errors import InvalidProblem, PolicyError, PolicyUnavailable, UsageError
from kerneldojo.records import End, Ending, Problem, Trajectory

Conclude = Callable[[Dialogue, Ending], Awaitable[Ending]]
"""Called at the end of a dialogue, before the end is written down; may amend it."""


async def leave(dialogue: Dialogue, ending: Ending) -> Ending:
    """Amend nothing."""
    return ending


@dataclass
class Conductor:
    """Has one strategy direct a dialogue for each problem and sample.

    Args:
        strategy: what directs them.
        terms: what they have in common.
        samples: independent trajectories of each problem.
        concurrency: most dialogues under way at once.
        conclude: what is done at the end of each.
        known: what is on disk already, by trajectory id. What has ended is not begun again.

    Raises:
        UsageError: if nothing at all would be held.
    """

    strategy: Strategy
    terms: Terms
    samples: int = 1
    concurrency: int = 16
    conclude: Conclude = leave
    known: dict[str, Trajectory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.samples < 1 or self.concurrency < 1:
            raise UsageError(
                f"{self.samples} trajectories of a problem, {self.concurrency} under way at once: "
                "each has to be 1 or more."
            )

    async def conduct(self, problems: Iterable[Problem]) -> None:
        """Hold all dialogues.

        A dialogue whose policy gave no answer is left as it is, for a resumed run to go on
        with; the others go on, unless as many in a row fail as are under way at once.

        Raises:
            PolicyUnavailable: after all others have ended, if any was left so; at once, if it
                looks as if none could go on.
            PolicyRefused: at once.
            InfrastructureError: at once, if nothing can be judged or written.
        """
        waiting = iter(
            [(problem, sample) for problem in problems for sample in range(self.samples)]
        )
        faults = _Faults(self.concurrency)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.concurrency):
                    group.create_task(self._work(waiting, faults))
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        faults.tell()

    async def _work(self, waiting: Iterator[tuple[Problem, int]], faults: _Faults) -> None:
        for problem, sample in waiting:
            dialogue = self._dialogue(problem, sample)
            if dialogue is None:
                continue
            try:
                await self._hold(dialogue)
            except PolicyError as error:
                self.terms.watcher.failed(dialogue.record, error)
                faults.add(error)
            else:
                faults.forgive()

    def _dialogue(self, problem: Problem, sample: int) -> Dialogue | None:
        """Begin a dialogue, or go on with one; None if it has ended."""
        name = self.strategy.name
        known = self.known.get(trajectory_id(problem, sample, name))
        if known is not None and known.ending is not None:
            return None
        dialogue = Dialogue(problem, self.terms, sample=sample, strategy=name, known=known)
        if known is None and self.terms.run is not None:
            self.terms.run.add(problem)
            self.terms.run.add(dialogue.record)
        return dialogue

    async def _hold(self, dialogue: Dialogue) -> None:
        self.terms.watcher.begun(dialogue.record)
        try:
            ending = await directed(self.strategy, dialogue)
        except InvalidProblem as error:
            ending = ending_of(dialogue, End.PROBLEM, str(error))
        ending = await self.conclude(dialogue, ending)
        if self.terms.run is not None:
            self.terms.run.add(ending)
        self.terms.watcher.ended(dialogue.record, ending)


class _Faults:
    """Policies that gave no answer: one is an accident, many in a row are an outage."""

    def __init__(self, outage: int) -> None:
        self._outage = outage
        self._all: list[PolicyError] = []
        self._in_a_row = 0

    def add(self, error: PolicyError) -> None:
        self._all.append(error)
        self._in_a_row += 1
        if self._in_a_row >= self._outage:
            raise error

    def forgive(self) -> None:
        self._in_a_row = 0

    def tell(self) -> None:
        if self._all:
            count = len(self._all)
            these = "1 dialogue has" if count == 1 else f"{count} dialogues have"
            raise PolicyUnavailable(
                f"{these} not come to an end, because the policy gave no answer: {self._all[-1]} "
                "What was said is kept; resume the run to go on with them."
            )


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first of several errors that ended one another."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
