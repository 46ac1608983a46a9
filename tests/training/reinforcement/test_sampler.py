"""Who draws when, in what company, and on whose word a speedup is believed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from kerneldojo.dialogue.second_look import SecondLook
from kerneldojo.evaluation.lease import Lease
from kerneldojo.policies.generation import Drawn, Request
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.records import Evaluation, Language, Problem, Solution
from kerneldojo.settings import EvaluationSettings, Sampling
from kerneldojo.training.reinforcement.sampler import Sampler
from kerneldojo.training.reinforcement.vllm import VllmSampler
from tests.cli import samples
from tests.training.reinforcement.world import (
    Judge,
    by_words,
    correct,
    lost,
    problem,
    train,
    weights,
    without_times,
)

SOLUTION = Solution(source="class ModelNew: ...", language=Language.TRITON)


class Late(Judge):
    """Answers in a thread, after a while of its own for each."""

    def __init__(self, seed: int) -> None:
        super().__init__(by_words)
        self._random = random.Random(seed)
        self.threads: list[threading.Timer] = []

    def answer(self, future: Future[Evaluation], found: Evaluation | BaseException) -> None:
        timer = threading.Timer(self._random.random() / 20, super().answer, (future, found))
        self.threads.append(timer)
        timer.start()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collects how many replies were drawn at once."""
    sizes: list[int] = []
    right = Sampler.draw

    def noting(self: Sampler, requests: Sequence[Request]) -> list[Drawn]:
        sizes.append(len(requests))
        return right(self, requests)

    monkeypatch.setattr(Sampler, "draw", noting)
    return sizes


def test_without_overlap_nothing_depends_on_how_long_verdicts_take(
    model: Path, tmp_path: Path, drawn: list[int]
) -> None:
    runs = []
    for seed in (1, 2):
        run = tmp_path / str(seed)
        steps = train(model, run, Late(seed), steps=2, sampler_batch_size=3, mismatch="mrs")
        runs.append((without_times(steps), weights(run / "model"), drawn.copy()))
        drawn.clear()
    assert runs[0] == runs[1]
    assert runs[0][2] == [3, 3, 2, 3, 3, 2] * 2  # a round of all eight dialogues a turn


def test_with_overlap_replies_are_drawn_while_a_verdict_is_awaited(
    model: Path, tmp_path: Path, drawn: list[int]
) -> None:
    class Held(Judge):
        """Keeps the first verdict until all others of first turns and one more have been asked."""

        def answer(self, future: Future[Evaluation], found: Evaluation | BaseException) -> None:
            if len(self.asked) == 1:
                self.first = (future, found)
                return
            super().answer(future, found)
            if len(self.asked) == 9 and not self.first[0].done():
                super().answer(*self.first)

    [step] = train(model, tmp_path / "run", Held(), overlap=True, sampler_batch_size=4)
    assert (step.turns, step.lost) == (16, 0)
    assert max(drawn) == 4


@pytest.mark.parametrize("overlap", [True, False])
def test_dialogues_that_end_early_do_not_hold_the_others_up(
    overlap: bool, model: Path, tmp_path: Path
) -> None:
    asked = [problem(0, "#" * 400), problem(1)]  # the first has no room for a turn
    [step] = train(model, tmp_path / "run", Late(3), overlap=overlap, problems=asked, turns=3)
    assert step.trajectories == 8
    assert step.turns == 12
    assert step.skipped is None


class Engine:
    """Behaves like TRL's engine for vLLM."""

    def __init__(self) -> None:
        self.synced = 0
        self.prompts: list[list[list[int]]] = []
        self.alone = False

    def sync_weights(self) -> None:
        self.synced += 1

    def generate(self, prompts: list[list[int]], images: None, num_generations: int) -> Any:
        assert num_generations == 1
        self.prompts.append(prompts)
        other = Lease("cpu")
        entered = threading.Event()

        def enter() -> None:
            with other.shared():
                entered.set()

        waiting = threading.Thread(target=enter, daemon=True)
        waiting.start()
        self.alone = not entered.wait(0.2)
        ids = [[number + 40, 7] for number, _ in enumerate(prompts)]
        return prompts, ids, [[[-0.25], [-1.5]] for _ in prompts], [[[1], [2]] for _ in prompts]


def test_vllm_draws_alone_with_the_weights_of_the_moment(model: Path) -> None:
    loaded = AutoModelForCausalLM.from_pretrained(model)

    @contextmanager
    def drawing() -> Iterator[Any]:
        yield loaded

    engine = Engine()
    learner: Any = SimpleNamespace(drawing=drawing, vllm_generation=engine)
    tokens = ChatTokens(AutoTokenizer.from_pretrained(model))  # type: ignore[arg-type]
    sampler = VllmSampler(learner, tokens, batch_size=4, overlap=False)
    with sampler.drawing():
        assert engine.synced == 1
        found = sampler.draw([Request((1, 2), Sampling(), 8, 0), Request((3,), Sampling(), 8, 0)])
    assert engine.prompts == [[[1, 2], [3]]]
    assert found == [Drawn((40, 7), (-0.25, -1.5)), Drawn((41, 7), (-0.25, -1.5))]
    assert engine.alone
    assert sampler.drawing_s > 0.1
    with sampler.drawing():
        assert engine.synced == 2
    sampler.close_lease()


def test_what_is_too_fast_is_judged_twice_and_the_second_verdict_counts() -> None:
    judge = Judge(lambda *_: correct(50.0 if not judge.anew else 1.5))
    look = SecondLook(judge, 3.0)
    believed = look.submit(problem(), SOLUTION, print).result()
    assert believed.speedup == 1.5
    assert judge.anew == [EvaluationSettings()]
    assert look.submit(problem(), SOLUTION, print).result() == believed
    assert len(judge.asked) == 2  # what was looked at twice is remembered
    look.submit(problem(1), SOLUTION, print).result()
    assert len(judge.asked) == 3  # for this problem only; and 1.5 is plausible at once


def test_what_is_plausible_is_judged_once() -> None:
    judge = Judge(lambda *_: correct(3.0))
    look = SecondLook(judge, 3.0)
    assert look.submit(problem(), SOLUTION, print).result().speedup == 3.0
    assert (len(judge.asked), judge.anew) == (1, [])


def test_a_fault_at_the_second_look_is_no_verdict() -> None:
    judge = Judge(lambda *_: lost() if len(judge.asked) == 2 else correct(50.0))
    look = SecondLook(judge, 3.0)
    assert not look.submit(problem(), SOLUTION, print).result().status.judged
    assert look.submit(problem(), SOLUTION, print).result().speedup == 50.0
    assert len(judge.asked) == 4  # not remembered


@pytest.mark.parametrize("at", [1, 2])
def test_nobody_waits_for_a_judge_that_is_gone(at: int) -> None:
    class Gone(Judge):
        def _found(self, problem: Problem, solution: Solution, number: int) -> Any:
            if number == at and at == 2:
                raise RuntimeError("gone")
            return RuntimeError("gone") if number == at else correct(50.0)

    with pytest.raises(RuntimeError, match="gone"):
        SecondLook(Gone(), 3.0).submit(problem(), SOLUTION, print).result(timeout=5)


def test_who_gives_up_the_answer_gives_up_the_verdict() -> None:
    futures: list[Future[Evaluation]] = []

    class Never(Judge):
        def submit(self, *_: Any, **__: Any) -> Future[Evaluation]:
            futures.append(Future())
            return futures[-1]

    look = SecondLook(Never(), 3.0)
    look.submit(problem(), SOLUTION, print).cancel()
    assert futures[0].cancelled()
    second = look.submit(problem(), SOLUTION, print)
    futures[1].set_result(samples.correct().model_copy(update={"timing": correct(9.0).timing}))
    assert second.cancel()
    assert futures[2].cancelled()
    third = look.submit(problem(), SOLUTION, print)
    futures[3].cancel()
    assert third.cancelled()


def test_a_second_look_is_part_of_a_step(model: Path, tmp_path: Path) -> None:
    judge = Judge(lambda *_: by_words(*judge.asked[-1]) if judge.anew else correct(9.0))
    [step] = train(model, tmp_path / "run", judge, remeasure=True)
    assert judge.anew
    assert step.speedup is not None
    assert step.speedup < 3
