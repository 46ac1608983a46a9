from __future__ import annotations

import pytest

from kerneldojo.metrics.training import course


def test_a_course_has_means_of_both_ends_and_the_best_single_step() -> None:
    steps = [{"step": n, "reward": float(n % 20), "hacked": 1 / n} for n in range(1, 31)]
    found = course(steps, "reward")
    assert found is not None
    assert found.first == pytest.approx((1 + 2 + 3) / 3)
    assert found.last == pytest.approx((8 + 9 + 10) / 3)
    assert (found.best, found.best_step) == (19.0, 19)
    falling = course(steps, "hacked")
    assert falling is not None
    assert falling.best_step == 30


def test_steps_without_the_figure_do_not_count() -> None:
    steps = [{"step": 1, "coverage": None}, {"step": 2, "coverage": 0.5}, {"step": 3}]
    found = course(steps, "coverage")
    assert found is not None
    assert found.values == (0.5,)
    assert (found.first, found.last, found.best_step) == (0.5, 0.5, 2)
    assert course(steps, "speedup") is None


def test_some_figures_have_no_better() -> None:
    found = course([{"step": 1, "entropy": 0.3}, {"step": 2, "entropy": 0.1}], "entropy")
    assert found is not None
    assert found.best is None
