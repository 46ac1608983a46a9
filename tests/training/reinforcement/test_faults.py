"""Faults of ours are never learnt from; what cannot go on says so, and can be gone on with."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import torch

from kerneldojo.errors import InfrastructureError, TrainingDiverged, TrainingFailed
from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.rl import MISMATCH_RULES
from kerneldojo.store import Run
from kerneldojo.training import checkpoints
from kerneldojo.training.reinforcement import steps as steps_
from kerneldojo.training.reinforcement.journal import read_steps
from kerneldojo.training.reinforcement.learner import Learner
from kerneldojo.training.reinforcement.tokens import Reading
from tests.training.reinforcement.conftest import make
from tests.training.reinforcement.world import (
    Judge,
    Verdict,
    by_words,
    correct,
    lost,
    problem,
    problems,
    train,
    weights,
)


def first_then(rest: Callable[[int], Evaluation | BaseException | None]) -> Verdict:
    """Judge by words, but for some verdicts, given by their number from 0."""
    numbers, lock = iter(range(10_000)), threading.Lock()

    def verdict(problem: Problem, solution: Solution) -> Evaluation | BaseException:
        with lock:
            number = next(numbers)
        return rest(number) or by_words(problem, solution)

    return verdict


@pytest.fixture
def in_loss(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """Collects which turns of a step are in the loss; (B, T)."""
    seen: list[torch.Tensor] = []
    right = steps_.credit

    def noting(*given: Any) -> Any:
        found = right(*given)
        seen.append(found.in_loss_BT)
        return found

    monkeypatch.setattr(steps_, "credit", noting)
    return seen


def test_a_lost_turn_and_those_before_it_are_not_learnt_from(
    model: Path, tmp_path: Path, in_loss: list[torch.Tensor]
) -> None:
    judge = Judge(first_then(lambda number: lost() if number in (1, 10) else None))
    [step] = train(model, tmp_path / "run", judge, problems=problems(2))
    assert (step.lost, step.skipped) == (2, None)
    [mask_BT] = in_loss
    found = list(Run.open(tmp_path / "run" / "rollouts" / "step-000001").trajectories())
    expected = {}
    for each in found:
        valid = [turn.record.valid for turn in each.turns]
        expected[each.record.id] = [valid[0] and valid[1], valid[1]]
    assert sorted(expected.values()) == sorted(mask_BT.tolist())
    assert mask_BT.sum() == 13  # without one last turn and its first, and without one first turn


class Patience(Judge):
    """Never answers some."""

    def __init__(self, never: Callable[[int], bool]) -> None:
        super().__init__(by_words)
        self._never = never
        self.given_up = 0

    def submit(self, *given: Any, **rest: Any) -> Future[Evaluation]:
        answered = super().submit(*given, **rest)
        if not self._never(len(self.asked)):
            return answered
        unanswered: Future[Evaluation] = Future()
        unanswered.add_done_callback(self._count)
        return unanswered

    def _count(self, future: Future[Evaluation]) -> None:
        self.given_up += future.cancelled()


@pytest.mark.parametrize("remeasure", [False, True])
def test_a_deadline_goes_on_with_what_there_is(
    remeasure: bool, model: Path, tmp_path: Path, in_loss: list[torch.Tensor]
) -> None:
    judge = Patience(lambda number: number == 3)
    run = tmp_path / "run"
    [step] = train(
        model, run, judge, overlap=True, deadline_s=3.0, remeasure=remeasure, problems=problems(2)
    )
    assert step.skipped is None
    assert step.turns == 14
    [mask_BT] = in_loss
    assert mask_BT.sum() == 14
    assert judge.given_up == 1
    assert weights(run / "model") != weights(model)


def test_a_step_of_which_nothing_could_be_judged_is_made_anew(model: Path, tmp_path: Path) -> None:
    run, judge = tmp_path / "run", Judge(first_then(lambda number: None))
    judge.verdict = first_then(lambda number: lost() if number >= 16 else None)
    with pytest.raises(InfrastructureError, match=r"step-000002: not one of 16 turns .*--resume"):
        train(model, run, judge, steps=2, problems=problems(2))
    assert [each.name for each in (run / "rollouts").iterdir()] == ["step-000001"]
    judge.verdict = by_words
    steps = train(model, run, judge, steps=2, problems=problems(2), resume=True)
    assert [step.lost for step in steps] == [0, 0]


def test_a_deadline_before_any_verdict_is_an_error(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match=r"0 turns .*rl\.deadline_s"):
        train(model, tmp_path / "run", Patience(lambda number: True), deadline_s=1.0)


@pytest.mark.parametrize("remeasure", [False, True])
@pytest.mark.parametrize("when", ["submit", "answer"])
def test_judges_that_are_gone_end_the_training_which_can_go_on(
    when: str, remeasure: bool, model: Path, tmp_path: Path
) -> None:
    class Gone(Judge):
        def _found(self, problem: Problem, solution: Solution, number: int) -> Any:
            found = super()._found(problem, solution, number)
            if number > 20 and when == "submit":
                raise InfrastructureError("the pool has vanished")
            return InfrastructureError("the pool has vanished") if number > 20 else found

    run = tmp_path / "run"
    with pytest.raises(InfrastructureError, match="the pool has vanished"):
        train(model, run, Gone(), steps=2, remeasure=remeasure, checkpoint_steps=1)
    steps = train(
        model, run, Judge(), steps=2, remeasure=remeasure, checkpoint_steps=1, resume=True
    )
    assert [step.skipped for step in steps] == [None, None]
    assert (run / "model").is_dir()


@pytest.mark.parametrize("mismatch", ["none", "mrs"])
def test_log_probabilities_that_are_no_numbers_end_the_training(
    mismatch: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Learner._read

    def broken(self: Learner, *given: Any) -> Reading:
        reading = right(self, *given)
        if self.state.global_step < 1:
            return reading
        return Reading(reading.logprobs_RL * torch.nan, reading.entropies_RL)

    monkeypatch.setattr(Learner, "_read", broken)
    run = tmp_path / "run"
    with pytest.raises(TrainingDiverged, match=r"step 2: .* last good checkpoint is .*point-1\."):
        train(model, run, steps=2, checkpoint_steps=1, mismatch=mismatch)
    assert len(read_steps(run)) == 1


def test_weights_that_are_no_numbers_are_no_checkpoint(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Learner.take_clipped

    def broken(self: Learner) -> float | None:
        with torch.no_grad():  # after the second step's update, before it is written
            if self.state.global_step == 2:
                self.model.lm_head.weight[0, 0] = torch.inf
        return right(self)

    monkeypatch.setattr(Learner, "take_clipped", broken)
    with pytest.raises(TrainingDiverged, match=r"step 2: lm_head\.weight .* is .*point-1\."):
        train(model, tmp_path / "run", steps=3, checkpoint_steps=1)
    last = checkpoints.last(tmp_path / "run")
    assert last is not None
    assert last.name == "checkpoint-1"


def test_a_model_that_gives_no_numbers_names_the_last_checkpoint(
    model: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    broken = AutoModelForCausalLM.from_pretrained(model)
    with torch.no_grad():
        broken.model.norm.weight.fill_(torch.nan)
    broken.save_pretrained(tmp_path / "broken")
    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path / "broken")
    with pytest.raises(TrainingFailed, match=r"logits are not numbers.*No checkpoint is there"):
        train(tmp_path / "broken", tmp_path / "run")


def test_where_everything_is_rejected_no_weight_moves(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, rule = tmp_path / "run", dataclasses.replace(MISMATCH_RULES["k3"], k3_limit=1e-6)
    monkeypatch.setitem(MISMATCH_RULES, "k3", rule)
    [step] = train(model, run, mismatch="k3", sampler_precision="float8", weight_decay=0.5)
    assert step.skipped == "all rejected"
    assert step.rejected_mismatch == 1
    assert weights(run / "model") == weights(model)


def test_prs_can_leave_nothing(model: Path, tmp_path: Path) -> None:
    def lazy(_: Problem, solution: Solution) -> Evaluation:
        return correct(int(solution.digest[:2], 16) / 100, 0.1)

    [step] = train(model, tmp_path / "run", Judge(lazy), profiling_rejection=True)
    assert (step.skipped, step.rejected_profiling, step.lazy) == ("all rejected", 1, 1)


def test_problems_without_contrast_are_drawn_anew_and_told_of(model: Path, tmp_path: Path) -> None:
    def some(problem: Problem, solution: Solution) -> Evaluation:
        return by_words(problem, solution) if problem.name.endswith(("p1", "p3")) else correct(2.0)

    wanted: dict[str, Any] = {"instructive": True, "redraws": 4, "problems": problems(4)}
    [step] = train(model, tmp_path / "run", Judge(some), **wanted, steps=1)
    assert step.skipped is None
    assert step.prompts > 2  # asked
    assert step.trajectories == 4 * step.prompts
    assert step.rows < step.trajectories
    [step] = train(model, tmp_path / "none", Judge(lambda *_: correct(2.0)), **wanted)
    assert (step.skipped, step.prompts, step.rows) == ("all rewards equal", 4, 0)
    assert step.reward == pytest.approx(3.9)


def test_a_question_without_room_is_left_out(model: Path, tmp_path: Path) -> None:
    long = [problem(0), problem(1, "#" * 400)]
    [step] = train(model, tmp_path / "run", problems=long)
    assert (step.prompts, step.trajectories, step.turns) == (2, 8, 8)
    assert step.skipped is None


def test_a_step_without_any_reply_goes_by(tmp_path: Path) -> None:
    model = make(tmp_path / "model", context=80)
    # the third problem is as short as can be, so that training begins at all
    asked = [problem(0, "#" * 90), problem(1, "#" * 90), problem(2, "#" * 90), problem(3)]
    steps = train(
        model, tmp_path / "run", problems=asked, prompts=1, steps=4, turns=1, mismatch="mrs"
    )
    assert [step.turns for step in steps].count(0) == 3
    assert [step.skipped for step in steps].count("no reply") == 3
    assert next(step for step in steps if step.turns).skipped is None
