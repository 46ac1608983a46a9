"""Trainer and sampler that differ: really so, measured, rejected, and without harm to the model."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from kerneldojo.errors import UsageError
from kerneldojo.settings import RlSettings
from kerneldojo.store import Run
from kerneldojo.training.reinforcement import learner as learners
from kerneldojo.training.reinforcement.mismatch import MismatchControl
from kerneldojo.training.reinforcement.rows import Rows
from kerneldojo.training.reinforcement.sampler import rounded
from kerneldojo.training.reinforcement.tokens import read
from tests.training.reinforcement.world import train


def test_equal_weights_agree(model: Path, tmp_path: Path) -> None:
    [step] = train(model, tmp_path / "run", mismatch="mrs")
    assert step.kl is not None
    assert abs(step.kl) < 1e-9
    assert (step.rejected_mismatch, step.vetoed) == (0, 0)
    assert step.effective_samples == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("precision", "least"), [("bfloat16", 1e-8), ("float8", 1e-4)])
def test_rounded_weights_draw_otherwise_and_are_rejected(
    precision: Any, least: float, model: Path, tmp_path: Path
) -> None:
    [step] = train(
        model, tmp_path / "run", mismatch="mrs", sampler_precision=precision, trajectories=8
    )
    assert step.kl is not None
    assert step.rejected_mismatch is not None
    assert least < step.kl < 0.1
    assert step.rejected_mismatch > 0.3
    assert step.skipped is None


@pytest.mark.parametrize("precision", ["bfloat16", "float16", "float8"])
def test_a_rounded_copy_leaves_the_model_as_it_is(precision: str, model: Path) -> None:
    policy = AutoModelForCausalLM.from_pretrained(model)
    before = copy.deepcopy(policy.state_dict())
    ids = torch.arange(12)[None]
    with torch.inference_mode():
        said = policy(ids).logits
        other = rounded(policy, precision)(ids).logits.float()
        assert torch.equal(policy(ids).logits, said)
    assert not torch.equal(other, said)
    torch.testing.assert_close(other, said, rtol=0.3, atol=0.3)
    assert all(torch.equal(before[name], now) for name, now in policy.state_dict().items())


def test_a_pruned_vocabulary_is_pruned_on_both_sides(model: Path, tmp_path: Path) -> None:
    ratio = 0.2
    [step] = train(model, tmp_path / "run", vocabulary_ratio=ratio, mismatch="mrs")
    assert step.kl is not None
    assert abs(step.kl) < 1e-9
    found = list(Run.open(tmp_path / "run" / "rollouts" / "step-000001").trajectories())
    rows = Rows.of(found)
    policy = AutoModelForCausalLM.from_pretrained(model)
    with torch.inference_mode():
        logits = policy(rows.ids_RL).logits[:, :-1]
    drawn_RL, tokens_RL = rows.drawn_RL[:, 1:], rows.ids_RL[:, 1:]
    gap_RL = logits.amax(-1) - logits.gather(-1, tokens_RL.unsqueeze(-1)).squeeze(-1)
    assert gap_RL[drawn_RL].max() <= -math.log(ratio) + 1e-5
    left_out = (logits.amax(-1, keepdim=True) - logits > -math.log(ratio)).float().mean()
    assert left_out > 0.2  # the rule does leave something out
    assert step.entropy is not None
    [free] = train(model, tmp_path / "free", mismatch="mrs")
    assert free.entropy is not None
    assert step.entropy < free.entropy


def test_a_token_that_fell_out_of_the_vocabulary_is_not_learnt_from(
    model: Path, tmp_path: Path
) -> None:
    [step] = train(
        model,
        tmp_path / "run",
        vocabulary_ratio=0.5,
        sampler_precision="float8",
        mismatch="none",
        trajectories=16,
    )
    assert step.skipped is None
    assert math.isfinite(step.loss)
    assert step.kl is not None
    assert step.kl > 1e-3


def test_reading_is_the_softmax_at_the_temperature(model: Path) -> None:
    policy = AutoModelForCausalLM.from_pretrained(model)
    ids, present = torch.tensor([[5, 6, 7, 8], [9, 3, 0, 0]]), torch.ones(2, 4, dtype=torch.bool)
    present[1, 2:] = False
    found = read(policy, ids, present, 1, temperature=0.7, with_proxy=True)
    logprobs = (policy(ids, attention_mask=present.long()).logits / 0.7).log_softmax(-1)
    expected = torch.stack([logprobs[0, at - 1, ids[0, at]] for at in (1, 2, 3)])
    torch.testing.assert_close(found.logprobs_RL[0], expected)
    chances = logprobs[0, :3].exp()
    torch.testing.assert_close(found.entropies_RL[0], -(chances * logprobs[0, :3]).sum(-1))
    proxy = 1 - 2 * expected.exp() + chances.square().sum(-1)
    assert found.proxy_RL is not None
    torch.testing.assert_close(found.proxy_RL[0], proxy)


def test_a_temperature_is_the_same_on_both_sides(model: Path, tmp_path: Path) -> None:
    [step] = train(model, tmp_path / "run", mismatch="mrs", temperature=0.5)
    assert step.kl is not None
    assert abs(step.kl) < 1e-9


def test_the_entropy_gate_is_the_one_of_the_library(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    right = learners.ppo_loss

    def noting(*given: Any, **rest: Any) -> Any:
        seen.append((given, rest))
        return right(*given, **rest)

    monkeypatch.setattr(learners, "ppo_loss", noting)
    train(model, tmp_path / "run", entropy_gate=True, device_batch_size=64)
    [(given, rest)] = seen
    _, old_RL, _, mask_RL = given
    weights_RL = rest["weights_BL"]
    chances = old_RL.exp()
    low = torch.isclose(weights_RL, chances * (1 - chances)) & mask_RL
    high = (weights_RL == 1) & mask_RL
    assert bool((low | high)[mask_RL].all())
    share = float(high.sum() / mask_RL.sum())
    assert share == pytest.approx(0.2, abs=0.03)


def test_a_band_is_calibrated_and_remembered() -> None:
    control = MismatchControl(
        RlSettings(mismatch="mrs", mismatch_acceptance=0.5, mismatch_batches=1)
    )
    rollout = torch.full((4, 3), -1.0)
    train_ = rollout + torch.tensor([0.1, 0.2, 0.3, 0.4])[:, None]
    mask, owner = torch.ones(4, 3, dtype=torch.bool), torch.arange(4)
    assert control.rule.reject is None
    assert control.correct(train_, rollout, mask, owner).mask_BL.all()
    again = MismatchControl(RlSettings(mismatch="mrs", mismatch_acceptance=0.5))
    again.restore(control.to_dict())
    for each in (control, again):
        kept = each.correct(train_, rollout, mask, owner).mask_BL.any(dim=1)
        assert kept.tolist() == [True, True, False, False]
        assert each.rule.veto == 1e-4
    with pytest.raises(UsageError, match="'token_tis' does not have"):
        MismatchControl(RlSettings(mismatch="token_tis", mismatch_acceptance=0.5))
