"""Compile the CUDA C++ inside a solution to machine code for a GPU that is not there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from kerneldojo.errors import DeviceUnavailable
from kerneldojo.evaluation.aot import KernelBuild, architecture_number
from kerneldojo.evaluation.static_check.native import native_texts
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import Solution

_ENTRY = re.compile(r"Compiling entry function '([^']+)'")
_SPILLS = re.compile(r"(\d+) bytes spill stores")
_USED = re.compile(r"Used (\d+) registers")
_SHARED = re.compile(r"(\d+) bytes smem")
_NEEDS_TORCH = re.compile(r"\b(?:torch|at|c10|pybind11)\s*::|\b(?:AT_DISPATCH|TORCH_CHECK)")
_BINDS = re.compile(r"\b(?:pybind11|py)\s*::|\bPYBIND11_MODULE\b|\bPyObject\b")
_TORCH_HEADER = re.compile(r'#\s*include\s*[<"](?:torch|ATen|c10)/')
_MOST_LINES = 40


class NvccMissing(DeviceUnavailable):
    """CUDA C++ cannot be compiled ahead of time, because nvcc is not installed."""


def cuda_sources(solution: Solution) -> tuple[str, ...]:
    """Return the CUDA texts of a solution that are constants, each with a `__global__`.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the solution does not parse.
    """
    texts = native_texts(SourceView(solution))
    return tuple(one.text for one in texts if re.search(r"\b__global__\b", one.code))


def find_nvcc() -> str:
    """Return nvcc's path.

    Raises:
        NvccMissing: saying what to do.
    """
    path = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")
    if path is None:
        raise NvccMissing(
            "CUDA C++ can only be compiled ahead of time with nvcc, and there is none on PATH. "
            "Install the CUDA toolkit (no GPU is needed), or write the kernel in Triton, which "
            "brings its own compiler."
        )
    return path


def compile_cuda(source: str, arch: str, timeout_s: float = 300.0) -> list[KernelBuild]:
    """Compile one CUDA text for `arch` and return its kernels.

    A text that does not compile gives one build, named `<source>`, with the compiler's message.

    Raises:
        NvccMissing: there is no nvcc.
        UsageError: `arch` is no architecture.
        subprocess.TimeoutExpired: the compiler took longer than `timeout_s`.
    """
    nvcc = find_nvcc()
    number = architecture_number(arch)
    with tempfile.TemporaryDirectory(prefix="kerneldojo-aot-") as folder:
        text, includes = _complete(source)
        Path(folder, "kernel.cu").write_text(text, encoding="utf-8")
        command = [
            nvcc, "-cubin", f"-arch=sm_{number}", "-std=c++20", "-O3", "--expt-relaxed-constexpr",
            "--expt-extended-lambda", "-Xptxas", "-v", *includes, "kernel.cu", "-o", "kernel.cubin",
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace",
            timeout=timeout_s, check=False,
        )  # fmt: skip
    output = done.stderr + done.stdout
    if done.returncode != 0:
        return [KernelBuild("<source>", error=_relevant(output, done.returncode))]
    return _parse(output)


def _complete(source: str) -> tuple[str, list[str]]:
    """Return the text as `load_inline` would complete it, and where its headers are.

    PyTorch's headers cost many seconds, so they are given only to texts that use them.
    """
    head = "#include <cuda.h>\n#include <cuda_runtime.h>\n#include <cstdint>\n"
    if not _BINDS.search(source):
        # the full header costs twice as much as the types, and only bindings need it
        source = source.replace("<torch/extension.h>", "<torch/types.h>")
    if not _NEEDS_TORCH.search(source) and not _TORCH_HEADER.search(source):
        return head + "#line 1\n" + source, []
    from torch.utils.cpp_extension import include_paths

    paths = [*include_paths(), sysconfig.get_paths()["include"]]
    includes = [f"-I{path}" for path in paths]
    return "#include <torch/types.h>\n" + head + "#line 1\n" + source, includes


def _parse(output: str) -> list[KernelBuild]:
    builds = []
    for block in re.split(r"(?=Compiling entry function)", output)[1:]:
        entry, used = _ENTRY.search(block), _USED.search(block)
        if entry is None or used is None:
            continue
        spills, shared = _SPILLS.search(block), _SHARED.search(block)
        builds.append(
            KernelBuild(
                name=_readable(entry.group(1)),
                registers=int(used.group(1)),
                spills=int(spills.group(1)) if spills else 0,
                shared_bytes=int(shared.group(1)) if shared else 0,
            )
        )
    return builds


def _readable(mangled: str) -> str:
    tool = shutil.which("cu++filt") or shutil.which("c++filt")
    if tool is None:
        return mangled
    done = subprocess.run([tool, mangled], capture_output=True, text=True, check=False)
    name = done.stdout.strip() or mangled
    return name.split("(")[0].removeprefix("void ")


def _relevant(output: str, code: int) -> str:
    lines = [line for line in output.splitlines() if not line.startswith("ptxas info")]
    errors = [index for index, line in enumerate(lines) if "error" in line.lower()]
    if errors:
        lines = lines[errors[0] :]
    cut = [*lines[:_MOST_LINES], "..."] if len(lines) > _MOST_LINES else lines
    return "\n".join(cut) or f"nvcc ended with exit code {code} and said nothing"
