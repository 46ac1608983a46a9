"""How a solution is dressed: names, block sizes, warps, words before the code. None changes it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_BLOCK = re.compile(r"\bBLOCK\b")
_ELEMENTS = re.compile(r"(?<=cdiv\(count, )1024(?=\))|(?<=BLOCK=)1024(?=\))|(?<=count // )1024\b")
_ROW_LAUNCH = re.compile(r"(?<=BLOCK=triton\.next_power_of_2\(cols\))(?=\))")
_KERNEL = re.compile(r"\bfused_kernel\b")

_KERNELS = ("fused_kernel", "kernel", "row_kernel", "forward_kernel", "model_kernel")
_BLOCKS = ("BLOCK", "BLOCK_SIZE")
_SIZES = (256, 512, 1024, 2048, 4096)
_WARPS = (None, 4, 8)
_WORDS = (
    "",
    "Here is the module with a Triton kernel.",
    "This version does the work in Triton.",
    "Below is `ModelNew`.",
    "The kernel masks what lies beyond the end.",
)


@dataclass(frozen=True)
class Style:
    """What a solution looks like."""

    kernel: str = "fused_kernel"
    """Name of a kernel that has no name of its own."""
    block: str = "BLOCK"
    """Name of the block's size."""
    elements: int = 1024
    """Elements of a program, where it does not hold a row."""
    warps: int | None = None
    """Warps of a program that holds a row; None leaves it to Triton."""
    words: str = ""
    """What is said before the code."""

    def dress(self, source: str) -> str:
        """Return a rendered solution in this style."""
        if self.warps is not None:
            source = _ROW_LAUNCH.sub(f", num_warps={self.warps}", source)
        source = _ELEMENTS.sub(str(self.elements), source)
        source = _KERNEL.sub(self.kernel, source)
        return _BLOCK.sub(self.block, source)


PLAIN = Style()
"""The style of the renderers."""


def draw_style(chance: random.Random) -> Style:
    """Return a style at random."""
    return Style(
        kernel=chance.choice(_KERNELS),
        block=chance.choice(_BLOCKS),
        elements=chance.choice(_SIZES),
        warps=chance.choice(_WARPS),
        words=chance.choice(_WORDS),
    )
