"""Let host code believe in a GPU: CUDA tensors are CPU tensors, the driver is ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

# largest shared memory per block, in bytes; from NVIDIA's table of compute capabilities
_SHARED = {70: 98304, 72: 98304, 75: 65536, 80: 166912, 86: 101376, 87: 166912, 89: 101376,
           90: 232448, 100: 232448, 103: 232448, 110: 232448, 120: 101376, 121: 101376}  # fmt: skip
_MULTIPROCESSORS = {70: 80, 75: 72, 80: 108, 86: 84, 89: 142, 90: 132, 100: 148, 120: 170}


def shared_limit(number: int) -> int:
    """Return the most shared memory a block may have on `sm_<number>`, in bytes."""
    return _SHARED.get(number, 101376)


class PretendDriver:
    """What Triton's runtime asks of a driver, answered for a GPU that is not there."""

    def __init__(self, number: int) -> None:
        from triton.backends.compiler import GPUTarget

        self._target = GPUTarget("cuda", number, 32)
        self.benchmark: Callable[..., Any] = lambda call, **options: call()
        self.utils = SimpleNamespace(get_device_properties=self._properties)
        self._number = number

    def _properties(self, device: int = 0) -> dict[str, int]:
        return {
            "max_shared_mem": shared_limit(self._number),
            "max_num_regs": 65536,
            "multiprocessor_count": _MULTIPROCESSORS.get(self._number, 108),
            "warpSize": 32,
            "sm_clock_rate": 1_500_000,
            "mem_clock_rate": 1_500_000,
            "mem_bus_width": 5120,
        }

    def is_active(self) -> bool:
        """Say yes."""
        return True

    def get_current_target(self) -> Any:
        """Return the target that kernels are compiled for."""
        return self._target

    def get_current_device(self) -> int:
        """Return the only device."""
        return 0

    def set_current_device(self, device: int) -> None:
        """Accept any device."""

    def get_current_stream(self, device: int = 0) -> int:
        """Return the default stream."""
        return 0

    def get_active_torch_device(self) -> torch.device:
        """Return the device that solutions put tensors on."""
        return torch.device("cuda", 0)

    def get_device_interface(self) -> Any:
        """Return what stands for torch.cuda."""
        return torch.cuda

    def get_benchmarker(self) -> Callable[..., Any]:
        """Return the function that autotuning calls for each configuration."""
        return self.benchmark

    def get_empty_cache_for_benchmark(self) -> torch.Tensor:
        """Return a token cache."""
        return torch.empty(1)

    def clear_cache(self, cache: Any) -> None:
        """Do nothing."""


class _OnTheCpu(TorchFunctionMode):
    """Turns every request for a CUDA device into one for the CPU."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in ("cuda", "pin_memory") and args:
            return args[0]
        if func is torch.device:
            return func(*args, **(kwargs or {}))  # what it names matters, not where it is
        plain = tuple(_to_cpu(value) for value in args)
        named = {key: _to_cpu(value) for key, value in (kwargs or {}).items()}
        if isinstance(named.get("device"), int):
            named["device"] = torch.device("cpu")
        named.pop("pin_memory", None)
        return func(*plain, **named)


def _to_cpu(value: Any) -> Any:
    if isinstance(value, torch.device):
        return torch.device("cpu") if value.type == "cuda" else value
    if isinstance(value, str) and (value == "cuda" or value.startswith("cuda:")):
        return "cpu"
    return value


def _cuda_functions(number: int) -> dict[str, Any]:
    properties = SimpleNamespace(
        name=f"NVIDIA sm_{number}",
        major=number // 10,
        minor=number % 10,
        multi_processor_count=_MULTIPROCESSORS.get(number, 108),
        total_memory=80 * 2**30,
        warp_size=32,
        shared_memory_per_block_optin=shared_limit(number),
        shared_memory_per_block=49152,
        max_threads_per_multi_processor=2048,
        regs_per_multiprocessor=65536,
        L2_cache_size=40 * 2**20,
    )
    stream = SimpleNamespace(
        cuda_stream=0, device=torch.device("cuda", 0), synchronize=lambda: None,
        wait_stream=lambda other: None, record_event=lambda event=None: None,
    )  # fmt: skip
    return {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "init": lambda: None,
        "_lazy_init": lambda: None,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "set_device": lambda device: None,
        "synchronize": lambda device=None: None,
        "empty_cache": lambda: None,
        "get_device_name": lambda device=None: properties.name,
        "get_device_properties": lambda device=None: properties,
        "get_device_capability": lambda device=None: (number // 10, number % 10),
        "current_stream": lambda device=None: stream,
        "default_stream": lambda device=None: stream,
        "device": lambda device=None: contextlib.nullcontext(),
        "device_of": lambda tensor=None: contextlib.nullcontext(),
        "stream": lambda stream=None: contextlib.nullcontext(),
        "is_bf16_supported": lambda *args, **kwargs: number >= 80,
    }


@contextlib.contextmanager
def pretend_gpu(number: int) -> Iterator[PretendDriver]:
    """Within this, `sm_<number>` seems present to host code; everything lives on the CPU.

    Tensors call themselves CUDA tensors, factories accept `device="cuda"`, `torch.cuda` and
    Triton's driver answer questions about the device. Nothing can be launched.
    """
    from triton.runtime.driver import driver as registry

    driver = PretendDriver(number)
    cuda = _cuda_functions(number)
    here, missing = torch.device("cuda", 0), object()
    before = {name: getattr(torch.cuda, name, missing) for name in cuda}
    active = registry._active
    tensor_names = ("is_cuda", "device", "get_device")
    inherited = {name: torch.Tensor.__dict__.get(name, missing) for name in tensor_names}
    try:
        registry.set_active(driver)
        for name, function in cuda.items():
            setattr(torch.cuda, name, function)
        torch.Tensor.is_cuda = property(lambda self: True)  # type: ignore[assignment]
        torch.Tensor.device = property(  # type: ignore[assignment]
            lambda self: here
        )
        torch.Tensor.get_device = lambda self: 0  # type: ignore[method-assign]
        with _OnTheCpu():
            yield driver
    finally:
        registry._active = active
        for name, function in before.items():
            if function is missing:
                delattr(torch.cuda, name)
            else:
                setattr(torch.cuda, name, function)
        for name, value in inherited.items():
            if value is missing:
                delattr(torch.Tensor, name)
            else:
                setattr(torch.Tensor, name, value)
