"""Profiles from a CUDA profiler's rows, as a player would claim them."""

from __future__ import annotations

import pytest

from kerneldojo.evaluation.referee import profile

ROWS = [
    ["gelu_kernel(float const*, float*, int)", 5, 750.0],
    ["void at::native::elementwise_kernel<128, 4>(int)", 5, 200.0],
    ["gelu_kernel_like_name", 5, 50.0],
]


def test_own_kernels_are_known_by_their_whole_name() -> None:
    found = profile.from_device({"rows": ROWS, "peak": 1 << 20}, {"gelu_kernel"}, calls=5)
    assert found is not None
    assert found.coverage == pytest.approx(0.75)
    [kernel] = found.kernels
    assert (kernel.name, kernel.launches_per_call) == ("gelu_kernel", 1.0)
    assert kernel.time_ms == pytest.approx(0.15)
    assert [row.share for row in found.operators] == pytest.approx([0.2, 0.05])
    assert found.peak_memory_bytes == 1 << 20


@pytest.mark.parametrize("name", ["a", "gelu", "kernel", "elementwise"])
def test_parts_of_names_do_not_count(name: str) -> None:
    found = profile.from_device({"rows": ROWS}, {name}, calls=5)
    assert found is not None
    assert found.coverage == 0.0


def test_templates_and_namespaces_are_not_part_of_a_name() -> None:
    rows = [["void mine::sum_kernel<float>(float const*)", 1, 10.0]]
    found = profile.from_device({"rows": rows}, {"sum_kernel"}, calls=1)
    assert found is not None
    assert found.coverage == 1.0


@pytest.mark.parametrize("rows", [[], None, [["x", 1, 0.0]], ["x"], [["x", "1", "2"]], [[1, 2]]])
def test_an_empty_or_senseless_capture_is_unknown_not_zero(rows: object) -> None:
    assert profile.from_device({"rows": rows}, {"x"}, calls=1) is None
    assert profile.nothing_captured(3).coverage is None
