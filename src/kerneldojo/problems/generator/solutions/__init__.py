"""Solutions of generated problems in graded quality: what there is to learn, and what happens."""

from kerneldojo.problems.generator.solutions.hacks import HACKS, render_hack
from kerneldojo.problems.generator.solutions.mistakes import MISTAKES, render_wrong_triton
from kerneldojo.problems.generator.solutions.partly_fused import cuts, render_partly_fused_triton
from kerneldojo.problems.generator.solutions.quality import (
    Quality,
    Rendering,
    is_solvable,
    render_solution,
)
from kerneldojo.problems.generator.solutions.style import PLAIN, Style, draw_style

__all__ = [
    "HACKS",
    "MISTAKES",
    "PLAIN",
    "Quality",
    "Rendering",
    "Style",
    "cuts",
    "draw_style",
    "is_solvable",
    "render_hack",
    "render_partly_fused_triton",
    "render_solution",
    "render_wrong_triton",
]
