"""When the CPU is the active device, and what it answers to those who ask."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
import triton
from triton.backends import Backend, backends

from kerneldojo.triton_cpu.device import Event, cache_bytes
from kerneldojo.triton_cpu.driver import CPUDriver


@pytest.fixture
def driver() -> CPUDriver:
    return CPUDriver()


def python(code: str, **environment: str) -> str:
    known = {key: value for key, value in os.environ.items() if not key.startswith("TRITON_")}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**known, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def other(active: bool) -> Backend:
    return Backend(SimpleNamespace, SimpleNamespace(is_active=lambda: active))


def test_triton_finds_the_back_end() -> None:
    assert backends["cpu"].driver is CPUDriver


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends, "elsewhere", other(True))
    monkeypatch.setenv("TRITON_DEFAULT_BACKEND", "cpu")
    assert CPUDriver.is_active()
    monkeypatch.setenv("TRITON_DEFAULT_BACKEND", "nvidia")
    assert not CPUDriver.is_active()


def test_an_active_gpu_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRITON_DEFAULT_BACKEND", raising=False)
    for name in list(backends):
        if name != "cpu":
            monkeypatch.setitem(backends, name, other(False))
    assert CPUDriver.is_active()
    monkeypatch.setitem(backends, "elsewhere", other(True))
    assert not CPUDriver.is_active()


def test_importing_triton_stays_cheap_and_starts_nothing() -> None:
    code = (
        "import sys, triton, threading, os\n"
        "heavy = {'torch', 'llvmlite', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "print(sorted(heavy), len(os.listdir('/proc/self/task')))"
    )
    assert python(code) == "[] 1"


def test_the_target_is_the_host(driver: CPUDriver) -> None:
    target = driver.get_current_target()
    assert (target.backend, target.warp_size) == ("cpu", 1)
    assert target.arch
    assert driver.get_current_device() == 0
    assert driver.get_current_stream(0) == 0
    assert driver.get_active_torch_device() == torch.device("cpu")


def test_device_properties_serve_occupancy_arithmetic(driver: CPUDriver) -> None:
    properties = driver.utils.get_device_properties(0)
    assert properties["multiprocessor_count"] == torch.get_num_threads()
    assert properties["max_shared_mem"] > 2**30
    assert all(value > 0 for value in properties.values())


def test_types_have_names_in_cpp(driver: CPUDriver) -> None:
    assert driver.map_python_to_cpp_type("*fp32") == "void*"
    assert driver.map_python_to_cpp_type("i32") == "int32_t"


def test_events_measure_time() -> None:
    start, end = Event(enable_timing=True), Event(enable_timing=True)
    with pytest.raises(RuntimeError, match="recorded"):
        start.elapsed_time(end)
    start.record()
    end.record()
    assert 0 <= start.elapsed_time(end) < 1000
    assert end.query()


def test_the_device_interface_serves_benchmarks(driver: CPUDriver) -> None:
    interface = driver.get_device_interface()
    with interface.device(0), interface.stream(interface.current_stream()):
        interface.synchronize()
    assert (interface.current_device(), interface.device_count()) == (0, 1)
    assert interface.is_available()


def test_the_benchmark_cache_exceeds_the_processors(driver: CPUDriver) -> None:
    cache = driver.get_empty_cache_for_benchmark()
    assert cache.nbytes > cache_bytes() >= 2**25
    driver.clear_cache(cache)
    assert not cache.any()


def test_do_bench_times_functions_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CPUDriver, "get_empty_cache_for_benchmark", lambda self: torch.empty(1))
    previous = triton.runtime.driver._active
    triton.runtime.driver.set_active(CPUDriver())
    try:
        x = torch.zeros(1000)
        low, middle, high = triton.testing.do_bench(
            lambda: x.add_(1), warmup=1, rep=2, quantiles=[0.2, 0.5, 0.8]
        )
    finally:
        triton.runtime.driver._active = previous
    assert 0 < low <= middle <= high < 100
