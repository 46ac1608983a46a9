"""Trajectories as tensors: what their turns' verdicts say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.records import Evaluation, Status, Trajectory, Turn
from kerneldojo.rl.rewards import PAPER, profiling_reward
from kerneldojo.settings import RewardPlan


@dataclass(frozen=True)
class Verdicts:
    """B trajectories with up to T turns; a shorter one is filled up with turns that count nowhere.

    Figures are NaN where nothing was measured.
    """

    correct_BT: Tensor
    """Right and honest."""
    speedup_BT: Tensor
    speedup_low_BT: Tensor
    coverage_BT: Tensor
    valid_BT: Tensor
    """Played and judged. A reply without a solution is judged: it is incorrect."""
    lost_BT: Tensor
    """Played and not judged, through a fault of ours."""
    groups_B: Tensor
    """Trajectories of equal number answer the same problem."""

    @classmethod
    def of(
        cls,
        trajectories: Sequence[Trajectory],
        dtype: torch.dtype = torch.float32,
        *,
        turns: int = 0,
    ) -> Verdicts:
        """Read the verdicts of trajectories whose turns follow one another.

        Args:
            trajectories: in the order of the rows.
            dtype: of the figures.
            turns: fewest columns; by default as many as the longest trajectory has turns.
        """
        rows = [list(trajectory.turns) for trajectory in trajectories]
        width = max((len(row) for row in rows), default=0)
        width = max(width, turns)
        digests = [trajectory.problem.digest for trajectory in trajectories]
        numbers = {digest: number for number, digest in enumerate(dict.fromkeys(digests))}

        def figures(of: Callable[[Evaluation], float | None]) -> Tensor:
            table = [
                [_figure(turn, of) for turn in row] + [torch.nan] * (width - len(row))
                for row in rows
            ]
            return torch.tensor(table, dtype=dtype).reshape(len(rows), width)

        def mask(of: Callable[[Turn], bool]) -> Tensor:
            table = [[of(turn) for turn in row] + [False] * (width - len(row)) for row in rows]
            return torch.tensor(table, dtype=torch.bool).reshape(len(rows), width)

        return cls(
            correct_BT=mask(_correct),
            speedup_BT=figures(lambda evaluation: evaluation.speedup),
            speedup_low_BT=figures(
                lambda evaluation: evaluation.timing.speedup_low if evaluation.timing else None
            ),
            coverage_BT=figures(
                lambda evaluation: evaluation.profile.coverage if evaluation.profile else None
            ),
            valid_BT=mask(lambda turn: turn.record.valid),
            lost_BT=mask(lambda turn: not turn.record.valid),
            groups_B=torch.tensor([numbers[digest] for digest in digests], dtype=torch.long),
        )

    def rewards(self, plan: RewardPlan = PAPER) -> Tensor:
        """Return the turns' rewards under a plan; (B, T), NaN where not valid."""
        return profiling_reward(
            self.correct_BT,
            self.speedup_BT,
            self.coverage_BT,
            valid=self.valid_BT,
            speedup_low=self.speedup_low_BT,
            plan=plan,
        )


def _correct(turn: Turn) -> bool:
    return turn.evaluation is not None and turn.evaluation.status is Status.CORRECT


def _figure(turn: Turn, of: Callable[[Evaluation], float | None]) -> float:
    figure = of(turn.evaluation) if turn.evaluation is not None else None
    return torch.nan if figure is None else figure
