"""Rules about time: patched clocks, work that goes on elsewhere, slowed machines."""

from __future__ import annotations

from collections.abc import Iterator

from kerneldojo.evaluation.static_check.rules import Hit, fatal, under, warning
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind

CLOCKS = (
    "time", "datetime", "timeit", "torch.cuda.Event", "torch.Event", "torch.cuda.synchronize",
    "torch.cuda.current_stream", "torch.cuda.default_stream", "torch.cuda.streams",
    "torch.utils.benchmark", "triton.testing", "torch.profiler", "torch.autograd.profiler",
    "torch.cpu.synchronize", "torch.accelerator.synchronize",
)  # fmt: skip
"""What is patched here is a clock; module-patch leaves these to clock-patched."""

_THREADS = (
    "threading.Thread", "threading.Timer", "threading.start_new_thread", "threading.start_new",
    "concurrent.futures", "asyncio", "multiprocessing.pool.ThreadPool",
    "multiprocessing.dummy", "torch.jit.fork", "torch.futures", "queue", "sched",
)  # fmt: skip
_STREAMS = (
    "torch.cuda.Stream", "torch.cuda.ExternalStream", "torch.cuda.stream",
    "torch.cuda.StreamContext", "torch.Stream", "torch.cuda.set_stream",
    "torch.cuda.graph", "torch.cuda.CUDAGraph", "torch.cuda.make_graphed_callables",
)  # fmt: skip
_SCHEDULING = (
    "os.sched_setaffinity", "os.sched_setscheduler", "os.sched_setparam", "os.nice",
    "os.setpriority", "sys.setswitchinterval", "torch.set_num_threads",
    "torch.set_num_interop_threads", "psutil.Process", "gc.freeze",
)  # fmt: skip


@fatal(
    "clock-patched",
    FindingKind.CLOCK_TAMPERING,
    "Replaces a function by which time is measured.",
)
def clock_patched(view: SourceView) -> Iterator[Hit]:
    """Assignments to `time.*`, CUDA events, synchronisation and benchmark helpers."""
    for write in view.stores:
        if under(write.path, *CLOCKS) and write.path not in ("time", "datetime"):
            yield Hit(write.line, write.path)


def _uses(view: SourceView, *paths: str) -> Iterator[Hit]:
    for use in view.references:
        if under(use.path, *paths):
            yield Hit(use.line, use.path)


@warning("thread-started", "Starts threads of its own.")
def thread_started(view: SourceView) -> Iterator[Hit]:
    """Work in a thread can outlast the call it belongs to; locks and OpenMP are fine."""
    yield from _uses(view, *_THREADS)


@warning("stream-used", "Uses streams or graphs of its own.")
def stream_used(view: SourceView) -> Iterator[Hit]:
    """Work on another stream can escape a careless clock."""
    yield from _uses(view, *_STREAMS)


@warning("sleeps", "Waits on purpose.")
def sleeps(view: SourceView) -> Iterator[Hit]:
    """A kernel has nothing to wait for."""
    yield from _uses(view, "time.sleep", "torch.cuda._sleep", "signal.pause", "select.select")


@warning("scheduling-changed", "Changes threads, priorities or processor affinity.")
def scheduling_changed(view: SourceView) -> Iterator[Hit]:
    """Settings that would also slow down what runs beside it."""
    yield from _uses(view, *_SCHEDULING)
