"""Compile a solution's kernels for a GPU that is not there.

`record_and_compile` runs the host code of a Triton solution with its launches replaced: each
launch compiles its kernel for the architecture asked for, with the types, alignments and
constants of the actual arguments, and then does nothing. Both functions run candidate code or
hand candidate text to a compiler, so they belong inside the player.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kerneldojo.errors import UsageError


@dataclass(frozen=True)
class KernelBuild:
    """One kernel, compiled for one architecture with one set of arguments."""

    name: str
    registers: int | None = None
    """Per thread; None if it did not compile."""
    spills: int | None = None
    """Bytes per thread that did not fit into registers (spill stores)."""
    shared_bytes: int | None = None
    """Shared memory per block, in bytes."""
    ptx_bytes: int | None = None
    """Length of the PTX text; None for CUDA C++, whose PTX is not kept."""
    error: str | None = None
    """Why it did not compile, None if it did."""
    configuration: str = ""
    """Constants and options, e.g. `BLOCK=1024, num_warps=4`."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> KernelBuild:
        """Read what `as_dict` gave.

        Raises:
            TypeError: if the fields are others.
        """
        return cls(**data)


def architecture_number(arch: str) -> int:
    """Return 90 for `sm_90`, `sm_90a`, `aot:sm_90` or `90`.

    Raises:
        UsageError: if `arch` is none of these.
    """
    match = re.fullmatch(r"(?:aot:)?(?:sm_?)?(\d{2,3})[a-z]?", arch)
    if match is None:
        raise UsageError(
            f"{arch!r} is not a GPU architecture; write sm_80 (A100), sm_90 (H100) or the like."
        )
    return int(match.group(1))


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
    import torch

    from kerneldojo.evaluation.aot_host import pretend_gpu
    from kerneldojo.evaluation.aot_triton import Recorder

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
    from triton import knobs

    folder = tempfile.mkdtemp(prefix="kerneldojo-aot-")
    with knobs.cache.scope(), knobs.compilation.scope(), knobs.nvidia.scope():
        knobs.cache.dir = folder
        knobs.compilation.always_compile = True
        knobs.nvidia.dump_ptxas_log = True
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
