"""What a generator draws from: weights, depths, sizes and types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.problems.generator.layout import Layout
from kerneldojo.problems.generator.program import OPERATORS, Precision

VERSION = 1
"""Goes into every draw. It rises when the problem behind a name would change."""

LAYOUTS = tuple(
    Layout(leading, columns, inner)
    for leading, columns, inner in (
        ((2048,), 128, 256),
        ((1024,), 256, 192),
        ((512,), 512, 256),
        ((256,), 1024, 160),
        ((128,), 2048, 128),
        ((64,), 4096, 96),
        ((1200,), 96, 320),
        ((700,), 384, 200),
        ((300,), 1000, 144),
        ((160,), 1536, 256),
        ((8, 128), 256, 256),
        ((16, 64), 192, 384),
        ((4, 96), 640, 192),
        ((8, 32), 1024, 128),
        ((2, 100), 768, 256),
        ((12, 10), 3000, 64),
    )
)
"""Sizes for a CPU: the main tensor has 2^16 to 2^19 elements."""

SMALL_LAYOUTS = tuple(
    Layout(leading, columns, inner)
    for leading, columns, inner in (
        ((128,), 32, 32),
        ((64,), 64, 48),
        ((40,), 100, 64),
        ((32,), 128, 32),
        ((16,), 256, 64),
        ((12,), 333, 40),
        ((4, 16), 64, 32),
        ((2, 20), 96, 48),
    )
)
"""Sizes at which a call takes microseconds: 2^12 elements."""


PRECISIONS: Mapping[Precision, int] = {
    "float32": 6,
    "mixed-bfloat16": 1,
    "mixed-float16": 1,
    "bfloat16": 1,
    "float16": 1,
}
DEPTHS: Mapping[int, float] = {1: 4, 2: 10, 3: 16, 4: 18, 5: 16, 6: 14, 7: 12, 8: 10}
HEADS: Mapping[str, float] = {"plain": 62, "gate": 10, "linear": 16, "matmul": 8, "turned": 4}
STEPS: Mapping[str, float] = {
    "unary": 36,
    "scalar": 8,
    "column": 14,
    "tensor": 9,
    "row": 5,
    "residual": 7,
    "norm": 16,
    "mask": 5,
}
TAILS: Mapping[str, float] = {"none": 66, "reduce": 24, "transpose": 5, "concat": 5}
WORKLOADS = ("base", "odd", "small", "gpu")


@dataclass(frozen=True)
class Grammar:
    """Everything that decides what a generator can draw; all weights are relative.

    Raises:
        UsageError: if a weight names what does not exist, or nothing can be drawn.
    """

    name: str = "standard"
    layouts: tuple[Layout, ...] = LAYOUTS
    precisions: Mapping[Precision, int] = field(default_factory=lambda: PRECISIONS)
    """How many of every few problems have which types."""
    depths: Mapping[int, float] = field(default_factory=lambda: DEPTHS)
    """Weights of the number of operators, 1 to 8."""
    heads: Mapping[str, float] = field(default_factory=lambda: HEADS)
    """What a program begins with."""
    steps: Mapping[str, float] = field(default_factory=lambda: STEPS)
    """What it goes on with."""
    tails: Mapping[str, float] = field(default_factory=lambda: TAILS)
    """What it ends with."""
    operators: Mapping[str, float] = field(default_factory=dict)
    """Weights of single operators within their kind, where they differ from 1; 0 leaves one out."""
    most_norms: int = 3
    """Most normalisations in one program."""
    plain: bool = False
    """Write every operator in its first spelling, one on a line."""
    workloads: tuple[str, ...] = WORKLOADS
    """Sizes each problem is given, of base, odd, small and gpu; base comes first."""

    def __post_init__(self) -> None:
        self._check("precisions", self.precisions, PRECISIONS)
        self._check("depths", self.depths, DEPTHS)
        self._check("heads", self.heads, HEADS)
        self._check("steps", self.steps, STEPS)
        self._check("tails", self.tails, TAILS)
        self._check("workloads", dict.fromkeys(self.workloads, 1.0), WORKLOADS)
        if self.operators:
            self._check("operators", self.operators, OPERATORS)
        if self.workloads[0] != "base":
            raise UsageError(f"{self.name}: the first workload must be 'base'")
        if not self.layouts:
            raise UsageError(f"{self.name}: a grammar needs at least one layout")

    def _check(self, key: str, weights: Mapping[Any, float], known: Collection[Any]) -> None:
        for name, weight in weights.items():
            if name not in known:
                hint = did_you_mean(str(name), list(map(str, known)))
                raise UsageError(f"{self.name}: {key}: nothing is called {name!r}.{hint}")
            if not weight >= 0:
                raise UsageError(
                    f"{self.name}: {key}: the weight of {name!r} is {weight}; it must be 0 or more"
                )
        if key != "operators" and not any(weights.values()):
            raise UsageError(f"{self.name}: {key}: at least one weight must be above 0")


STANDARD = Grammar()
"""The grammar of `generated/train` and `generated/test`."""

TINY = Grammar(
    name="tiny",
    layouts=SMALL_LAYOUTS,
    precisions={"float32": 1},
    depths={1: 1, 2: 4, 3: 4},
    heads={"plain": 9, "gate": 1},
    most_norms=1,
    workloads=("base", "small", "gpu"),
)
"""The grammar of `generated/tiny-train` and `generated/tiny-test`: small, easy."""

_MINI_OPERATORS = frozenset(
    "relu gelu silu sigmoid tanh hardswish softplus square abs gaussian add mul maximum "
    "softmax layer_norm rms_norm sum mean amax".split()
)

MINI = Grammar(
    name="mini",
    layouts=(Layout((512,), 512),),
    precisions={"float32": 1},
    depths={3: 2, 4: 3},
    heads={"plain": 1},
    steps={"unary": 6, "column": 2, "tensor": 1, "norm": 2},
    tails={"none": 4, "reduce": 1},
    operators={
        name: 0
        for name, operator in OPERATORS.items()
        if operator.kind in ("unary", "binary", "row", "reduce") and name not in _MINI_OPERATORS
    },
    most_norms=1,
    plain=True,
    workloads=("base", "small"),
)
"""The grammar of `generated/mini-train` and `generated/mini-test`: few operators, one size at which
fusion pays on a single core, for a policy of a million parameters."""
