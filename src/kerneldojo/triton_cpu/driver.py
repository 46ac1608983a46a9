"""The CPU as Triton's driver sees a device: where kernels are loaded, launched and timed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from triton.backends.compiler import GPUTarget
from triton.backends.driver import Benchmarker, DriverBase

from kerneldojo.triton_cpu import threads
from kerneldojo.triton_cpu.device import DeviceInterface, cache_bytes
from kerneldojo.triton_cpu.host import detect

BACKEND = "cpu"
_UNLIMITED = 2**31 - 1
_REGISTERS = 32
_BENCHMARK_CACHES = 2

_CPP_TYPES = {
    "i1": "int8_t", "i8": "int8_t", "i16": "int16_t", "i32": "int32_t", "i64": "int64_t",
    "u1": "uint8_t", "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t",
    "fp16": "double", "bf16": "double", "fp32": "double", "f32": "double", "fp64": "double",
}  # fmt: skip


class CPUUtils:
    """What Triton asks of a device's runtime."""

    def load_binary(
        self, name: str, kernel: bytes, shared: int, device: int
    ) -> tuple[Any, Any, int, int, int]:
        """Loads a shared object.

        Returns:
            The module and the function (which are one here), then the registers a program may
            count on, those it spills, and the most threads it may have.
        """
        from kerneldojo.triton_cpu import binary

        function = binary.load(name, kernel)
        return function, function, _REGISTERS, 0, _UNLIMITED

    def unload_module(self, module: Any) -> None:
        """Nothing: samples of a profiler are attributed after the fact, by what is loaded."""

    def get_device_properties(self, device: int) -> dict[str, Any]:
        """What occupancy arithmetic asks for; a core holds one program at a time."""
        return {
            "max_shared_mem": _UNLIMITED,
            "max_num_regs": _REGISTERS,
            "multiprocessor_count": threads.count(),
            "warpSize": 1,
        }

    def set_printf_fifo_size(self, size: int) -> None:
        """Nothing: what kernels print is not buffered."""


class CPUDriver(DriverBase):  # type: ignore[misc]
    """Active where `TRITON_DEFAULT_BACKEND=cpu` says so, or where no other driver is."""

    def __init__(self) -> None:
        super().__init__()
        self.utils = CPUUtils()
        self._interface = DeviceInterface()

    @property
    def launcher_cls(self) -> Callable[..., Any]:
        """The class that launches kernels."""
        from kerneldojo.triton_cpu.launcher import CPULauncher

        return CPULauncher

    @classmethod
    def is_active(cls) -> bool:
        """Whether kernels run here unless told otherwise."""
        selected = os.environ.get("TRITON_DEFAULT_BACKEND")
        if selected:
            return selected == BACKEND
        from triton.backends import backends

        others = [backend.driver for backend in backends.values() if backend.driver is not cls]
        return not any(driver.is_active() for driver in others)

    def get_current_target(self) -> GPUTarget:
        """The host, as a target of one thread per warp."""
        return GPUTarget(BACKEND, detect().cpu, 1)

    def get_current_device(self) -> int:
        """The CPU's number among the one there is."""
        return 0

    def set_current_device(self, device: int) -> None:
        """There is nothing to choose."""

    def get_current_stream(self, device: int) -> int:
        """The only stream."""
        return 0

    def get_active_torch_device(self) -> Any:
        """Where tensors for kernels live."""
        import torch

        return torch.device("cpu")

    def get_device_interface(self) -> DeviceInterface:
        """The counterpart of `torch.cuda`."""
        return self._interface

    def get_benchmarker(self) -> Benchmarker:
        """How the autotuner times a kernel."""
        from triton.testing import do_bench

        return do_bench

    def get_empty_cache_for_benchmark(self) -> Any:
        """Memory that fills every cache when it is written."""
        import torch

        return torch.empty(_BENCHMARK_CACHES * cache_bytes(), dtype=torch.int8)

    def clear_cache(self, cache: Any) -> None:
        """Drives everything else out of the caches."""
        cache.zero_()

    def map_python_to_cpp_type(self, ty: str) -> str:
        """The C++ type that holds an argument of a Triton type."""
        return "void*" if ty.startswith("*") else _CPP_TYPES[ty]
