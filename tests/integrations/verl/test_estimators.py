"""Our estimators where only rewards and the mask of tokens are known."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.estimators import as_verls, names, ours, over_runs, runs
from kerneldojo.rl import ESTIMATORS, trloo

MASK = torch.tensor([[0, 1, 1, 0, 0, 1, 1, 0], [1, 1, 0, 1, 0, 1, 1, 1], [0] * 8])
REWARDS = torch.tensor(
    [[0, 0, 1.0, 0, 0, 0, 2.0, 0], [0, 0.5, 0, 0, 0, 0, 0, 3.0], [0, 0, 0, 7.0, 0, 0, 0, 0]]
)
PROMPTS = ["a", "a", "a"]


def test_turns_are_runs_of_the_mask() -> None:
    assert runs(MASK).tolist() == [
        [-1, 0, 0, -1, -1, 1, 1, -1],
        [0, 0, -1, 1, -1, 2, 2, 2],
        [-1] * 8,
    ]


def test_rewards_of_runs_are_compared_turn_by_turn() -> None:
    advantages, returns = over_runs(trloo, REWARDS, MASK, PROMPTS)
    assert returns[0].tolist() == [0, 3, 3, 0, 0, 2, 2, 0]
    assert returns[1].tolist() == [3.5, 3.5, 0, 3, 0, 3, 3, 3]
    assert advantages[0].tolist() == [0, -0.5, -0.5, 0, 0, -1, -1, 0]
    assert advantages[1].tolist() == [0.5, 0.5, 0, 1, 0, 3, 3, 3]
    assert not advantages[2].any(), "a row without tokens takes part in nothing"


def test_a_reward_after_the_reply_belongs_to_it() -> None:
    mask, rewards = torch.tensor([[1, 0, 0, 1, 0]]), torch.tensor([[0, 0, 1.0, 0, 2.0]])
    _, returns = over_runs(trloo, rewards, mask, ["a"])
    assert returns.tolist() == [[3, 0, 0, 2, 0]]


def test_prompts_may_have_any_names() -> None:
    advantages, _ = over_runs(trloo, REWARDS[:2], MASK[:2], ["a", "b"])
    assert advantages[0].tolist() == [0, 3, 3, 0, 0, 2, 2, 0], "alone, A = G"


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"otb"}))
def test_every_estimator_has_verls_signature(name: str) -> None:
    advantages, returns = as_verls(name)(
        token_level_rewards=REWARDS,
        response_mask=MASK,
        index=PROMPTS,
        config={"gamma": 0.0},
        something_new=1,
    )
    assert returns[0].tolist() == [0, 1, 1, 0, 0, 2, 2, 0], "gamma is heeded"
    assert advantages.shape == MASK.shape


def test_otb_refuses_to_guess() -> None:
    with pytest.raises(UsageError, match="trainer_mode=kerneldojo"):
        as_verls("otb")(REWARDS, MASK, PROMPTS)


def test_names() -> None:
    assert ours("kerneldojo_trloo") == "trloo"
    assert len(names()) == len(ESTIMATORS)
    with pytest.raises(UsageError, match="kerneldojo_trloo"):
        ours("grpo")
