"""What a verdict may depend on besides its question: the machine, and what is installed on it.

Found out without loading PyTorch, so that an answer from the cache costs no import.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
from pathlib import Path

import kerneldojo
from kerneldojo.records import content_digest

_PACKAGES = ("torch", "triton", "numpy", "llvmlite")
_COMPILERS = ("g++", "clang++", "nvcc")
_BYSTANDERS = (
    "__init__.py",
    "__main__.py",
    "benchmark/",
    "cli/",
    "config.py",
    "corpus/",
    "dialogue/",
    "evaluator.py",
    "integrations/",
    "lessons/",
    "linter/",
    "metrics/",
    "miniature/",
    "policies/",
    "problems/generator/",
    "problems/gold/",
    "problems/sources/",
    "problems/suite/",
    "reporting/",
    "rewards.py",
    "rl/",
    "store/",
    "strategies/",
    "training/",
    "viewer/",
)
"""Parts of this package that no verdict depends on; problems have digests of their own."""
_VARIABLES = ("CUDA_VISIBLE_DEVICES", "CXX", "OMP_NUM_THREADS")


def fingerprint() -> dict[str, str]:
    """Return the facts two verdicts must share for one to stand in for the other."""
    facts = {
        "kerneldojo": kerneldojo.__version__,
        "judge": _source_digest(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()} {platform.release()}",
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "gpus": _gpus(),
    }
    facts |= {name: _version(name) for name in _PACKAGES}
    facts |= {name: _program(name) for name in _COMPILERS}
    return facts | {name: os.environ.get(name, "") for name in _VARIABLES}


def environment_digest() -> str:
    """Return a content hash of `fingerprint`."""
    return content_digest(fingerprint())


@functools.cache
def _source_digest() -> str:
    """Hash our own source: a judge that has been changed is another judge, whatever its version."""
    digest = hashlib.blake2b(digest_size=16)
    root = Path(kerneldojo.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(_BYSTANDERS):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


@functools.cache
def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor()
    return platform.processor()


@functools.cache
def _gpus() -> str:
    """Return names and driver of the GPUs, asked of the driver's own tool."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "none"
    query = [tool, "--query-gpu=index,name,driver_version", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "none"


@functools.cache
def _program(name: str) -> str:
    """Return where a compiler really is, with size and date: cheaper than asking its version."""
    found = shutil.which(name)
    if found is None:
        return "none"
    real = Path(found).resolve()
    facts = real.stat()
    return f"{real} {facts.st_size} {int(facts.st_mtime)}"
