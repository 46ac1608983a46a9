"""The CPU as a device in the sense of `torch.cuda`: the part that benchmarks and tuners use."""

from __future__ import annotations

import re
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Event:
    """A moment in time; a launch has ended when it returns, so there is never one to wait for."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._nanoseconds: int | None = None

    def record(self, stream: Any = None) -> None:
        """Be the present moment."""
        self._nanoseconds = time.perf_counter_ns()

    def wait(self, stream: Any = None) -> None:
        """Nothing is ever pending."""

    def synchronize(self) -> None:
        """Nothing is ever pending."""

    def query(self) -> bool:
        """Everything before the moment has ended."""
        return True

    def elapsed_time(self, end: Event) -> float:
        """Milliseconds from this moment to `end`."""
        if self._nanoseconds is None or end._nanoseconds is None:
            raise RuntimeError("Both events must have been recorded before the time between them")
        return (end._nanoseconds - self._nanoseconds) / 1e6


class Stream:
    """The one order of execution there is: that of the program."""

    cuda_stream = 0

    def synchronize(self) -> None:
        """Nothing is ever pending."""

    def wait_stream(self, stream: Any) -> None:
        """Nothing is ever pending."""


class DeviceInterface:
    """What `torch.cuda` is for an NVIDIA GPU."""

    Event = Event
    Stream = Stream

    def is_available(self) -> bool:
        """There is always a CPU."""
        return True

    def device_count(self) -> int:
        """There is one, whatever its number of cores."""
        return 1

    def current_device(self) -> int:
        """The CPU's number."""
        return 0

    def set_device(self, device: Any) -> None:
        """There is nothing to choose."""

    def synchronize(self, device: Any = None) -> None:
        """Launches have ended when they return."""

    def current_stream(self, device: Any = None) -> Any:
        """The only stream."""
        return Stream()

    def default_stream(self, device: Any = None) -> Any:
        """The only stream."""
        return Stream()

    def device(self, device: Any) -> AbstractContextManager[None]:
        """A context in which the device is the CPU, as it is outside."""
        return nullcontext()

    def stream(self, stream: Any) -> AbstractContextManager[None]:
        """A context in which the stream is the only one, as it is outside."""
        return nullcontext()


def cache_bytes() -> int:
    """The size of the largest cache of the first core, or a generous guess where none is told."""
    texts = [file.read_text().strip() for file in _CACHES.glob("index*/size")]
    told = [re.fullmatch(r"(\d+)([KMG]?)", text) for text in texts]
    return max([2**25, *(int(size[1]) * _UNITS.get(size[2], 1) for size in told if size)])
