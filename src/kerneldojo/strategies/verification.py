"""The end of a search: its best solutions are judged from scratch, and one of them wins."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kerneldojo.dialogue import Dialogue
from kerneldojo.dialogue.running import called_in_loop
from kerneldojo.errors import StoreError, UsageError
from kerneldojo.evaluator import Evaluator
from kerneldojo.records import Ending, Evaluation, Problem, Status, Turn
from kerneldojo.settings import EvaluationSettings
from kerneldojo.store import write_whole
from kerneldojo.wording import times

FOLDER = "winners"


@dataclass(frozen=True)
class Verification:
    """How the winner of a search is found.

    The best of many measurements is, on average, a lucky one. So the best are measured again, for
    longer and under fresh secret seeds, and only the new measurement counts.

    Args:
        finalists: how many of the fastest correct solutions are judged anew.
        seeds: how many times as many secret seeds as in the search.
        longer: how many times the budget and the number of pairs of a timing. The interval that
            ends a timing early gets narrower by its square root.

    Raises:
        UsageError: if a parameter is out of range.
    """

    finalists: int = 3
    seeds: int = 3
    longer: float = 4.0

    def __post_init__(self) -> None:
        if self.finalists < 1 or self.seeds < 1 or not self.longer >= 1:
            raise UsageError(
                f"verification with finalists = {self.finalists}, seeds = {self.seeds}, "
                f"longer = {self.longer}: each of them has to be 1 or more."
            )

    def settings(self, usual: EvaluationSettings) -> EvaluationSettings:
        """Return the settings of the evaluations that decide."""
        trials, timing = usual.trials, usual.timing
        return usual.model_copy(
            update={
                "seed": None,
                "trials": trials.model_copy(update={"seeds": trials.seeds * self.seeds}),
                "timing": timing.model_copy(
                    update={
                        "budget_s": timing.budget_s * self.longer,
                        "max_pairs": math.ceil(timing.max_pairs * self.longer),
                        "relative_width": timing.relative_width / math.sqrt(self.longer),
                    }
                ),
            }
        )


def finalists(turns: list[Turn], most: int) -> list[Turn]:
    """Return the correct turns of the highest speedups, fastest first, each solution once."""
    correct: dict[str, Turn] = {}
    for turn in turns:
        evaluation, solution = turn.evaluation, turn.solution
        if evaluation and solution and evaluation.status is Status.CORRECT:
            correct.setdefault(solution.digest, turn)
    return sorted(correct.values(), key=_merit, reverse=True)[:most]


def _merit(turn: Turn) -> tuple[float, float]:
    return turn.speedup or 0.0, turn.reward or 0.0


@dataclass(frozen=True)
class Verifier:
    """What a `Conductor` does at the end of each dialogue of a search."""

    evaluator: Evaluator
    plan: Verification | None
    folder: Path
    """Where the sources of winners are written."""

    async def conclude(self, dialogue: Dialogue, ending: Ending) -> Ending:
        """Find the winner, write down its source, and name it in the ending.

        Raises:
            StoreError: if nothing can be written.
        """
        if self.plan is not None:
            ending = await self._verified(dialogue, ending, self.plan)
        turns = {turn.number: turn for turn in dialogue.turns}
        winner = turns[ending.winner] if ending.winner is not None else None
        _write(self.folder / file_name(dialogue.problem), winner)
        return ending

    async def _verified(self, dialogue: Dialogue, ending: Ending, plan: Verification) -> Ending:
        turns = finalists(dialogue.turns, plan.finalists)
        if not turns:
            return ending
        anew = plan.settings(self.evaluator.settings)
        found = await asyncio.gather(*(self._judge(dialogue, turn, anew) for turn in turns))
        judged = list(zip(turns, found, strict=True))
        passed = [pair for pair in judged if pair[1].status is Status.CORRECT]
        if not passed:
            verdicts = ", ".join(
                f"turn {turn.number + 1} {evaluation.status}" for turn, evaluation in judged
            )
            # a fault of ours refutes nobody
            standing = next((turn for turn, each in judged if not each.status.judged), None)
            if standing is None:
                return _amended(ending, None, None, f"no winner: judged anew, {verdicts}")
            said = f"a winner as judged in the search: judged anew, {verdicts}"
            return _amended(ending, standing.number, None, said)
        winner, decisive = max(passed, key=lambda pair: pair[1].speedup or 0.0)
        said = "judged anew, and correct again"
        if decisive.speedup is not None and winner.speedup is not None:
            said = f"judged anew {times(decisive.speedup)}×, in the search {times(winner.speedup)}×"
        return _amended(ending, winner.number, decisive.id, said)

    async def _judge(self, dialogue: Dialogue, turn: Turn, anew: EvaluationSettings) -> Evaluation:
        terms, record = dialogue.terms, dialogue.record
        assert turn.solution is not None
        place = f"verification of {turn.record.place}"
        on_stage = called_in_loop(partial(terms.watcher.stage, record, place))
        evaluation = await asyncio.wrap_future(
            self.evaluator.submit(dialogue.problem, turn.solution, on_stage, anew=anew)
        )
        if terms.run is not None:
            terms.run.add(evaluation)
        terms.watcher.verified(record, turn, evaluation)
        return evaluation


def file_name(problem: Problem) -> str:
    """Return the name of the file that a problem's winner is written to."""
    return problem.name.replace("/", "__") + ".py"


def _amended(ending: Ending, winner: int | None, verification: str | None, said: str) -> Ending:
    note = f"{ending.note}; {said}" if ending.note else said
    return ending.model_copy(update={"winner": winner, "verification": verification, "note": note})


def _write(file: Path, winner: Turn | None) -> None:
    """Write the source of a winner, or take away that of an interrupted verification."""
    try:
        if winner is None or winner.solution is None:
            file.unlink(missing_ok=True)
        else:
            write_whole(file, winner.solution.source)
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror}.") from error
