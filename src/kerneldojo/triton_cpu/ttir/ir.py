"""Triton IR in memory: types, values, operations, blocks, functions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """A scalar (`shape` is None) or a tensor of `element`; pointers know what they point to."""

    element: str
    shape: tuple[int, ...] | None = None
    pointee: str = ""

    @property
    def is_tensor(self) -> bool:
        """Whether this is a tensor."""
        return self.shape is not None

    @property
    def numel(self) -> int:
        """The number of elements; 1 for a scalar."""
        return math.prod(self.shape or ())

    @property
    def is_float(self) -> bool:
        """Whether the elements are floating-point numbers."""
        return self.element[0] == "f" or self.element == "bf16"

    def with_shape(self, shape: tuple[int, ...] | None) -> Type:
        """The same elements in another shape."""
        return Type(self.element, shape, self.pointee)

    def __str__(self) -> str:
        element = f"ptr<{self.pointee}>" if self.element == "ptr" else self.element
        if self.shape is None:
            return element
        return f"tensor<{'x'.join(map(str, (*self.shape, element)))}>"


@dataclass(slots=True, eq=False)
class Value:
    """One result of an operation, or an argument of a block (then `op` is None)."""

    name: str
    type: Type
    op: Op | None = None
    block: Block | None = None
    index: int = 0
    users: list[Op] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.name}: {self.type}"


@dataclass(slots=True, eq=False)
class Op:
    """One operation: `tt.load`, `arith.addf`, `scf.for`, ….

    `attributes` holds what was printed in braces and between the operands, as text;
    `position` numbers the operations of a function in program order.
    """

    name: str
    operands: list[Value]
    results: list[Value]
    attributes: dict[str, str]
    regions: list[list[Block]]
    location: str
    block: Block
    position: int = 0
    successors: list[tuple[str, list[Value]]] = field(default_factory=list)

    @property
    def result(self) -> Value:
        """The only result."""
        (value,) = self.results
        return value

    def __repr__(self) -> str:
        return f"{self.name} {self.operands} -> {self.results}"


@dataclass(slots=True, eq=False)
class Block:
    """A list of operations that ends in a terminator."""

    label: str
    arguments: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    parent: Op | None = None

    @property
    def terminator(self) -> Op:
        """The last operation."""
        return self.ops[-1]


@dataclass(slots=True, eq=False)
class Function:
    """A `tt.func`; `hints` holds each argument's attributes (tt.divisibility, …)."""

    name: str
    blocks: list[Block]
    hints: list[dict[str, str]]
    results: list[Type]
    public: bool

    @property
    def arguments(self) -> list[Value]:
        """The function's parameters."""
        return self.blocks[0].arguments


def walk(blocks: list[Block]) -> Iterator[Op]:
    """Every operation in program order, those of nested regions after their parent."""
    for block in blocks:
        for op in block.ops:
            yield op
            for region in op.regions:
                yield from walk(region)
