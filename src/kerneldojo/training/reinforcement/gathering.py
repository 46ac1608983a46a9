"""The trajectories of one step: dialogues with the model in training, judged and written down."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerneldojo.dialogue import Conductor, Rollout, Terms
from kerneldojo.dialogue.running import run_to_end
from kerneldojo.errors import InfrastructureError
from kerneldojo.records import Problem, Trajectory
from kerneldojo.store import Run
from kerneldojo.store.whole import write_whole
from kerneldojo.training.reinforcement.sampler import Sampler, Usher
from kerneldojo.wording import plural

LOG = logging.getLogger(__name__)
KIND = "rollouts"
_DONE = "gathered.json"
"""Written when a gathering has ended; what it holds is how long it took."""


@dataclass(frozen=True)
class Gathered:
    """What came of the dialogues of a step."""

    trajectories: list[Trajectory]
    seconds: float
    """From the first question to the last verdict."""
    drawing_s: float
    """Time in which replies were drawn."""

    def __add__(self, other: Gathered) -> Gathered:
        """Put together what was gathered one after the other."""
        return Gathered(
            self.trajectories + other.trajectories,
            self.seconds + other.seconds,
            self.drawing_s + other.drawing_s,
        )


NOTHING = Gathered([], 0.0, 0.0)


@dataclass(frozen=True)
class Gatherer:
    """Holds the dialogues of a step.

    What was gathered for a step before an interruption is read, and what was under way goes on:
    its replies were drawn from the model as it is again after the last checkpoint.

    Args:
        sampler: draws the replies.
        terms: who judges, and by which rules.
        turns: most turns of a trajectory.
        deadline_s: longest gathering, in seconds; what is not judged by then is given up.
    """

    sampler: Sampler
    terms: Terms
    turns: int
    deadline_s: float | None = None

    def gather(
        self, problems: Sequence[Problem], samples: int, seed: int, folder: Path
    ) -> Gathered:
        """Hold dialogues on problems, several on each, and return them in order.

        Args:
            problems: of different names; none of them is no work.
            samples: dialogues on each.
            seed: of the replies.
            folder: of the run they are written to.

        Raises:
            UsageError: if the folder holds a run of another kind.
            InfrastructureError: if nothing can be judged or written, or the model fails.
        """
        if not problems:
            return NOTHING
        asked = {
            "policy": self.sampler.name,
            "seed": seed,
            "samples": samples,
            "turns": self.turns,
            "dialogue": self.terms.settings.model_dump(mode="json"),
            "sampling": self.terms.sampling.model_dump(mode="json"),
            "reward": self.terms.reward.model_dump(mode="json"),
        }
        done = folder / _DONE
        if done.is_file():
            return self._read(folder, problems, **json.loads(done.read_text(encoding="utf-8")))
        began, drawn = time.monotonic(), self.sampler.drawing_s
        with self.sampler.drawing(), Run.resume(folder, KIND, asked) as run:
            self._hold(run, problems, samples, seed)
        times = {
            "seconds": time.monotonic() - began,
            "drawing_s": self.sampler.drawing_s - drawn,
        }
        gathered = self._read(folder, problems, **times)
        _check(gathered, folder)
        write_whole(done, json.dumps(times))
        return gathered

    def _hold(self, run: Run, problems: Sequence[Problem], samples: int, seed: int) -> None:
        terms = dataclasses.replace(
            self.terms,
            run=run,
            sampling=self.terms.sampling.model_copy(update={"seed": seed}),
            watcher=Usher(self.sampler),
        )
        conductor = Conductor(
            Rollout(self.turns),
            terms,
            samples=samples,
            concurrency=len(problems) * samples,
            known={each.record.id: each for each in run.iter_trajectories()},
        )

        async def work() -> None:
            try:
                async with asyncio.timeout(self.deadline_s):
                    await conductor.conduct(problems)
            except TimeoutError:
                LOG.warning("the deadline of %s s ended a step's dialogues", self.deadline_s)
            finally:
                await self.sampler.close()

        run_to_end(work())

    def _read(
        self, folder: Path, problems: Sequence[Problem], seconds: float, drawing_s: float
    ) -> Gathered:
        """Return the trajectories on some problems, in an order that is always the same."""
        place = {problem.digest: number for number, problem in enumerate(problems)}
        found = [
            each for each in Run.open(folder).iter_trajectories() if each.problem.digest in place
        ]
        found.sort(key=lambda each: (place[each.problem.digest], each.record.sample))
        unended = sum(each.ending is None for each in found)
        if unended:
            LOG.warning(
                "%s of %s not finished", plural(unended, "trajectory", "trajectories"), folder.name
            )
        return Gathered(found, seconds, drawing_s)


def _check(gathered: Gathered, folder: Path) -> None:
    """Refuse trajectories of which none of our verdicts can be used; they will be made anew.

    Where all have ended without a turn, such as for want of context, nothing is to be mended.

    Raises:
        InfrastructureError: with what is known of the reason.
    """
    turns = [turn for each in gathered.trajectories for turn in each.turns]
    ended = all(each.ending is not None for each in gathered.trajectories)
    if any(turn.record.valid for turn in turns) or (ended and not turns):
        return
    errors = [turn.evaluation.error for turn in turns if turn.evaluation is not None]
    reason = next(
        (f"{error.type}: {error.message}" for error in errors if error),
        "rl.deadline_s came before the first verdict",
    )
    shutil.rmtree(folder)
    raise InfrastructureError(
        f"{folder.name}: not one of {plural(len(turns), 'turn')} could be judged ({reason}). "
        "Mend that, and go on with --resume."
    )
