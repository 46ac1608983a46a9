"""What comes of compiling a kernel for a GPU that is not there."""

from __future__ import annotations

import re
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
