"""Says where a verdict was reached."""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path

import torch

import kerneldojo
from kerneldojo.evaluation.referee.loading import threads
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.records import Environment
from kerneldojo.settings import EvaluationSettings


def describe(target: str, level: IsolationLevel, settings: EvaluationSettings) -> Environment:
    """Return the environment record of an evaluation on this machine."""
    details = {"cores": str(len(os.sched_getaffinity(0))), "kernel": platform.release()}
    if target.startswith("cuda"):
        details |= _cuda_details(target)
    return Environment(
        target=target,
        device=_device_name(target),
        isolation=level.value,
        python=platform.python_version(),
        torch=torch.__version__,
        triton=_triton_version(),
        kerneldojo=kerneldojo.__version__,
        platform=f"{platform.system()} {platform.machine()}",
        threads=threads(settings),
        details=details,
    )


def _device_name(target: str) -> str:
    if target.startswith("cuda"):
        return torch.cuda.get_device_name(int(target.partition(":")[2] or 0))
    return _cpu_name()


@functools.cache
def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor() or platform.machine()
    return platform.processor() or platform.machine()


@functools.cache
def _triton_version() -> str | None:
    try:
        import triton
    except ImportError:
        return None
    return str(triton.__version__)


def _cuda_details(target: str) -> dict[str, str]:
    index = int(target.partition(":")[2] or 0)
    properties = torch.cuda.get_device_properties(index)
    details = {
        "cuda": str(torch.version.cuda),
        "capability": f"sm_{properties.major}{properties.minor}",
        "memory_mb": str(properties.total_memory >> 20),
    }
    for name, read in (
        ("clock_mhz", torch.cuda.clock_rate),
        ("temperature_c", torch.cuda.temperature),
    ):
        try:
            details[name] = str(read(index))
        except (RuntimeError, ModuleNotFoundError):
            details[name] = "unknown (pynvml is not installed)"
    return details
