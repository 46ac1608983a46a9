"""What a batch of rows teaches: advantages, the mask of the loss, and figures. Free of verl.

The order is that of the recipe: profiling-based rejection decides which turns may be imitated,
the estimator compares turns, mismatch rejection takes whole trajectories out of the mask. All of
the arithmetic is `kerneldojo.rl`'s.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.handover import Handover, Played, turn_of_tokens
from kerneldojo.rl import (
    MISMATCH_RULES,
    NO_TURN,
    Advantages,
    Correction,
    ProfilingRejection,
    RejectionRule,
    accumulated_energy,
    broadcast,
    correct_mismatch,
    estimator,
    otb,
    profiling_rejection,
    relapses,
    turn_energy,
)
from kerneldojo.rl.advantages.turns import Single
from kerneldojo.settings import RlSettings


@dataclass(frozen=True)
class Rows:
    """B rows of up to L response tokens, and whose they are."""

    handovers: Sequence[Handover]
    trajectories: Sequence[str]
    """Of each row; rows of one trajectory may stand anywhere."""
    prompts: Sequence[str]
    """Of each row: which trajectories are compared with one another."""
    trainer_BL: Tensor
    """The trainer's log-probabilities."""
    sampler_BL: Tensor
    """The sampler's."""
    squares_BL: Tensor | None = None
    """Σ_v π(v)² under the trainer, which OTB needs."""


@dataclass(frozen=True)
class Lesson:
    """What to learn from the rows, and what the log is told."""

    advantages_BL: Tensor
    returns_BL: Tensor
    mask_BL: Tensor
    """Tokens in the loss."""
    weights_BL: Tensor | None
    """Importance weights; None where every weight is 1."""
    metrics: dict[str, float]

    @property
    def empty(self) -> bool:
        """Whether nothing is left to learn from, so that the update is to be skipped."""
        return not bool(self.mask_BL.any())


@dataclass(frozen=True)
class Table:
    """S trajectories with up to T turns, and in which of them each row belongs."""

    turns: list[tuple[Played, ...]]
    groups_S: Tensor
    owner_B: Tensor

    @classmethod
    def of(cls, rows: Rows) -> Table:
        """Gather the trajectories of rows, in an order that does not depend on that of the rows."""
        first: dict[str, int] = {}
        for row, name in enumerate(rows.trajectories):
            first.setdefault(name, row)

        def key(name: str) -> tuple[str, str, int, str]:
            handover = rows.handovers[first[name]]
            return handover.problem, rows.prompts[first[name]], handover.sample, name

        names = sorted(first, key=key)
        number = {name: place for place, name in enumerate(names)}
        groups = {prompt: place for place, prompt in enumerate(dict.fromkeys(rows.prompts))}
        return cls(
            turns=[rows.handovers[first[name]].turns for name in names],
            groups_S=torch.tensor([groups[rows.prompts[first[name]]] for name in names]),
            owner_B=torch.tensor([number[name] for name in rows.trajectories]),
        )

    @property
    def width(self) -> int:
        """T."""
        return max(map(len, self.turns))

    def figures(self, of: Callable[[Played], float | None]) -> Tensor:
        """Return a figure of every turn, NaN where there is none; (S, T)."""
        found = torch.full((len(self.turns), self.width), math.nan)
        for row, turns in enumerate(self.turns):
            for place, turn in enumerate(turns):
                figure = of(turn)
                if figure is not None:
                    found[row, place] = figure
        return found

    def marks(self, of: Callable[[Played], bool]) -> Tensor:
        """Return a truth value of every turn, False where there is none; (S, T)."""
        return self.figures(lambda turn: float(of(turn))) == 1


def learn(rows: Rows, settings: RlSettings, *, name: str, gamma: float, step: int) -> Lesson:
    """Return what rows teach.

    Args:
        rows: of one step, without verl's padding.
        settings: of rejection, mismatch and what is compared.
        name: the estimator's, as in `kerneldojo.rl.ESTIMATORS`.
        gamma: discount per turn.
        step: number of the step; with `settings.seed` it decides what PRS draws.

    Raises:
        UsageError: if the estimator needs what is not there, or a log-probability is NaN.
    """
    table = Table.of(rows)
    turn_BL = turn_of_tokens(rows.handovers, rows.trainer_BL.shape[1])
    rewards_ST = table.figures(lambda turn: turn.reward)
    valid_ST = ~rewards_ST.isnan()
    kept = _rejection(table, valid_ST, settings, step)
    counted_ST = kept.baseline_BT
    if settings.relapses == "drop":
        counted_ST = counted_ST & ~relapses(rewards_ST, valid_ST)
    correction = correct_mismatch(
        rows.trainer_BL,
        rows.sampler_BL,
        turn_BL != NO_TURN,
        table.owner_B,
        turn_BL,
        rule=MISMATCH_RULES[settings.mismatch],
    )
    compared = _compared(rows, table, rewards_ST, counted_ST, turn_BL, settings, name, gamma)
    in_loss_ST = compared.mask_BT & kept.loss_BT
    own = table.owner_B
    return Lesson(
        advantages_BL=broadcast(compared.advantages_BT[own], turn_BL),
        returns_BL=broadcast(compared.returns_BT[own], turn_BL),
        mask_BL=broadcast(in_loss_ST[own], turn_BL) & correction.mask_BL,
        weights_BL=correction.weights_BL,
        metrics=_metrics(table, rewards_ST, valid_ST, kept, correction),
    )


def _rejection(
    table: Table, valid_ST: Tensor, settings: RlSettings, step: int
) -> ProfilingRejection:
    """Return which turns PRS keeps."""
    if not settings.profiling_rejection:
        return ProfilingRejection(valid_ST, valid_ST, torch.ones_like(valid_ST).double())
    seed = hashlib.sha256(f"prs/{settings.seed}/{step}".encode()).digest()
    return profiling_rejection(
        table.figures(lambda turn: turn.coverage),
        table.marks(lambda turn: turn.correct),
        valid_ST,
        generator=torch.Generator().manual_seed(int.from_bytes(seed[:7], "big")),
        speedup_BT=table.figures(lambda turn: turn.speedup),
        rule=RejectionRule(
            threshold=settings.prs_threshold,
            width=settings.prs_width,
            speedup=settings.prs_speedup,
            unprofiled=settings.unprofiled,
            in_baselines=settings.prs_in_baselines,
        ),
    )


def _compared(
    rows: Rows,
    table: Table,
    rewards_ST: Tensor,
    counted_ST: Tensor,
    turn_BL: Tensor,
    settings: RlSettings,
    name: str,
    gamma: float,
) -> Advantages:
    """Return the advantages of turns."""
    single: Single = "drop" if settings.alone == "drop" else "return"
    lost_ST = table.marks(lambda turn: turn.reward is None)
    if name != "otb":
        return estimator(name)(
            rewards_ST, counted_ST, table.groups_S, gamma=gamma, single=single, lost_BT=lost_ST
        )
    return otb(
        rewards_ST,
        counted_ST,
        table.groups_S,
        gamma=gamma,
        single=single,
        lost_BT=lost_ST,
        energy_BT=_energy(rows, table, turn_BL),
    )


def _energy(rows: Rows, table: Table, turn_BL: Tensor) -> Tensor:
    """Return the energy that each trajectory has accumulated at the end of each turn; (S, T)."""
    if rows.squares_BL is None:
        raise UsageError("OTB needs Σ π² of every token: actor.calculate_sum_pi_squared=true")
    own_BL = turn_BL != NO_TURN
    # Rounding may leave a likely token's proxy a little below 0.
    proxy_BL = (1 - 2 * rows.trainer_BL.exp() + rows.squares_BL).clamp(min=0)
    spent_ST = torch.zeros(len(table.turns), table.width, dtype=torch.float64)
    energy_BT = turn_energy(accumulated_energy(proxy_BL, own_BL), turn_BL, table.width)
    # Within a row energies add up already; over rows the turns' own parts are summed anew.
    for row, owner in enumerate(table.owner_B.tolist()):
        before = 0.0
        for turn in sorted({turn for turn, _, _ in rows.handovers[row].spans}):
            spent_ST[owner, turn] += float(energy_BT[row, turn]) - before
            before = float(energy_BT[row, turn])
    return spent_ST.cumsum(dim=1)


def _metrics(
    table: Table,
    rewards_ST: Tensor,
    valid_ST: Tensor,
    kept: ProfilingRejection,
    correction: Correction,
) -> dict[str, float]:
    """Return the figures of a step; what there is none of is left out."""
    correct_ST = table.marks(lambda turn: turn.correct) & valid_ST
    coverage_ST = table.figures(lambda turn: turn.coverage)
    speedup_ST = table.figures(lambda turn: turn.speedup)
    lost_ST = table.marks(lambda turn: turn.reward is None)
    found = {
        "reward": _mean(rewards_ST[valid_ST]),
        "correct": _mean(correct_ST[valid_ST].double()),
        "coverage": _mean(coverage_ST[correct_ST]),
        "speedup": math.exp(_mean(speedup_ST[correct_ST].log())),
        "rejected_profiling": _mean(kept.rejected_BT[correct_ST].double()),
        "lost": float(lost_ST.sum()),
        "trajectories": float(len(table.turns)),
        "turns": float(valid_ST.sum() + lost_ST.sum()),
    }
    named = {f"kerneldojo/{name}": value for name, value in found.items() if not math.isnan(value)}
    return named | correction.diagnostics.metrics("kerneldojo/mismatch/")


def _mean(values: Tensor) -> float:
    """Return the mean of what is known; NaN if nothing is."""
    return float(values.double().nanmean())
