"""One step after another: trajectories gathered, weighed, and made into what is learnt from."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kerneldojo.records import Problem, Trajectory
from kerneldojo.rl import Correction, EntropyGate, entropy_gate, instructive
from kerneldojo.settings import RewardPlan, RlSettings
from kerneldojo.training import processes
from kerneldojo.training.reinforcement import batches
from kerneldojo.training.reinforcement.agreement import Agreement
from kerneldojo.training.reinforcement.batches import MicroBatch, Targets
from kerneldojo.training.reinforcement.credit import Credit, Turns, credit, energy_of_turns
from kerneldojo.training.reinforcement.figures import TurnFacts, facts_of
from kerneldojo.training.reinforcement.gathering import NOTHING, Gathered, Gatherer
from kerneldojo.training.reinforcement.mismatch import MismatchControl
from kerneldojo.training.reinforcement.order import ProblemOrder
from kerneldojo.training.reinforcement.rows import Rows

ROLLOUTS = "rollouts"
VALIDATION = "validation"


@dataclass(frozen=True)
class Scores:
    """What the model in training says of rows it reads; all tensors are (R, L)."""

    logprobs_RL: Tensor
    entropies_RL: Tensor
    proxy_RL: Tensor | None
    """See `logit_gradient_proxy`; None where nobody needs it."""


Score = Callable[[Rows], Scores]


@dataclass(frozen=True)
class Tally:
    """What one process contributes to a step's line; plain, so that it can be sent."""

    facts: list[list[TurnFacts]]
    prompts: int
    rows: int
    tokens: int
    """Read and drawn."""
    agreement: Agreement | None
    """None where only the pass that learns will tell."""
    learnt: int
    """Trajectories that are learnt from."""
    rejected: float
    """Trajectories that mismatch rejection left nothing of."""
    vetoed: float
    rejected_profiling: int
    correct: int
    seconds: float
    drawing_s: float


@dataclass(frozen=True)
class Step:
    """What a step learns from, and what is known of it before."""

    updates: list[list[MicroBatch]]
    """For each optimizer step the batches of this process."""
    tally: Tally
    skipped: str | None
    """Why there is nothing to learn, on any process."""
    made_at: float = field(default_factory=time.monotonic)
    """When gathering had ended."""


class Steps:
    """Makes steps. What it remembers from one to the next goes into checkpoints.

    Args:
        order: of the problems.
        gatherer: holds the dialogues.
        settings: of the training.
        reward: what a verdict is worth.
        run: directory of the training's run.
    """

    def __init__(
        self,
        order: ProblemOrder,
        gatherer: Gatherer,
        settings: RlSettings,
        reward: RewardPlan,
        run: Path,
    ) -> None:
        self.mismatch = MismatchControl(settings)
        self._order = order
        self._gatherer = gatherer
        self._settings = settings
        self._reward = reward
        self._run = run
        self._position = 0

    def to_dict(self) -> dict[str, Any]:
        """Return what is to be kept in a checkpoint."""
        return {"position": self._position, "mismatch": self.mismatch.to_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with what `to_dict` returned."""
        self._position = state["position"]
        self.mismatch.restore(state["mismatch"])

    def make(self, number: int, score: Score) -> Step:
        """Gather a step's trajectories, and return what is learnt from them.

        Args:
            number: of the step, from 1.
            score: has the model in training read rows.

        Raises:
            InfrastructureError: if nothing can be judged or written, or the model fails.
            UsageError: if a log-probability is NaN.
        """
        gathered, kept, prompts = self._gather(number)
        made_at = time.monotonic()
        rows = Rows.of(kept)
        scores = score(rows) if needs_scores(self._settings) else None
        correction = None
        if scores is not None and len(rows):
            correction = self.mismatch.correct(
                scores.logprobs_RL, rows.sampled_RL, rows.drawn_RL, rows.trajectory_R
            )
        worth = self._credit(kept, rows, scores, number)
        targets = self._targets(rows, scores, correction, worth)
        mask_RL = targets.mask_RL
        advantages = targets.advantages_RL[mask_RL]
        turns = sum(len(each.turns) for each in gathered.trajectories)
        there = (turns, len(rows), int(mask_RL.sum()), bool(advantages.any()))
        skipped = why_nothing(processes.together([there]))
        updates = [] if skipped else self._updates(rows, targets, number)
        facts = [facts_of(each) for each in gathered.trajectories]
        tally = Tally(
            facts=facts,
            prompts=prompts,
            rows=len(rows),
            tokens=int(rows.present_RL.sum()),
            agreement=_agreement(rows, scores),
            learnt=len(kept),
            rejected=_trajectories(correction, "rejected_trajectories"),
            vetoed=_trajectories(correction, "vetoed_trajectories"),
            rejected_profiling=int(worth.rejected_BT.sum()),
            correct=sum(turn.correct for each in kept for turn in facts_of(each)),
            seconds=gathered.seconds,
            drawing_s=gathered.drawing_s,
        )
        return Step(updates, tally, skipped, made_at)

    def validate(self, problems: Sequence[Problem], step: int) -> Gathered:
        """Have the model solve problems that it does not learn from.

        Args:
            problems: all of them; each process takes its share.
            step: steps taken before.

        Raises:
            InfrastructureError: as `make`.
        """
        mine = list(problems)[processes.number() :: processes.of_all()]
        folder = processes.own_folder(self._run / VALIDATION / f"step-{step:06}")
        samples = self._settings.validation_trajectories
        return self._gatherer.gather(mine, samples, self._seed(VALIDATION, 0), folder)

    def _gather(self, number: int) -> tuple[Gathered, list[Trajectory], int]:
        """Return all trajectories, those to learn from, and how many prompts were asked."""
        settings = self._settings
        share = settings.prompts // processes.of_all()
        found, kept, passed = NOTHING, list[Trajectory](), set[str]()
        asked = prompts = 0
        for redraw in range(1 + (settings.redraws if settings.instructive else 0)):
            problems = self._share(share - prompts, passed)
            if not any(processes.together([len(problems)])):
                break
            name = f"step-{number:06}" + (f"-redraw-{redraw}" if redraw else "")
            folder = processes.own_folder(self._run / ROLLOUTS / name)
            seed = self._seed(f"replies/{redraw}", number)
            new = self._gatherer.gather(problems, settings.trajectories, seed, folder)
            found, asked = found + new, asked + len(problems)
            kept += self._instructive(new.trajectories)
            prompts = len({each.problem.digest for each in kept})
        return found, kept, asked

    def _share(self, wanted: int, passed: set[str]) -> list[Problem]:
        """Return this process's next problems; `passed` gets those of all processes."""
        shares = processes.together([wanted])
        problems, self._position = self._order.take(self._position, sum(shares), passed)
        passed.update(problem.name for problem in problems)
        start = sum(shares[: processes.number()])
        return problems[start : start + wanted]

    def _instructive(self, trajectories: list[Trajectory]) -> list[Trajectory]:
        """Leave out prompts whose trajectories all end equally well, if that is asked for."""
        if not self._settings.instructive or not trajectories:
            return trajectories
        turns = Turns.of(trajectories, self._gatherer.turns, self._reward)
        verdicts = turns.verdicts
        keep_B = instructive(turns.rewards_BT, verdicts.valid_BT, verdicts.groups_B)
        kept = {int(group) for group in verdicts.groups_B[keep_B]}
        groups = verdicts.groups_B.tolist()
        return [each for each, group in zip(trajectories, groups, strict=True) if group in kept]

    def _credit(
        self, trajectories: Sequence[Trajectory], rows: Rows, scores: Scores | None, number: int
    ) -> Credit:
        turns = Turns.of(trajectories, self._gatherer.turns, self._reward)
        energy_BT = None
        if scores is not None and scores.proxy_RL is not None:
            shape = turns.rewards_BT.shape
            energy_BT = energy_of_turns(scores.proxy_RL, rows, *shape)
        generator = torch.Generator().manual_seed(self._seed(f"prs/{processes.number()}", number))
        return credit(turns, self._settings, generator, energy_BT)

    def _targets(
        self,
        rows: Rows,
        scores: Scores | None,
        correction: Correction | None,
        worth: Credit,
    ) -> Targets:
        advantages_RL, mask_RL = worth.of_tokens(rows)
        old_RL = scores.logprobs_RL if scores is not None else None
        weights_RL = None
        if old_RL is not None:
            mask_RL = mask_RL & old_RL.isfinite()  # what fell out of a pruned vocabulary is not
        if correction is not None:
            mask_RL, weights_RL = mask_RL & correction.mask_BL, correction.weights_BL
        if self._settings.entropy_gate and scores is not None and len(rows):
            gate_RL = entropy_gate(scores.entropies_RL, scores.logprobs_RL, mask_RL, EntropyGate())
            weights_RL = gate_RL if weights_RL is None else weights_RL * gate_RL
        return Targets(old_RL, rows.sampled_RL, advantages_RL, mask_RL, weights_RL)

    def _updates(self, rows: Rows, targets: Targets, number: int) -> list[list[MicroBatch]]:
        seed = f"{self._settings.seed}/updates/{number}"
        size, lengths_R = self._settings.device_batch_size, rows.present_RL.sum(dim=1)
        updates = []
        for part in batches.shuffled_parts(rows, targets.mask_RL, self._settings.updates, seed):
            mask_RL = torch.zeros_like(targets.mask_RL)
            mask_RL[part] = targets.mask_RL[part]
            count = sum(processes.together([batches.replies_in(rows, mask_RL)]))
            chunks = [part[piece] for piece in batches.pieces(lengths_R[part], size) if len(piece)]
            updates.append([batches.cut(rows, targets, chunk, count) for chunk in chunks])
        return updates

    def _seed(self, what: str, number: int) -> int:
        return random.Random(f"{self._settings.seed}/{what}/{number}").randrange(2**31)


def needs_scores(settings: RlSettings) -> bool:
    """Whether the model has to read a step's rows before it learns from them.

    If not, the pass that learns tells the rest, and a step is cheaper by a forward pass.
    """
    return (
        settings.mismatch != "none"
        or settings.updates > 1
        or settings.entropy_gate
        or settings.estimator == "otb"
    )


def why_nothing(parts: Sequence[tuple[int, int, int, bool]]) -> str | None:
    """Say why there is nothing to learn, if so.

    Args:
        parts: of each process: turns, rows of trajectories that are instructive, tokens in the
            loss, whether any of their advantages is not 0.
    """
    turns, rows, tokens, unequal = (any(column) for column in zip(*parts, strict=True))
    if not turns:
        return "no reply"
    if rows and not tokens:
        return "all rejected"
    return None if unequal else "all rewards equal"


def _agreement(rows: Rows, scores: Scores | None) -> Agreement | None:
    if scores is None:
        return None
    return Agreement.of(scores.logprobs_RL, rows.sampled_RL, scores.entropies_RL, rows.drawn_RL)


def _trajectories(correction: Correction | None, share: str) -> float:
    """Return how many trajectories a share of a correction's is."""
    if correction is None:
        return 0.0
    found = correction.diagnostics
    return float(getattr(found, share)) * found.trajectories
