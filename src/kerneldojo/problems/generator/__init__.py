"""Problems without end: fused operators drawn from a grammar, deduplicated, of known difficulty."""

from kerneldojo.problems.generator.fusion import Fusion, difficulty, fusion
from kerneldojo.problems.generator.grammar import MINI, STANDARD, TINY, VERSION, Grammar
from kerneldojo.problems.generator.layout import Layout
from kerneldojo.problems.generator.named import Programs, program_named, programs_of
from kerneldojo.problems.generator.program import Program, Recipe, Source, Step
from kerneldojo.problems.generator.splits import (
    HELD_OUT,
    Generator,
    generate,
    generate_many,
    generate_program,
    part_of,
    population,
    splits,
)
from kerneldojo.problems.generator.triton_source import render_fused_triton, render_lazy_triton

__all__ = [
    "HELD_OUT",
    "MINI",
    "STANDARD",
    "TINY",
    "VERSION",
    "Fusion",
    "Generator",
    "Grammar",
    "Layout",
    "Program",
    "Programs",
    "Recipe",
    "Source",
    "Step",
    "difficulty",
    "fusion",
    "generate",
    "generate_many",
    "generate_program",
    "part_of",
    "population",
    "program_named",
    "programs_of",
    "render_fused_triton",
    "render_lazy_triton",
    "splits",
]
