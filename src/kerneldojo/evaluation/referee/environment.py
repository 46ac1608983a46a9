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
from kerneldojo.records import Environment, Language
from kerneldojo.settings import EvaluationSettings
from kerneldojo.triton_cpu import host
from kerneldojo.triton_cpu.toolchain import version as llvm_version

_LONGEST_REASON = 300
_OF_ANY_TARGET = ("cores", "kernel", "honesty")


def describe(
    target: str, level: IsolationLevel, settings: EvaluationSettings, language: Language
) -> Environment:
    """Return the environment record of an evaluation on this machine."""
    details = {"cores": str(len(os.sched_getaffinity(0))), "kernel": platform.release()}
    if settings.honesty == "observe":
        details["honesty"] = "observed only: fatal findings are told as warnings"
    if target.startswith("cuda"):
        details |= _cuda_details(target)
    if target == "cpu" and language is Language.TRITON:
        details |= {"llvm": llvm_version(), "vector_bits": str(host.detect().vector_bits)}
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


def interpreted(where: Environment, reason: str) -> Environment:
    """Return the record of judging in Triton's interpreter because the CPU could not be had.

    The reason is what a player said, and shown to people: one line, and a short one.
    """
    shown = " ".join(reason.split())[:_LONGEST_REASON]
    details = {key: text for key, text in where.details.items() if key in _OF_ANY_TARGET}
    details["fallback"] = shown
    return where.model_copy(update={"target": "interpreter", "details": details})


def disturbed(where: Environment) -> Environment:
    """Return the record of measuring while another evaluation used the device."""
    note = "another evaluation used the device during the measurement and did not pause"
    return where.model_copy(update={"details": {**where.details, "disturbed": note}})


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
