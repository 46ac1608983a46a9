"""Order of problems, figures, batches and credit, by examples worked out by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from kerneldojo.dialogue.beginning import begin
from kerneldojo.records import End, Ending, Evaluation, Tokens, Trajectory, Turn, TurnRecord
from kerneldojo.rewards import reward
from kerneldojo.settings import RewardPlan, RlSettings
from kerneldojo.training.reinforcement import batches
from kerneldojo.training.reinforcement.batches import Targets
from kerneldojo.training.reinforcement.credit import Turns, credit, energy_of_turns
from kerneldojo.training.reinforcement.figures import facts_of, figures_of
from kerneldojo.training.reinforcement.order import ProblemOrder
from kerneldojo.training.reinforcement.rows import Rows
from kerneldojo.training.reinforcement.steps import needs_scores
from tests.cli import samples
from tests.dialogue import talk
from tests.training.reinforcement.world import correct, lost, problem, problems, wrong

PLAN = RewardPlan()


def trajectory(
    *verdicts: Evaluation | None, of: int = 0, sample: int = 0, ended: bool = True
) -> Trajectory:
    """A trajectory with these verdicts; None for a reply without a solution. Three ids a turn."""
    task = problem(of)
    beginning = begin(task, talk.terms(talk.Script()), sample, "rollout(turns=3)")
    turns = []
    for number, verdict in enumerate(verdicts):
        tokens = Tokens(
            extends=number - 1 if number else None,
            prompt=(1, 2),
            sampled=(number + 3, 9),
            logprobs=(-0.5, -1.0),
        )
        record = TurnRecord(
            trajectory=beginning.id,
            number=number,
            place=f"turn {number + 1}",
            reply="",
            tokens=tokens,
            feedback="",
            evaluation_id=verdict.id if verdict else None,
            reward=reward(verdict, PLAN) if verdict else 0.0,
        )
        turns.append(Turn(record, None, verdict))
    ending = Ending(trajectory=beginning.id, end=End.TURNS) if ended else None
    return Trajectory(beginning, task, turns, ending)


def test_every_problem_has_its_turn_in_every_round() -> None:
    order, position = ProblemOrder(problems(6), 3), 0
    rounds = []
    for _ in range(4):
        names: list[str] = []
        for _ in range(2):
            taken, position = order.take(position, 3)
            names += [each.name for each in taken]
        rounds.append(names)
    assert position == 24
    assert all(len(set(names)) == 6 for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1
    assert ProblemOrder(problems(6), 3).take(6, 3)[0] == ProblemOrder(problems(6), 3).take(6, 3)[0]
    one, other = (ProblemOrder(problems(6), seed).take(0, 6)[0] for seed in (1, 2))
    assert one != other


def test_no_problem_comes_twice_and_left_out_ones_are_passed() -> None:
    order = ProblemOrder(problems(3), 0)
    taken, position = order.take(2, 3)  # across the end of a round
    assert len({each.name for each in taken}) == 3
    assert position >= 5
    left, _ = order.take(0, 3, without={"suite/x/p0"})
    assert sorted(each.name for each in left) == ["suite/x/p1", "suite/x/p2"]
    assert order.take(4, 2, without={each.name for each in order.problems}) == ([], 4)


def test_figures_are_those_of_the_turns() -> None:
    found = figures_of(
        [
            facts_of(each)
            for each in (
                trajectory(wrong(), correct(2.0, 0.8), correct(0.5, 0.2)),
                trajectory(correct(1.1, 0.6), None, lost()),
                trajectory(samples.hacked(), lost()),
                trajectory(lost()),
            )
        ]
    )
    rewards = [0, 1 + 2 + 0.8, 1 + 0.5 + 0.2, 1 + 1.1 + 0.6, 0, 0]
    assert found.reward == pytest.approx(sum(rewards) / 6)
    assert found.reward_last == pytest.approx((1.7 + 0 + 0) / 3)
    assert found.reward_best == pytest.approx((3.8 + 2.7 + 0) / 3)
    assert found.correct == pytest.approx(3 / 6)
    assert found.hacked == pytest.approx(1 / 6)
    assert found.lazy == pytest.approx(1 / 3)
    assert found.coverage == pytest.approx((0.8 + 0.2 + 0.6) / 3)
    assert found.speedup == pytest.approx((2.0 * 0.5 * 1.1) ** (1 / 3))
    assert (found.fast_1, found.fast_1_2) == (0, 0)
    assert found.best_fast_1 == pytest.approx(2 / 3)
    assert found.best_fast_1_2 == pytest.approx(1 / 3)
    assert (found.trajectories, found.turns, found.lost, found.length) == (4, 9, 3, 2)


def test_figures_of_nothing_are_none() -> None:
    found = figures_of([facts_of(trajectory(lost())), []])
    assert (found.reward, found.correct, found.speedup, found.lazy) == (None,) * 4
    assert (found.trajectories, found.turns, found.lost) == (2, 1, 1)


@pytest.mark.parametrize(
    "plan", [PLAN, RewardPlan(correctness=0.5, speedup=0.5, coverage=0.5, speedup_clip=1.5)]
)
def test_rewards_of_the_loss_are_those_on_record(plan: RewardPlan) -> None:
    verdicts = [wrong(), correct(2.0, 0.8), correct(9.0, None), samples.hacked()]
    turns = Turns.of([trajectory(each) for each in verdicts], 1, plan)
    expected = [reward(each, plan) for each in verdicts]
    assert turns.rewards_BT[:, 0].tolist() == pytest.approx(expected)


def settings(**changes: Any) -> RlSettings:
    return RlSettings(**{"profiling_rejection": False, **changes})


def advantages(
    trajectories: list[Trajectory], turns: int, energy: torch.Tensor | None = None, **changes: Any
) -> tuple[list[list[float]], list[list[bool]]]:
    generator = torch.Generator().manual_seed(0)
    found = credit(Turns.of(trajectories, turns, PLAN), settings(**changes), generator, energy)
    rounded = [
        [round(value, 4) for value in row] for row in found.advantages.advantages_BT.tolist()
    ]
    return rounded, found.in_loss_BT.tolist()


def group() -> list[Trajectory]:
    """Returns of the first turns 3.9 + 0, 0 + 2.9, 0; of the second ones 0, 2.9."""
    return [
        trajectory(correct(2.0, 0.9), wrong(), sample=0),
        trajectory(wrong(), correct(1.0, 0.9), sample=1),
        trajectory(wrong(), sample=2),
    ]


def test_trloo_compares_with_the_others_of_the_same_turn() -> None:
    found, mask = advantages(group(), 2)
    assert found == [[2.45, -2.9], [0.95, 2.9], [-3.4, 0.0]]
    assert mask == [[True, True], [True, True], [True, False]]


def test_a_discount_and_a_lonely_turn() -> None:
    pair = [group()[0], group()[2]]
    found, mask = advantages(pair, 2, discount=0.5)
    assert found == [[3.9, 0.0], [-3.9, 0.0]]
    assert mask == [[True, True], [True, False]]
    assert advantages(pair, 2, alone="drop")[1] == [[True, False], [True, False]]
    later = [trajectory(wrong(), correct(1.0, 0.9)), trajectory(wrong())]
    assert advantages(later, 2, discount=0.5)[0] == [[1.45, 2.9], [-1.45, 0.0]]


def test_other_estimators_are_those_of_the_library() -> None:
    three = group()
    assert advantages(three, 2, estimator="reinforce")[0] == [[3.9, 0.0], [2.9, 2.9], [0.0, 0.0]]
    assert advantages(three, 2, estimator="rloo")[0] == [[2.45, 2.45], [0.95, 0.95], [-3.4, 0.0]]
    centred = advantages(three, 2, estimator="dr_grpo")[0]
    assert centred == [[1.6333, 1.6333], [0.6333, 0.6333], [-2.2667, 0.0]]
    deviation = torch.tensor([3.9, 2.9, 0.0]).std().item() + 1e-4
    assert advantages(three, 2, estimator="grpo")[0][2] == [round(-2.26667 / deviation, 4), 0.0]
    by_turn = advantages(three, 2, estimator="turn_grpo")[0]
    assert by_turn[1][1] == pytest.approx(1.45 / (2.9 / 2**0.5 + 1e-4), abs=1e-3)
    energy = torch.tensor([[1.0, 1.0], [3.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
    weighed = (3.9 + 3 * 2.9) / 4
    assert advantages(three, 2, energy, estimator="otb")[0][0][0] == pytest.approx(
        3.9 - weighed, abs=1e-3
    )


def test_relapses_can_leave() -> None:
    found, mask = advantages(group(), 2, relapses="drop")
    assert mask == [[True, False], [True, True], [True, False]]
    assert found[1][1] == 2.9  # alone now


def test_what_was_cut_off_is_unknown_and_all_that_led_to_it() -> None:
    cut = trajectory(wrong(), correct(1.0, 0.9), sample=3, ended=False)
    found, mask = advantages([*group(), cut], 3)
    assert mask[3] == [False, False, False]
    assert found[0] == [2.45, -2.9, 0.0]  # as without it
    complete = dataclasses.replace(cut, turns=[*cut.turns, *cut.turns[:1]])
    assert advantages([*group(), complete], 3)[1][3] == [True, True, True]


def test_prs_leaves_lazy_successes_out_of_the_loss_only() -> None:
    lazy = [trajectory(correct(2.0, 0.1)), trajectory(wrong(), sample=1)]
    found, mask = advantages(lazy, 1, profiling_rejection=True)
    assert mask == [[False], [True]]
    assert found[1] == [-3.1]
    found, mask = advantages(lazy, 1, profiling_rejection=True, prs_in_baselines=False)
    assert (found[1], mask[1]) == ([0.0], [True])
    assert advantages(lazy, 1, profiling_rejection=True, prs_speedup=1.5)[1] == [[True], [True]]
    assert advantages(lazy, 1, profiling_rejection=True, prs_threshold=0.0, prs_width=0.05)[1] == [
        [True],
        [True],
    ]
    unknown = [trajectory(correct(2.0, None)), trajectory(wrong(), sample=1)]
    assert advantages(unknown, 1, profiling_rejection=True)[1] == [[False], [True]]
    assert advantages(unknown, 1, profiling_rejection=True, unprofiled="keep")[1][0] == [True]


def test_energy_adds_up_over_the_rows_of_a_trajectory() -> None:
    rows = Rows.of([trajectory(wrong(), wrong()), trajectory(wrong(), sample=1)])
    proxy_RL = torch.ones(rows.ids_RL.shape) * torch.tensor([[1.0], [3.0]])
    assert energy_of_turns(proxy_RL, rows, 2, 3).tolist() == [[2, 4, 4], [6, 6, 6]]


def targets(rows: Rows) -> Targets:
    return Targets(None, rows.sampled_RL, torch.ones(rows.ids_RL.shape), rows.drawn_RL, None)


def test_rows_hold_what_was_drawn() -> None:
    rows = Rows.of([trajectory(wrong(), wrong()), trajectory(wrong(), sample=1)])
    assert rows.ids_RL.tolist() == [[1, 2, 3, 9, 1, 2, 4, 9], [1, 2, 3, 9, 0, 0, 0, 0]]
    assert rows.turn_RL.tolist() == [[-1, -1, 0, 0, -1, -1, 1, 1], [-1, -1, 0, 0, -1, -1, -1, -1]]
    assert rows.sampled_RL[0].tolist() == [0, 0, -0.5, -1, 0, 0, -0.5, -1]
    assert rows.present_RL.sum(dim=1).tolist() == [8, 4]
    assert batches.replies_in(rows, rows.drawn_RL) == 3
    batch = batches.cut(rows, targets(rows), torch.tensor([1]), 3)
    assert (batch.ids_RL.shape, batch.first) == ((1, 4), 2)
    assert not batches.without_loss(batch).targets.mask_RL.any()
    assert batches.nothing().first == 1


def test_parts_hold_whole_trajectories_with_something_to_learn() -> None:
    apart = [
        dataclasses.replace(each, turns=[_alone(turn) for turn in each.turns])
        for each in (trajectory(wrong(), wrong(), sample=sample) for sample in range(5))
    ]
    rows = Rows.of(apart)
    assert rows.trajectory_R.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    mask_RL = rows.drawn_RL.clone()
    mask_RL[4:6] = False
    found = batches.shuffled_parts(rows, mask_RL, 2, "seed")
    owners = [set(rows.trajectory_R[part].tolist()) for part in found]
    assert owners[0] | owners[1] == {0, 1, 3, 4}
    assert not owners[0] & owners[1]
    assert [len(part) for part in found] == [4, 4]
    assert batches.pieces(torch.tensor([3, 9, 5]), 2)[0].tolist() == [1, 2]


def _alone(turn: Turn) -> Turn:
    assert turn.record.tokens is not None
    tokens = turn.record.tokens.model_copy(update={"extends": None})
    return dataclasses.replace(turn, record=turn.record.model_copy(update={"tokens": tokens}))


def test_rows_are_read_before_only_where_something_needs_it() -> None:
    assert not needs_scores(settings(mismatch="none"))
    for changes in (
        {"mismatch": "mrs"},
        {"mismatch": "none", "updates": 2},
        {"mismatch": "none", "entropy_gate": True},
        {"mismatch": "none", "estimator": "otb"},
    ):
        assert needs_scores(settings(**changes))
