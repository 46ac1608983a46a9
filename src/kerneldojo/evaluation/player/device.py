"""How a call reaches and leaves the device the player computes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.player.memory import describe_outputs


class Device(Protocol):
    """Brings inputs to the device before the clock starts and waits for all work."""

    torch_device: torch.device

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return an input on the device."""

    def start(self) -> None:
        """Note on the device that a call begins."""

    def finish(self, outputs: Any) -> tree.Node | None:
        """Wait until everything asked for is done; describe outputs if they are in reach."""

    def elapsed_ms(self) -> float | None:
        """Return the device's own time since `start`, a claim; None where it keeps none."""

    def collect(self, outputs: Any) -> tuple[Any, tree.Node]:
        """Return outputs in host memory with their description."""


class HostDevice:
    """The CPU: inputs stay where the referee put them, outputs where the solution did."""

    torch_device = torch.device("cpu")

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor itself."""
        return tensor

    def start(self) -> None:
        """Nothing to note."""

    def elapsed_ms(self) -> float | None:
        """The CPU keeps no time of its own."""
        return None

    def finish(self, outputs: Any) -> tree.Node | None:
        """Describe the outputs by address; nothing is asynchronous here."""
        return describe_outputs(outputs)

    def collect(self, outputs: Any) -> tuple[Any, tree.Node]:
        """Return the outputs as they are."""
        return outputs, describe_outputs(outputs)


class CudaDevice:
    """A CUDA device. All streams are waited for inside the clock."""

    def __init__(self, index: int) -> None:
        self.torch_device = torch.device("cuda", index)
        torch.cuda.set_device(index)
        self._synchronize = torch.cuda.synchronize
        self._begin = torch.cuda.Event(enable_timing=True)
        self._end = torch.cuda.Event(enable_timing=True)
        self._flush = torch.empty(256 << 20, dtype=torch.uint8, device=self.torch_device)

    def bring(self, tensor: torch.Tensor) -> torch.Tensor:
        """Copy to the device, then evict the caches."""
        grad = tensor.requires_grad
        moved = tensor.detach().to(self.torch_device, copy=True).requires_grad_(grad)
        self._flush.zero_()
        self._synchronize()
        return moved

    def start(self) -> None:
        """Record the first event."""
        self._begin.record()

    def finish(self, outputs: Any) -> tree.Node | None:
        """Wait for every stream of the device, then record the second event."""
        self._synchronize()
        self._end.record()
        self._end.synchronize()
        return None

    def elapsed_ms(self) -> float | None:
        """Return the time between the events; it covers all streams."""
        return float(self._begin.elapsed_time(self._end))

    def collect(self, outputs: Any) -> tuple[Any, tree.Node]:
        """Copy outputs to the host, keeping their strides."""
        describe_outputs(outputs)
        moved = _to_host(outputs)
        self._synchronize()
        return moved, describe_outputs(moved)


def open_device(name: str) -> Device:
    """Return the device called `cpu` or `cuda:N`."""
    if name.startswith("cuda"):
        return CudaDevice(int(name.partition(":")[2] or 0))
    return HostDevice()


def profile_device(run: Callable[[], Any], calls: int, device: Device) -> list[list[Any]]:
    """Return [kernel, count, microseconds] of what ran on a CUDA device during some calls."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA], acc_events=True) as profiler:
        for _ in range(calls):
            run()
        torch.cuda.synchronize(device.torch_device)
    return [
        [row.key, int(row.count), float(row.self_device_time_total)]
        for row in profiler.key_averages()
        if row.self_device_time_total > 0
    ]


def _to_host(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {key: _to_host(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_to_host(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value
