"""The evaluator with a cache: a hit is a finished future of the recorded evaluation."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from kerneldojo import Evaluator
from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.settings import EvaluationSettings
from tests.cli import samples
from tests.store.conftest import CHEAT, RIGHT, SOFTMAX, SWISH, verdict


class ByHand:
    """A pool whose evaluations end when the test says so."""

    capacity = 1

    def __init__(self, *_: Any, **__: Any) -> None:
        self.asked: list[tuple[Problem, Solution, Future[Evaluation]]] = []

    def submit(self, problem: Problem, solution: Solution, *_: Any) -> Future[Evaluation]:
        future: Future[Evaluation] = Future()
        self.asked.append((problem, solution, future))
        return future

    def close(self) -> None:
        pass


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> ByHand:
    pool = ByHand()
    monkeypatch.setattr("kerneldojo.evaluator.LocalPool", lambda *_, **__: pool)
    return pool


def test_a_hit_is_the_recorded_evaluation(pool: ByHand, tmp_path: Path) -> None:
    recorded = verdict(SOFTMAX, RIGHT)
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        first = evaluator.submit(SOFTMAX, RIGHT)
        assert not first.done()
        pool.asked[0][2].set_result(recorded)
        assert first.result() is recorded
        again = evaluator.submit(SOFTMAX, RIGHT)
        assert again.done()
        assert again.result() == recorded
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        assert evaluator.evaluate(SOFTMAX, RIGHT) == recorded
    assert len(pool.asked) == 1


def test_other_questions_are_asked(pool: ByHand, tmp_path: Path) -> None:
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(verdict(SOFTMAX, RIGHT))
        assert not evaluator.submit(SOFTMAX, CHEAT).done()
        assert not evaluator.submit(SWISH, RIGHT).done()
    seeded = EvaluationSettings(seed="0" * 32)
    with Evaluator(seeded, cache=tmp_path / "c.sqlite") as evaluator:
        assert not evaluator.submit(SOFTMAX, RIGHT).done()


def test_equal_content_answers_under_its_own_name(pool: ByHand, tmp_path: Path) -> None:
    copy = SOFTMAX.model_copy(update={"name": "my/copy"})
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(verdict(SOFTMAX, RIGHT))
        assert evaluator.evaluate(copy, RIGHT).problem == "my/copy"


def test_equal_questions_under_way_are_asked_once(pool: ByHand, tmp_path: Path) -> None:
    copy = SOFTMAX.model_copy(update={"name": "my/copy"})
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        first, second = evaluator.submit(SOFTMAX, RIGHT), evaluator.submit(copy, RIGHT)
        given_up = evaluator.submit(SOFTMAX, RIGHT)
        assert given_up.cancel()
        assert not first.done() and not second.done()
        recorded = verdict(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(recorded)
        assert first.result() == recorded
        assert second.result() == recorded.model_copy(update={"problem": "my/copy"})
    assert len(pool.asked) == 1


def test_equal_solutions_all_come_out_of_a_map(pool: ByHand, tmp_path: Path) -> None:
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(verdict(SOFTMAX, RIGHT))
        assert len(list(evaluator.map(SOFTMAX, [RIGHT, RIGHT]))) == 2


def test_who_asks_the_same_shares_a_failure_and_an_end(pool: ByHand, tmp_path: Path) -> None:
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        second = evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_exception(RuntimeError("gone"))
        with pytest.raises(RuntimeError, match="gone"):
            second.result(timeout=0)
        first, second = evaluator.submit(SOFTMAX, RIGHT), evaluator.submit(SOFTMAX, RIGHT)
        first.cancel()
        assert second.cancelled()
    assert len(pool.asked) == 2


def test_faults_and_failures_are_asked_again(pool: ByHand, tmp_path: Path) -> None:
    with Evaluator(cache=tmp_path / "c.sqlite") as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(verdict(SOFTMAX, RIGHT, samples.failed))
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[1][2].set_exception(RuntimeError("gone"))
        evaluator.submit(SOFTMAX, RIGHT).cancel()
        assert pool.asked[2][2].cancelled()
        assert not evaluator.submit(SOFTMAX, RIGHT).done()
    assert len(pool.asked) == 4


def test_without_a_cache_everything_is_asked(
    pool: ByHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Evaluator() as evaluator:
        evaluator.submit(SOFTMAX, RIGHT)
        pool.asked[0][2].set_result(verdict(SOFTMAX, RIGHT))
        assert not evaluator.submit(SOFTMAX, RIGHT).done()
    assert not list(tmp_path.iterdir())
    with Evaluator(cache=True):
        assert (tmp_path / "kerneldojo" / "evaluations.sqlite").exists()
