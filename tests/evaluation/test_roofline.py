"""Unavoidable work, counted; and the time it takes at best."""

from __future__ import annotations

import pytest

from kerneldojo.evaluation.referee import machine
from kerneldojo.evaluation.referee.cases import make_case
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.evaluation.referee.roofline import Roofline, roofline
from kerneldojo.records import Tolerance, Workload
from tests.evaluation import samples


def counted(forward: str, inputs: str, setup: str = "", *, backward: bool = False) -> Roofline:
    problem = samples.problem(samples.model(forward, inputs, setup=setup), backward=backward)
    reference = Reference(problem, Workload(name="base"), 1)
    case = make_case(reference, "default", 2, Tolerance(), "label")
    assert case is not None
    return roofline(reference, case)


def test_bytes_are_counted_once_each() -> None:
    found = counted(
        "return args[0] * self.w", "[torch.randn(8, 4)]", "self.w = nn.Parameter(torch.ones(4))"
    )
    assert found.output_bytes == 8 * 4 * 4
    assert found.bytes == 2 * 8 * 4 * 4 + 4 * 4
    assert found.operations == 0


def test_products_are_counted() -> None:
    found = counted("return args[0] @ args[1]", "[torch.randn(3, 5), torch.randn(5, 7)]")
    assert found.operations == 2 * 3 * 5 * 7
    assert found.bytes == 4 * (15 + 35 + 21)


def test_gradients_of_a_product_cost_as_much_again_each() -> None:
    found = counted(
        "return args[0] @ args[1]", "[torch.randn(3, 5), torch.randn(5, 7)]", backward=True
    )
    assert found.operations == 3 * 2 * 3 * 5 * 7


def test_no_tensors_no_floor() -> None:
    assert counted("return 1", "[3]").output_bytes == 8


def test_the_floor_is_the_longer_of_moving_and_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "bandwidth", lambda: 1e9)
    monkeypatch.setattr(machine, "arithmetic", lambda: 1e10)
    assert Roofline(10**6, 10**5, 0).floor_ms == pytest.approx(1.0)
    assert Roofline(10**6, 10**5, 10**9).floor_ms == pytest.approx(100.0)
    assert Roofline(10**6, 10**5, 10**9).hard_floor_ms == pytest.approx(0.1)


def test_this_machine_has_a_bandwidth_and_a_cache() -> None:
    assert 1e8 < machine.bandwidth() < 1e13
    assert 1 << 16 < machine.last_level_cache() < 1 << 33
