"""What this machine offers to an evaluation, what is missing, and what to do about it."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from pydantic import computed_field

from kerneldojo.cpp import CompileError, asan_runtime, find_compiler, load
from kerneldojo.evaluation.languages.triton import compiles_for_the_cpu
from kerneldojo.evaluation.sandbox import IsolationLevel
from kerneldojo.evaluation.sandbox_probe import probe_sandbox
from kerneldojo.records.base import Record
from kerneldojo.triton_cpu import host, toolchain
from kerneldojo.triton_cpu.toolchain import LLVMLITE

_PROBE = (
    'extern "C" void probe(const double* x, double* y) {\n'
    "#pragma omp parallel for\n"
    "  for (int i = 0; i < 4; ++i) y[i] = 2 * x[i];\n}\n"
)
_ALL = 'pip install "kerneldojo[torch]", or make setup in a clone'
_NOISE_BYTES = 16 << 20
_NOISE_REPEATS = 40
_NOISY = 0.10
_STRONGER = {
    IsolationLevel.LIMITS: "confinement needs Landlock (Linux 5.13 or newer) and seccomp on x86-64 "
    "or aarch64; do not judge strangers' code here",
    IsolationLevel.CONFINED: "unprivileged user namespaces are off; where the distribution allows "
    "it: sysctl kernel.unprivileged_userns_clone=1 "
    "kernel.apparmor_restrict_unprivileged_userns=0",
}


class CheckState(StrEnum):
    """How one check came out."""

    OK = "ok"
    LIMITED = "limited"
    """Something is weaker or absent; what depends on it does not work here."""
    MISSING = "missing"
    """Nothing can be judged without it."""


class Check(Record):
    """One thing that was looked at."""

    name: str
    state: CheckState
    found: str
    advice: str = ""
    """What to do; empty if nothing needs doing."""
    figures: dict[str, float] = {}


class Diagnosis(Record):
    """The outcome of every check."""

    format: str = "kerneldojo.diagnosis/1"
    checks: tuple[Check, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ready(self) -> bool:
        """Whether solutions can be judged on this machine at all."""
        return all(check.state is not CheckState.MISSING for check in self.checks)


def diagnose() -> Diagnosis:
    """Look at this machine; takes a few seconds and changes nothing.

    A check that itself fails is reported as limited, with the error, and stops no other.
    """
    return Diagnosis(checks=tuple(_guarded(name, check) for name, check in _CHECKS))


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:
        return Check(
            name=name,
            state=CheckState.LIMITED,
            found=f"the check failed: {type(error).__name__}: {error}",
            advice="please report this",
        )


def _python() -> Check:
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info[:2] == (3, 11):
        return Check(name="Python", state=CheckState.OK, found=found)
    return Check(
        name="Python",
        state=CheckState.LIMITED,
        found=found,
        advice="3.11 is the tested version; make PYTHON=python3.11 uses it",
    )


def _import(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _torch() -> Check:
    torch = _import("torch")
    if torch is None:
        return Check(
            name="PyTorch",
            state=CheckState.MISSING,
            found="not installed",
            advice=_ALL,
        )
    threads = torch.get_num_threads()
    return Check(
        name="PyTorch",
        state=CheckState.OK,
        found=f"{torch.__version__}, {threads} threads",
        figures={"threads": threads},
    )


def _triton() -> Check:
    triton = _import("triton")
    if triton is None:
        return Check(
            name="Triton",
            state=CheckState.LIMITED,
            found="not installed",
            advice="Triton solutions cannot be judged; pip install triton==3.9.0",
        )
    return Check(name="Triton", state=CheckState.OK, found=triton.__version__)


def _triton_cpu() -> Check:
    """Compile and run one kernel, and say for what and with what."""
    name, interpreted = "Triton on the CPU", "Triton solutions are interpreted, not timed; "
    if _import("triton") is None or _import("torch") is None:
        missing = "needs PyTorch and Triton"
        return Check(name=name, state=CheckState.LIMITED, found=missing, advice=interpreted + _ALL)
    if _import("llvmlite") is None:
        found = f"llvmlite {LLVMLITE} is not installed"
        return Check(name=name, state=CheckState.LIMITED, found=found, advice=interpreted + _ALL)
    if not compiles_for_the_cpu():
        found = "Triton does not see the back end, as this installation is older than it"
        return Check(name=name, state=CheckState.LIMITED, found=found, advice=interpreted + _ALL)
    from kerneldojo.evaluation.player import native_triton

    seconds = native_triton.try_out()
    threads = native_triton.thread_library()
    machine = host.detect()
    alone = "" if threads else "kernels run on one thread; install libgomp1"
    return Check(
        name=name,
        state=CheckState.LIMITED if alone else CheckState.OK,
        found=f"{toolchain.version()} for {machine.cpu}, {machine.vector_bits}-bit vectors; "
        f"a small kernel builds in {seconds:.2f} s; threads of {threads or 'no library'}",
        advice=alone,
        figures={"build_s": seconds, "vector_bits": machine.vector_bits},
    )


def _compiler() -> Check:
    try:
        command = find_compiler()
        started = time.perf_counter()
        load(_PROBE)
        seconds = time.perf_counter() - started
    except CompileError as error:
        return Check(
            name="C++ compiler",
            state=CheckState.LIMITED,
            found=str(error).splitlines()[0],
            advice="C++ solutions cannot be judged; apt install g++ (with OpenMP), or set CXX",
        )
    version = _first_line([*command, "--version"])
    sanitizer = asan_runtime()
    return Check(
        name="C++ compiler",
        state=CheckState.OK if sanitizer else CheckState.LIMITED,
        found=f"{version}; a small kernel builds in {seconds:.2f} s; AddressSanitizer "
        + ("present" if sanitizer else "absent"),
        advice="" if sanitizer else "out-of-bounds reads go unseen; install libasan",
        figures={"build_s": seconds},
    )


def _gpu() -> Check:
    torch = _import("torch")
    if torch is None or not torch.cuda.is_available():
        driver = "a driver is there but PyTorch cannot use it" if _has_driver() else "none"
        return Check(
            name="GPU",
            state=CheckState.LIMITED,
            found=driver,
            advice="the cuda target is off; cpu, interpreter and aot:sm_… work",
        )
    names = {torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())}
    driver = _first_line(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"])
    nvcc = shutil.which("nvcc")
    return Check(
        name="GPU",
        state=CheckState.OK if nvcc else CheckState.LIMITED,
        found=f"{torch.cuda.device_count()} × {', '.join(sorted(names))}; driver {driver}; "
        f"CUDA {torch.version.cuda}; nvcc {'present' if nvcc else 'absent'}",
        advice="" if nvcc else "CUDA C++ solutions need nvcc; install the CUDA toolkit",
    )


def _has_driver() -> bool:
    return shutil.which("nvidia-smi") is not None


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0].strip()


def _isolation() -> Check:
    report = probe_sandbox()
    level = IsolationLevel(report.level)
    breaches = [attempt.name for attempt in report.attempts if not attempt.contained]
    contained = len(report.attempts) - len(breaches)
    advice = _STRONGER.get(level, "")
    if breaches:
        advice = f"a player here can {', '.join(breaches)}. {advice}".strip()
    return Check(
        name="Isolation",
        state=CheckState.LIMITED if advice else CheckState.OK,
        found=f"{level}; live self-test: {contained} of {len(report.attempts)} ways out are closed",
        advice=advice,
        figures={"ways_out": len(report.attempts), "contained": contained},
    )


def _cores() -> Check:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load_1 = os.getloadavg()[0]
    busy = load_1 > (usable or 1) * 0.5
    return Check(
        name="Cores",
        state=CheckState.LIMITED if busy else CheckState.OK,
        found=f"{usable} usable, load {load_1:.2f}",
        advice="other work is running; times will be wider" if busy else "",
        figures={"usable": usable or 1, "load_1min": load_1},
    )


def _noise() -> Check:
    """Time equal copies; half the spread of the middle 90 % over the median is the noise."""
    source, target = bytearray(_NOISE_BYTES), bytearray(_NOISE_BYTES)
    times = []
    for _ in range(_NOISE_REPEATS):
        started = time.perf_counter()
        target[:] = source
        times.append(time.perf_counter() - started)
    steps = statistics.quantiles(times[_NOISE_REPEATS // 8 :], n=20)
    median = statistics.median(times)
    noise = (steps[-1] - steps[0]) / 2 / median
    return Check(
        name="Timing noise",
        state=CheckState.LIMITED if noise > _NOISY else CheckState.OK,
        found=f"±{noise:.1%} over copies of {_NOISE_BYTES >> 20} MiB ({median * 1e3:.2f} ms each)",
        advice="close other programs or fix the clock rate; intervals show what is left"
        if noise > _NOISY
        else "",
        figures={"relative": noise, "median_ms": median * 1e3},
    )


def _scratch() -> Check:
    free = {name: shutil.disk_usage(name).free >> 20 for name in ("/tmp", "/dev/shm")}
    scarce = [name for name, mebibytes in free.items() if mebibytes < 1024]
    return Check(
        name="Scratch",
        state=CheckState.LIMITED if scarce else CheckState.OK,
        found=", ".join(f"{name} {mebibytes:,} MiB free" for name, mebibytes in free.items()),
        advice=f"less than 1 GiB is free in {', '.join(scarce)}" if scarce else "",
    )


_CHECKS: tuple[tuple[str, Callable[[], Check]], ...] = (
    ("Python", _python),
    ("PyTorch", _torch),
    ("Triton", _triton),
    ("Triton on the CPU", _triton_cpu),
    ("C++ compiler", _compiler),
    ("GPU", _gpu),
    ("Isolation", _isolation),
    ("Cores", _cores),
    ("Timing noise", _noise),
    ("Scratch", _scratch),
)
