"""Searches: winners are judged anew, and an interruption changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerneldojo as kd
from kerneldojo.dialogue import Strategy, Watcher
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Evaluation, Trajectory, TrajectoryRecord, Turn
from kerneldojo.settings import Budget, EvaluationSettings, TimingPlan, Trials
from kerneldojo.store import Run
from kerneldojo.strategies import (
    Advised,
    BestOfN,
    Islands,
    Particles,
    Sequential,
    Tree,
    Verification,
    search,
)
from kerneldojo.strategies.verification import finalists
from tests.dialogue.talk import code, problem
from tests.strategies.simulated import PLAN, SETTINGS, Arena, Simulated, climber, explored

PROBLEMS = [problem(f"suite/x/{name}") for name in ("one", "two")]
STRATEGIES: list[Strategy] = [
    Sequential(turns=2, iterations=3),
    BestOfN(n=3, refine=2),
    Particles(n=3, rounds=2),
    Tree(turns=5, batch=2),
    Islands(islands=2, generations=3, migrate=1),
    Advised(Sequential(turns=2, iterations=4), epsilon=0.5, least=3),
]


def searched(
    out: Path,
    strategy: Strategy | str = STRATEGIES[0],
    policy: Simulated | None = None,
    arena: Arena | None = None,
    **more: object,
) -> Run:
    rules = {"settings": SETTINGS, "reward": PLAN, **more}
    return search(
        PROBLEMS,
        policy or Simulated(climber(0.5), seed=3),
        arena or Arena(),  # type: ignore[arg-type]
        strategy,
        out,
        **rules,  # type: ignore[arg-type]
    )


def endings(run: Run) -> dict[str, tuple[End, int | None, str]]:
    found = {}
    for one in run.trajectories():
        assert one.ending is not None
        found[one.record.problem] = (one.ending.end, one.ending.winner, one.ending.note)
    return found


def account(run: Run) -> dict[str, object]:
    """What a run comes to, whatever the order in which it was written."""

    def of(one: Trajectory) -> list[tuple[object, ...]]:
        records = (turn.record for turn in one.turns)
        return [(r.number, r.place, r.parent, r.context, r.reply, r.reward) for r in records]

    winners = {file.name: file.read_text() for file in (run.path / "winners").iterdir()}
    turns = {one.record.id: of(one) for one in run.trajectories()}
    return {"turns": turns, "endings": endings(run), "winners": winners}


def test_the_best_solution_of_each_problem_wins(tmp_path: Path) -> None:
    arena = Arena()
    run = searched(tmp_path / "run", arena=arena)
    assert run.kind == "search"
    for one in run.trajectories():
        assert one.ending is not None
        assert one.best is not None
        assert one.ending.end is End.TURNS
        assert one.ending.winner == one.best.number
        assert one.verification is not None
        assert one.verification.speedup == one.best.speedup
        assert one.best.solution is not None
        file = run.path / "winners" / (one.record.problem.replace("/", "__") + ".py")
        assert file.read_text() == one.best.solution.source
        assert "in the search" in one.ending.note
    speedups = [speedup for speedup, _ in arena.verified]
    assert speedups and all(speedup > 0 for speedup in speedups)


def test_winners_can_be_benched_as_they_are(tmp_path: Path) -> None:
    run = searched(tmp_path / "run")
    loaded = kd.load_solutions(run.path / "winners", PROBLEMS)
    assert set(loaded.by_problem) == {each.name for each in PROBLEMS}


def test_judging_anew_is_longer_and_under_fresh_seeds(tmp_path: Path) -> None:
    arena = Arena()
    arena.settings = EvaluationSettings(
        seed="1" * 32,
        trials=Trials(seeds=2),
        timing=TimingPlan(budget_s=0.5, max_pairs=10, relative_width=0.1),
    )
    searched(tmp_path / "run", arena=arena, verify=Verification(finalists=1, seeds=4, longer=9))
    [(_, anew), *_] = arena.verified
    assert anew == EvaluationSettings(
        seed=None,
        trials=Trials(seeds=8),
        timing=TimingPlan(budget_s=4.5, max_pairs=90, relative_width=0.1 / 3),
    )


def test_who_was_lucky_does_not_win(tmp_path: Path) -> None:
    """The fastest is slower than the second when judged anew, the third is no longer correct."""
    verdicts = {4.0: ("correct", 2.0), 3.0: ("correct", 2.5), 2.0: ("wrong", 0.0)}
    arena = Arena(anew=lambda speedup: verdicts[speedup])
    policy = Simulated(climber(1.0))
    run = searched(tmp_path / "run", Sequential(turns=2, iterations=2), policy, arena)
    for _, winner, note in endings(run).values():
        assert winner == 2
        assert note == "judged anew 2.50×, in the search 3.00×"
    assert sorted(speedup for speedup, _ in arena.verified) == [2.0, 2.0, 3.0, 3.0, 4.0, 4.0]


def test_nobody_survives(tmp_path: Path) -> None:
    arena = Arena(anew=lambda speedup: ("wrong", 0.0) if speedup == 2 else ("hacked", 0.0))
    policy = Simulated(climber(1.0))
    run = searched(tmp_path / "run", BestOfN(n=1, refine=1), policy, arena)
    for end, winner, note in endings(run).values():
        assert (end, winner) == (End.TURNS, None)
        assert note == "no winner: judged anew, turn 2 WRONG_VALUE, turn 1 HACKED"
    assert list((run.path / "winners").glob("*")) == []


def test_a_fault_of_ours_refutes_nobody(tmp_path: Path) -> None:
    arena = Arena(anew=lambda speedup: ("hacked", 0.0) if speedup == 2 else ("failed", 0.0))
    run = searched(tmp_path / "run", BestOfN(n=1, refine=1), Simulated(climber(1.0)), arena)
    for one in run.trajectories():
        assert one.ending is not None
        assert (one.ending.winner, one.verification) == (0, None)
        assert one.ending.note == (
            "a winner as judged in the search: judged anew, turn 2 HACKED, turn 1 EVALUATION_FAILED"
        )
    assert len(list((run.path / "winners").iterdir())) == 2


def test_nothing_correct_is_not_judged_anew(tmp_path: Path) -> None:
    arena = Arena()
    run = searched(tmp_path / "run", BestOfN(3), Simulated(climber(0.0)), arena)
    assert set(endings(run).values()) == {(End.TURNS, None, "")}
    assert arena.verified == []


def test_without_verification_the_best_turn_wins(tmp_path: Path) -> None:
    arena = Arena()
    run = searched(tmp_path / "run", arena=arena, verify=None)
    assert arena.verified == []
    for one in run.trajectories():
        assert one.ending is not None and one.best is not None
        assert (one.ending.winner, one.verification) == (one.best.number, None)
    assert len(list((run.path / "winners").iterdir())) == 2


def test_finalists_are_distinct_correct_solutions() -> None:
    turns, _ = explored(Sequential(turns=1, iterations=5), climber(0.6), seed=1)
    twin = Turn(turns[-1].record, turns[-1].solution, turns[-1].evaluation)
    found = finalists([*turns, twin], 3)
    assert [turn.speedup for turn in found] == sorted(
        (turn.speedup or 0 for turn in turns if turn.reward), reverse=True
    )[:3]
    assert len({turn.solution.digest for turn in found if turn.solution}) == 3


def test_watchers_see_verifications(tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []

    class Diary(Watcher):
        def verified(
            self, trajectory: TrajectoryRecord, turn: Turn, evaluation: Evaluation
        ) -> None:
            seen.append((turn.number, evaluation.id))

    run = searched(tmp_path / "run", watcher=Diary())
    chosen = {one.ending.verification for one in run.trajectories() if one.ending}
    assert chosen <= {evaluation for _, evaluation in seen}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name.partition("(")[0])
def test_an_interrupted_search_comes_to_the_same(tmp_path: Path, strategy: Strategy) -> None:
    policy = Simulated(climber(0.5), seed=3)
    whole = account(searched(tmp_path / "whole", strategy, policy))
    for after in range(len(policy.asked)):
        out = tmp_path / f"after {after}"
        stopped = Simulated(climber(0.5), seed=3, stop_after=after)
        with pytest.raises(KeyboardInterrupt):
            searched(out, strategy, stopped)
        resumed = searched(out, strategy, resume=True)
        assert account(resumed) == whole, f"after {after} turns"


@pytest.mark.parametrize("after", range(5))
def test_an_interrupted_verification_is_made_again(tmp_path: Path, after: int) -> None:
    whole = account(searched(tmp_path / "whole"))
    arena, policy = Arena(), Simulated(climber(0.5), seed=3)
    arena.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path / "run", arena=arena)
    resumed = searched(tmp_path / "run", policy=policy, resume=True)
    assert account(resumed) == whole
    again = Arena()
    searched(tmp_path / "run", arena=again, resume=True)
    assert again.verified == [], "what has ended is not judged again"


def test_a_winner_that_falls_when_verified_again_leaves_no_file(tmp_path: Path) -> None:
    run = searched(tmp_path / "run")
    (run.path / "endings.jsonl").unlink()
    wrong = Arena(anew=lambda speedup: ("wrong", 0.0))
    again = searched(tmp_path / "run", arena=wrong, resume=True)
    assert {winner for _, winner, _ in endings(again).values()} == {None}
    assert list((run.path / "winners").iterdir()) == []


def test_strategies_by_name_and_budgets(tmp_path: Path) -> None:
    run = searched(tmp_path / "run", "best_of_n(n=6)", budget=Budget(turns=4))
    assert run.config["strategy"] == "best_of_n(n=6, refine=0)"
    assert run.config["verification"] == {"finalists": 3, "seeds": 3, "longer": 4.0}
    for one in run.trajectories():
        assert one.ending is not None
        assert (one.ending.end, len(one.turns)) == (End.BUDGET, 4)
        assert one.ending.note.startswith("turns: 4 of 4")
    with pytest.raises(UsageError, match="Did you mean 'tree'"):
        searched(tmp_path / "other", "treee")
    with pytest.raises(UsageError, match="verification"):
        searched(
            tmp_path / "run", "best_of_n(n=6)", budget=Budget(turns=4), verify=None, resume=True
        )


@pytest.mark.parametrize("wrong", [{"finalists": 0}, {"seeds": 0}, {"longer": 0.5}])
def test_verification_has_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(wrong))} = "):
        Verification(**wrong)  # type: ignore[arg-type]


def test_the_simulation_says_what_it_is_told_to() -> None:
    assert "# verdict: correct 2.0" in code("correct", 2.0)
