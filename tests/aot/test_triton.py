"""Triton kernels compile for GPUs that are not there."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from triton.runtime.driver import driver
from triton.runtime.jit import JITFunction

from kerneldojo.errors import UsageError
from kerneldojo.evaluation.aot import KernelBuild, architecture_number
from kerneldojo.evaluation.aot_record import record_and_compile
from tests.aot import solutions

X = torch.ones(4096)


@pytest.mark.parametrize("arch", ["sm_80", "aot:sm_90"])
def test_a_kernel_compiles_with_real_figures(arch: str) -> None:
    (build,) = record_and_compile(solutions.Scale(), [X], arch)
    assert build.name == "scale_kernel"
    assert build.error is None
    assert build.registers is not None and 0 < build.registers < 256
    assert build.spills == 0
    assert build.shared_bytes == 0
    assert build.ptx_bytes is not None and build.ptx_bytes > 500
    assert "BLOCK=256" in build.configuration and "num_warps=4" in build.configuration
    assert KernelBuild.from_dict(build.as_dict()) == build


def test_arguments_specialise_as_in_a_real_launch() -> None:
    model = solutions.Scale()
    aligned, odd = (
        record_and_compile(model, [torch.ones(n)], "sm_80")[0].ptx_bytes for n in (4096, 4097)
    )
    assert aligned != odd


def test_a_kernel_that_does_not_compile_is_reported_and_the_rest_goes_on() -> None:
    broken, sound = record_and_compile(solutions.Broken(), [X], "sm_80")
    assert broken.registers is None
    assert broken.error is not None and "undefined_name is not defined" in broken.error
    assert (sound.name, sound.error) == ("scale_kernel", None)


def test_too_much_shared_memory_is_an_error_as_at_launch() -> None:
    (build,) = record_and_compile(solutions.TooMuchShared(), [X], "sm_80")
    assert build.error is not None and "out of resource: shared memory" in build.error
    assert build.shared_bytes is not None and build.shared_bytes > 166912


def test_autotuned_kernels_pass_over_configurations_that_do_not_fit() -> None:
    builds = record_and_compile(solutions.Tuned(), [X], "sm_80")
    assert {build.error for build in builds} == {None}
    assert [build.configuration.split(",")[0] for build in builds] == ["BLOCK=64", "BLOCK=32"]


def test_host_code_may_ask_for_figures() -> None:
    (build,) = record_and_compile(solutions.Occupancy(), [X], "sm_90")
    assert build.error is None


def test_errors_before_the_first_launch_are_the_solutions() -> None:
    with pytest.raises(ValueError, match="before any launch"):
        record_and_compile(solutions.Careless(), [X], "sm_80")


def test_errors_after_a_launch_are_ours() -> None:
    assert len(record_and_compile(solutions.LateError(), [X], "sm_80")) == 1


def test_everything_is_put_back() -> None:
    run, active, available = JITFunction.run, driver._active, torch.cuda.is_available
    with pytest.raises(ValueError):
        record_and_compile(solutions.Careless(), [X], "sm_80")
    assert (JITFunction.run, driver._active, torch.cuda.is_available) == (run, active, available)
    assert X.device.type == "cpu"
    assert "is_cuda" not in torch.Tensor.__dict__


def test_models_without_kernels_have_no_builds() -> None:
    assert record_and_compile(nn.Identity(), [X], "sm_80") == []


@pytest.mark.parametrize(("arch", "number"), [("sm_90a", 90), ("sm80", 80), ("100", 100)])
def test_architectures(arch: str, number: int) -> None:
    assert architecture_number(arch) == number


def test_unknown_architectures_are_refused() -> None:
    with pytest.raises(UsageError, match="sm_80"):
        architecture_number("hopper")
