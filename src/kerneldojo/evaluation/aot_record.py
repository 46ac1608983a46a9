"""Compile a Triton solution's kernels for a GPU that is not there.

The host code runs with its launches replaced: each launch compiles its kernel for the
architecture asked for, with the types, alignments and constants of the actual arguments, and
then does nothing. This runs candidate code, so it belongs inside the player. Everything is
imported at the top, because a player can import nothing of ours once it has been confined.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from triton import knobs

from kerneldojo.evaluation.aot import KernelBuild, architecture_number
from kerneldojo.evaluation.aot_host import pretend_gpu
from kerneldojo.evaluation.aot_triton import Recorder


def record_and_compile(model: Any, inputs: Sequence[Any], arch: str) -> list[KernelBuild]:
    """Run `model(*inputs)` on the CPU and compile every Triton kernel it launches for `arch`.

    Args:
        model: the solution's module; its outputs are garbage, as nothing is computed.
        inputs: positional arguments of forward, CPU tensors standing for CUDA ones.
        arch: e.g. `sm_90`.

    Returns:
        One build per kernel and configuration, in launch order. Of autotuned kernels the first
        configurations are built; those that do not fit are left out if others do.

    Raises:
        UsageError: `arch` is no architecture.
        Exception: whatever the host code raises before its first launch. Later errors are
            swallowed, being likely a consequence of uncomputed values.
    """
    number = architecture_number(arch)
    with pretend_gpu(number) as driver, _private_cache():
        recorder = Recorder(number)
        driver.benchmark = recorder.benchmark
        with recorder.recording():
            try:
                with torch.no_grad():
                    model(*inputs)
            except Exception:
                if not recorder.launched:
                    raise
        return recorder.builds()


@contextlib.contextmanager
def _private_cache() -> Iterator[None]:
    """Keep Triton's files in a folder of our own, so that nothing comes from earlier builds."""
    folder = tempfile.mkdtemp(prefix="kerneldojo-aot-")
    with knobs.cache.scope(), knobs.compilation.scope(), knobs.nvidia.scope():
        knobs.cache.dir = folder
        knobs.compilation.always_compile = True
        knobs.nvidia.dump_ptxas_log = True
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
