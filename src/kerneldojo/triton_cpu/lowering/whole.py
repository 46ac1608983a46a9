"""Operations on whole tensors: dot and histogram."""

from __future__ import annotations

from collections.abc import Callable

from kerneldojo.triton_cpu.lowering.dot import write_dot
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.histogram import write_histogram
from kerneldojo.triton_cpu.ttir.ir import Op

WHOLE_WRITERS: dict[str, Callable[[Frame, Op], None]] = {
    "tt.dot": write_dot,
    "tt.histogram": write_histogram,
}
