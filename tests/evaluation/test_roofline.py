"""Unavoidable work, counted; and the time it takes at best."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

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


@pytest.mark.parametrize(
    ("forward", "inputs"),
    [
        (
            "return torch.einsum('bij,bjk->bik', *args)",
            "[torch.ones(2, 3, 4), torch.ones(2, 4, 5)]",
        ),
        (
            "return nn.functional.linear(*args)",
            "[torch.ones(6, 4), torch.ones(3, 4), torch.ones(3)]",
        ),
        ("return nn.functional.conv2d(*args)", "[torch.ones(1, 2, 8, 8), torch.ones(4, 2, 3, 3)]"),
        (
            "return torch.baddbmm(*args)",
            "[torch.ones(2, 3, 5), torch.ones(2, 3, 4), torch.ones(2, 4, 5)]",
        ),
    ],
)
def test_operations_are_those_of_pytorch_s_counter(forward: str, inputs: str) -> None:
    problem = samples.problem(samples.model(forward, inputs))
    reference = Reference(problem, Workload(name="base"), 1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        reference.run(reference.inputs(2))
    assert counter.get_total_flops() > 0
    assert counted(forward, inputs).operations == counter.get_total_flops()


def test_a_case_and_its_floor_do_not_load_pytorch_s_compiler() -> None:
    program = (
        "import sys; from tests.evaluation import test_roofline as t\n"
        "t.counted('return args[0] @ args[1]', '[torch.ones(3, 5), torch.ones(5, 7)]')\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
