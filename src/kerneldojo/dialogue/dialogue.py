"""One trajectory in the making: ask, judge, tell, write down."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from kerneldojo.dialogue import context, stopping
from kerneldojo.dialogue.beginning import begin
from kerneldojo.dialogue.feedback import Feedback, feedback, feedback_on_reply
from kerneldojo.dialogue.reply import Reply, parse_reply
from kerneldojo.dialogue.running import called_in_loop
from kerneldojo.dialogue.spending import Spending
from kerneldojo.dialogue.stopping import Over
from kerneldojo.dialogue.terms import Terms
from kerneldojo.dialogue.token_rows import as_tokens
from kerneldojo.errors import ContextOverflow, InvalidProblem, PolicyRefused
from kerneldojo.policies import Topic
from kerneldojo.records import (
    Completion,
    End,
    Entry,
    Evaluation,
    Finish,
    Message,
    Problem,
    Solution,
    Status,
    Trajectory,
    Turn,
    TurnRecord,
)
from kerneldojo.rewards import reward
from kerneldojo.settings import Sampling

_SEEDS = 2**31
_SAID_BEFORE = "You gave this very code before. Try something else.\n\n"


@dataclass(frozen=True)
class _Asked:
    """What came of asking the policy."""

    completion: Completion
    shown: tuple[Turn, ...]
    forgotten: tuple[Turn, ...]


@dataclass(frozen=True)
class _Judged:
    """What came of judging a reply."""

    solution: Solution | None
    evaluation: Evaluation | None
    repeats: int | None
    seconds: float


class Dialogue:
    """Takes turns on one problem, for a strategy that says which.

    Args:
        problem: what is to be solved.
        terms: what all dialogues of the run have in common.
        sample: number among the independent trajectories of the problem.
        strategy: name of what directs the dialogue.
        known: what is on disk of this trajectory. Its turns are not taken again: asked for one
            by its place, the dialogue returns it as it was, so that a strategy, run again from
            its beginning, comes to where it was interrupted.
    """

    def __init__(
        self,
        problem: Problem,
        terms: Terms,
        *,
        sample: int = 0,
        strategy: str = "rollout",
        known: Trajectory | None = None,
    ) -> None:
        self.problem = problem
        self.terms = terms
        self.record = known.record if known else begin(problem, terms, sample, strategy)
        self.random = random.Random(f"{terms.seed}/{self.record.id}")
        """For choices by chance: the same again when a run is resumed."""
        self.rules: list[stopping.Rule] = []
        """Asked before each new turn, after the rules of the settings."""
        self.spent = Spending()
        self._known = {turn.record.place: turn for turn in known.turns} if known else {}
        self._numbers = {turn.number for turn in self._known.values()}
        self._turns: dict[int, Turn] = {}
        self._judging: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._places: set[str] = set()

    @property
    def turns(self) -> list[Turn]:
        """The turns taken so far, in order of their numbers."""
        return [self._turns[number] for number in sorted(self._turns)]

    @property
    def trajectory(self) -> Trajectory:
        """What there is of the trajectory."""
        return Trajectory(self.record, self.problem, self.turns)

    async def turn(
        self,
        place: str,
        *,
        show: Iterable[Turn] = (),
        parent: Turn | None = None,
        temperature: float | None = None,
    ) -> Turn:
        """Take one turn.

        Args:
            place: the strategy's own name for the turn, the same whenever the strategy is run
                again, and different for each turn of the trajectory.
            show: earlier turns that the model shall see, in this order. If the model has no
                room for all, those of the lowest reward are forgotten, and the record says so.
            parent: the turn that is to be improved; for records and views.
            temperature: instead of the one in the settings.

        Raises:
            Over: if the budget is spent, a rule ends the dialogue, or not even the question
                fits into the model's context.
            PolicyError: if the policy gave no answer.
            PolicyRefused: if it refuses us, or no question could be short enough for it.
            InvalidProblem: if the problem is broken.
        """
        if place in self._places:
            raise ValueError(f"there is a turn at {place!r} already")
        known = self._known.get(place)
        if known is None:
            self._refuse_if_over()
        self._places.add(place)
        self.spent.begin()
        if known is not None:
            # of what was begun together, all was begun before anything was known of any
            await asyncio.sleep(0)
            self.spent.recall(known.record)
            self._enter(known)
            return self._keep(known, recalled=True)
        number = self._number()
        asked = await self._ask(place, tuple(show), parent, temperature)
        reply = parse_reply(
            asked.completion.text,
            self.terms.prompts.entry_point,
            cut_off=asked.completion.finish is Finish.LENGTH,
            refused=asked.completion.finish is Finish.REFUSAL,
        )
        judged = await self._judge(reply, place)
        record = self._record(number, place, parent, asked, reply, judged)
        self.spent.finish(record)
        turn = Turn(record, judged.solution, judged.evaluation)
        self._write(turn)
        return self._keep(turn, recalled=False)

    async def together(self, turns: Iterable[Awaitable[Turn]]) -> list[Turn]:
        """Take several turns at once; what is begun is finished, whatever becomes of the others.

        Raises:
            Over: after that, if not all of them could be taken.
            PolicyError: after that, if the policy gave one of them no answer.
        """
        done = await asyncio.gather(*turns, return_exceptions=True)
        faults = [one for one in done if isinstance(one, BaseException)]
        for fault in sorted(faults, key=lambda one: isinstance(one, Over)):
            raise fault
        return [one for one in done if isinstance(one, Turn)]

    def _number(self) -> int:
        """Return the number of a new turn: how many were asked for before it.

        So a turn lost in an interruption, while others begun with it were not, gets its own
        number when it is taken again.
        """
        number = len(self._places) - 1
        while number in self._numbers:
            number += 1
        self._numbers.add(number)
        return number

    def _refuse_if_over(self) -> None:
        if limit := self.spent.exceeded(self.terms.budget):
            raise Over(End.BUDGET, limit)
        if over := stopping.rule_that_ends(self.turns, self.terms.settings.stop):
            raise over
        for rule in self.rules:
            if over := rule(self.turns):
                raise over

    async def _ask(
        self,
        place: str,
        show: tuple[Turn, ...],
        parent: Turn | None,
        temperature: float | None,
    ) -> _Asked:
        """Ask the policy, with as many of the turns to be shown as it has room for."""
        terms, shown = self.terms, list(show)
        terms.watcher.asked(self.record, place)
        sampling = self._sampling(place, temperature)
        while True:
            messages = context.conversation(
                self.record.question, shown, keep_thinking=terms.settings.keep_thinking
            )
            try:
                self._check_room(messages, sampling)
                completion = await terms.policy.complete(
                    messages,
                    sampling,
                    topic=Topic(self.problem.name, self.record.sample, place),
                    on_text=lambda piece: terms.watcher.text(self.record, place, piece),
                )
            except ContextOverflow as error:
                if not shown:
                    raise Over(End.CONTEXT, str(error)) from error
                shown.remove(context.least_useful(shown, parent))
                continue
            kept = {turn.number for turn in shown}
            forgotten = tuple(turn for turn in show if turn.number not in kept)
            return _Asked(_speakable(completion), tuple(shown), forgotten)

    def _check_room(self, messages: Sequence[Message], sampling: Sampling) -> None:
        """Find out before the policy does that a prompt is too long, where that is known."""
        length = self.terms.policy.context_length
        if length is None:
            return
        if sampling.max_tokens >= length:
            raise PolicyRefused(
                f"sampling.max_tokens = {sampling.max_tokens} leaves no room for a question: "
                f"{self.terms.policy.name} reads and writes {length} tokens together. Set it "
                f"lower: --set sampling.max_tokens={max(length // 2, 1)}."
            )
        count = sum(self.terms.policy.count_tokens(message.content) for message in messages)
        if count + sampling.max_tokens > length:
            raise ContextOverflow(
                f"the prompt has {count:,} tokens, and {sampling.max_tokens:,} more may be written "
                f"(sampling.max_tokens), but the model's context holds {length:,}"
            )

    def _sampling(self, place: str, temperature: float | None) -> Sampling:
        """Return how to draw a turn; with a seed, each place has one of its own.

        Numbers would not do: turns begun at once may get others after an interruption.
        """
        given = self.terms.sampling
        changes: dict[str, float | int] = {}
        if temperature is not None:
            changes["temperature"] = temperature
        if given.seed is not None:
            changes["seed"] = random.Random(f"{given.seed}/{self.record.id}/{place}").randrange(
                _SEEDS
            )
        return given.model_copy(update=changes)

    async def _judge(self, reply: Reply, place: str) -> _Judged:
        """Have the solution of a reply judged, unless that very solution was judged before."""
        if reply.source is None:
            return _Judged(None, None, None, 0.0)
        solution = Solution(
            source=reply.source,
            language=self.terms.settings.language,
            entry_point=self.terms.prompts.entry_point,
            origin=f"{self.terms.policy.name}, {place}",
        )
        digest = solution.digest
        async with self._judging[digest]:  # of equal code said at the same time, one is judged
            return await self._judge_once(solution, digest, place)

    async def _judge_once(self, solution: Solution, digest: str, place: str) -> _Judged:
        for earlier in self.turns:
            said = earlier.record.solution_digest == digest
            if said and earlier.evaluation is not None and earlier.evaluation.status.judged:
                known = earlier.solution or solution
                return _Judged(known, earlier.evaluation, earlier.number, 0.0)
        started = time.monotonic()
        self.terms.watcher.stage(self.record, place, "waiting")
        on_stage = called_in_loop(partial(self.terms.watcher.stage, self.record, place))
        future = self.terms.evaluator.submit(self.problem, solution, on_stage)
        evaluation = await asyncio.wrap_future(future)
        if evaluation.status is Status.INVALID_PROBLEM:
            error = evaluation.error
            reason = f"{error.type}: {error.message}" if error else "the reference does not work"
            raise InvalidProblem(f"{self.problem.name}: {reason}")
        return _Judged(solution, evaluation, None, time.monotonic() - started)

    def _record(
        self,
        number: int,
        place: str,
        parent: Turn | None,
        asked: _Asked,
        reply: Reply,
        judged: _Judged,
    ) -> TurnRecord:
        completion, evaluation = asked.completion, judged.evaluation
        worth = reward(evaluation, self.terms.reward) if evaluation is not None else 0.0
        return TurnRecord(
            trajectory=self.record.id,
            number=number,
            place=place,
            parent=parent.number if parent else None,
            context=tuple(turn.number for turn in asked.shown),
            forgotten=tuple(turn.number for turn in asked.forgotten),
            reply=completion.text,
            thinking=completion.thinking,
            finish=completion.finish,
            model=completion.model,
            usage=completion.usage,
            generation_s=completion.seconds,
            evaluation_s=judged.seconds,
            elapsed_s=self.spent.seconds,
            tokens=as_tokens(completion, self.turns),
            reply_problem=reply.problem,
            solution_digest=judged.solution.digest if judged.solution else None,
            evaluation_id=evaluation.id if evaluation else None,
            repeats=judged.repeats,
            feedback=self._tell(reply, judged),
            reward=worth,
        )

    def _tell(self, reply: Reply, judged: _Judged) -> str:
        """Return the message that the model is shown after this turn."""
        if reply.problem is not None:
            return self.terms.prompts.next(feedback_on_reply(reply.problem), None)
        assert judged.evaluation is not None
        assert judged.solution is not None
        said = feedback(
            judged.evaluation,
            judged.solution,
            budget=self.terms.settings.feedback_tokens,
            count_tokens=self.terms.policy.count_tokens,
        )
        if judged.repeats is not None:
            said = Feedback(_SAID_BEFORE + said.text, said.left_out)
        return self.terms.prompts.next(said, judged.evaluation.status, judged.evaluation)

    def _write(self, turn: Turn) -> None:
        """Put a turn on disk, after all that its line refers to."""
        run = self.terms.run
        if run is None:
            return
        if turn.solution is not None and turn.evaluation is not None:
            run.add(turn.solution)
            if turn.record.repeats is None:
                run.add(turn.evaluation)
        run.add(turn.record)
        self._enter(turn)

    def _enter(self, turn: Turn) -> None:
        """Put down for the tables what a turn answered.

        Only when the turn itself is on disk, and again when it is recalled: of a turn that a kill
        has lost, and that is taken again with another reply, there must be no second entry.
        """
        run = self.terms.run
        if run is not None and turn.record.solution_digest is not None:
            run.add(
                Entry(
                    problem=self.problem.name,
                    problem_digest=self.record.problem_digest,
                    solution_digest=turn.record.solution_digest,
                    origin=f"{self.record.id}, {turn.record.place}",
                    sample=self.record.sample,
                    turn=turn.number,
                )
            )

    def _keep(self, turn: Turn, *, recalled: bool) -> Turn:
        self._turns[turn.number] = turn
        self.terms.watcher.turned(self.record, turn, recalled=recalled)
        return turn


def _speakable(completion: Completion) -> Completion:
    """Return a reply without half characters, which JSON can hold and no file can."""
    text, thinking = (
        part.encode("utf-8", "replace").decode() for part in (completion.text, completion.thinking)
    )
    return completion.model_copy(update={"text": text, "thinking": thinking})
