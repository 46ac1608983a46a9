"""A model learns what earns; a step's loss and gradient are those of the formulas."""

from __future__ import annotations

import dataclasses
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from kerneldojo.dialogue.token_rows import full_ids
from kerneldojo.records import Trajectory
from kerneldojo.rl import Advantages
from kerneldojo.store import Run
from kerneldojo.training.reinforcement import credit as credits_
from kerneldojo.training.reinforcement.gathering import Gathered, Gatherer
from kerneldojo.training.reinforcement.journal import RlStep
from tests.training.reinforcement.formulas import by_hand
from tests.training.reinforcement.world import Judge, by_letters, correct, problems, train, weights

LONG = {"steps": 25, "trajectories": 8, "turns": 1, "learning_rate": 0.03, "seed": 1}


def course(steps: list[RlStep]) -> tuple[float, float]:
    """Return the mean reward of the first and of the last five steps."""
    rewards = [step.reward or 0.0 for step in steps]
    return statistics.fmean(rewards[:5]), statistics.fmean(rewards[-5:])


def test_rewards_rise(model: Path, tmp_path: Path) -> None:
    before, after = course(train(model, tmp_path / "run", Judge(by_letters), **LONG))
    assert before < 3.5
    assert after > before + 1


def test_with_the_sign_of_the_advantages_flipped_they_do_not(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = credits_.estimator

    def flipped(name: str) -> Any:
        def estimate(*given: Any, **rest: Any) -> Advantages:
            found = right(name)(*given, **rest)  # type: ignore[arg-type]
            return dataclasses.replace(found, advantages_BT=-found.advantages_BT)

        return estimate

    monkeypatch.setattr(credits_, "estimator", flipped)
    before, after = course(
        train(model, tmp_path / "run", Judge(by_letters), **{**LONG, "steps": 12})
    )
    assert after < before + 0.05


@pytest.fixture(scope="module")
def plain(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RlStep]:
    """A run of one step with all its rows in one batch."""
    run = tmp_path_factory.mktemp("plain") / "run"
    [step] = train(model, run, discount=0.5, device_batch_size=64, gradient_clip=0.5)
    return run, step


def test_loss_and_gradient_are_those_of_the_formulas(
    model: Path, plain: tuple[Path, RlStep]
) -> None:
    run, step = plain
    found = list(Run.open(run / "rollouts" / "step-000001").trajectories())
    loss, policy = by_hand(model, found, discount=0.5)
    assert abs(loss) > 1e-3
    assert step.loss == pytest.approx(loss, rel=1e-4)
    norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
    assert step.gradient_norm == pytest.approx(float(norm), rel=1e-4)
    groups = [
        {"params": [each for each in policy.parameters() if each.dim() > 1], "weight_decay": 0.1},
        {"params": [each for each in policy.parameters() if each.dim() == 1], "weight_decay": 0},
    ]
    torch.optim.AdamW(groups, lr=0.01).step()
    trained = AutoModelForCausalLM.from_pretrained(run / "model")
    for mine, theirs in zip(policy.parameters(), trained.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=2e-4)


@pytest.mark.parametrize("size", [1, 3])
def test_the_loss_does_not_depend_on_the_pieces(
    size: int, model: Path, tmp_path: Path, plain: tuple[Path, RlStep]
) -> None:
    _, whole = plain
    [step] = train(model, tmp_path / "run", discount=0.5, device_batch_size=size, gradient_clip=0.5)
    assert step.loss == pytest.approx(whole.loss, rel=1e-4)
    assert step.gradient_norm == pytest.approx(whole.gradient_norm, rel=1e-4)
    assert step.reward == whole.reward


def test_the_loss_does_not_depend_on_whether_the_model_reads_the_rows_before(
    model: Path, tmp_path: Path, plain: tuple[Path, RlStep]
) -> None:
    _, once = plain
    wanted: dict[str, Any] = {"discount": 0.5, "device_batch_size": 64, "gradient_clip": 0.5}
    [twice] = train(model, tmp_path / "run", **wanted, mismatch="mrs")
    assert twice.rejected_mismatch == 0
    assert twice.loss == pytest.approx(once.loss, rel=1e-4)
    assert twice.gradient_norm == pytest.approx(once.gradient_norm, rel=1e-4)
    assert twice.entropy == pytest.approx(once.entropy, rel=1e-4)
    assert once.kl is not None
    assert 0 <= once.kl < 1e-9
    assert once.effective_samples == pytest.approx(1)
    assert once.clipped == 0


def test_rows_of_one_turn_teach_the_same_as_rows_of_a_trajectory(
    model: Path, tmp_path: Path, plain: tuple[Path, RlStep], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, joined = plain
    right = Gatherer.gather

    def apart(self: Gatherer, *given: Any) -> Gathered:
        found = right(self, *given)
        return dataclasses.replace(found, trajectories=[split(each) for each in found.trajectories])

    monkeypatch.setattr(Gatherer, "gather", apart)
    [step] = train(model, tmp_path / "run", discount=0.5, device_batch_size=64, gradient_clip=0.5)
    assert joined.rows < step.rows == 16
    assert step.loss == pytest.approx(joined.loss, rel=1e-4)
    assert step.gradient_norm == pytest.approx(joined.gradient_norm, rel=1e-4)


def split(trajectory: Trajectory) -> Trajectory:
    """Return a trajectory as if the template had written each prompt anew."""
    whole, turns = full_ids(trajectory.turns), []
    for turn in trajectory.turns:
        tokens = turn.record.tokens
        assert tokens is not None
        prompt = whole[turn.number][: -len(tokens.sampled)]
        anew = tokens.model_copy(update={"extends": None, "prompt": prompt})
        record = turn.record.model_copy(update={"tokens": anew})
        turns.append(dataclasses.replace(turn, record=record))
    return dataclasses.replace(trajectory, turns=turns)


def test_several_updates_share_the_trajectories(
    model: Path, tmp_path: Path, plain: tuple[Path, RlStep]
) -> None:
    run = tmp_path / "run"
    seen: list[set[int]] = []
    from kerneldojo.training.reinforcement import steps as steps_

    right = steps_.batches.cut

    def noting(rows: Any, targets: Any, numbers: Any, count: float) -> Any:
        seen.append(set(rows.trajectory_R[numbers].tolist()))
        return right(rows, targets, numbers, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps_.batches, "cut", noting)
        # of no length, so that the second update begins where the first did
        [step] = train(
            model,
            run,
            discount=0.5,
            device_batch_size=64,
            updates=2,
            learning_rate=1e-30,
            weight_decay=0,
        )
    assert [len(part) for part in seen] == [4, 4]
    assert seen[0] | seen[1] == set(range(8))
    assert step.loss == pytest.approx(plain[1].loss, rel=1e-3)  # the mean of two halves
    assert step.steps == 1


def test_the_second_update_starts_from_the_policy_that_drew(model: Path, tmp_path: Path) -> None:
    [step] = train(model, tmp_path / "run", updates=2, learning_rate=0.2, clip_high=0, clip_low=0)
    assert step.clipped is not None
    assert step.clipped > 0.2  # in the first update no ratio has moved yet


def test_equal_rewards_leave_every_weight_as_it_is(model: Path, tmp_path: Path) -> None:
    [step] = train(model, tmp_path / "run", Judge(lambda *_: correct(2.0)), weight_decay=0.5)
    assert step.skipped == "all rewards equal"
    assert (step.loss, step.gradient_norm, step.clipped) == (0, 0, None)
    assert (step.kl, step.reward, step.speedup) == (None, pytest.approx(3.9), pytest.approx(2.0))
    assert weights(tmp_path / "run" / "model") == weights(model)


@pytest.mark.parametrize(
    ("estimator", "changes"),
    [
        ("rloo", {}),
        ("grpo", {"relapses": "drop"}),
        ("dr_grpo", {"alone": "drop"}),
        ("reinforce", {"entropy_gate": True}),
        ("turn_grpo", {"gradient_checkpointing": True}),
        ("otb", {"mismatch": "token_tis", "schedule": "length", "warmup": 4}),
    ],
)
def test_every_estimator_takes_a_step(
    estimator: str, changes: dict[str, Any], model: Path, tmp_path: Path
) -> None:
    [step] = train(model, tmp_path / "run", estimator=estimator, problems=problems(2), **changes)
    assert step.skipped is None
    assert step.gradient_norm > 0
    assert step.learning_rate == pytest.approx(0.01 / max(changes.get("warmup", 1), 1))
    assert weights(tmp_path / "run" / "model") != weights(model)
