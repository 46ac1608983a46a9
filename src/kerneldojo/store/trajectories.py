"""Trajectories joined with their turns, solutions and evaluations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from kerneldojo.records import (
    Ending,
    Evaluation,
    Problem,
    Solution,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)


def join(
    beginnings: Iterable[TrajectoryRecord],
    turns: Iterable[TurnRecord],
    endings: Iterable[Ending],
    problems: Mapping[str, Problem],
    solutions: Mapping[str, Solution],
    evaluations: Iterable[Evaluation],
) -> list[Trajectory]:
    """Return the trajectories whose problem is known, with as much of each as is there.

    Args:
        beginnings: in the order wanted.
        turns: in any order; of two with one number the later line counts.
        endings: of two for one trajectory the later line counts.
        problems: by digest.
        solutions: by digest.
        evaluations: all that turns and endings may refer to.
    """
    by_id = {evaluation.id: evaluation for evaluation in evaluations}
    by_trajectory: defaultdict[str, dict[int, Turn]] = defaultdict(dict)
    for turn in turns:
        by_trajectory[turn.trajectory][turn.number] = Turn(
            turn, solutions.get(turn.solution_digest or ""), by_id.get(turn.evaluation_id or "")
        )
    last = {ending.trajectory: ending for ending in endings}
    found = []
    for beginning in beginnings:
        problem = problems.get(beginning.problem_digest)
        if problem is None:
            continue
        numbered = by_trajectory[beginning.id]
        ending = last.get(beginning.id)
        found.append(
            Trajectory(
                beginning,
                problem,
                [numbered[number] for number in sorted(numbered)],
                ending,
                by_id.get(ending.verification or "") if ending else None,
            )
        )
    return found
