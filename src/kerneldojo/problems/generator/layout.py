"""Sizes: the constants at the top of a generated file, and their values in other workloads."""

from __future__ import annotations

import math
from dataclasses import dataclass

_GPU_ELEMENTS = 2**24


@dataclass(frozen=True)
class Layout:
    """Sizes of the main tensor of a program, and of the inner dimension of its matrix product."""

    leading: tuple[int, ...]
    columns: int
    inner: int = 128

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the leading dimensions, then of the columns."""
        return (*("BATCH", "ROWS")[-len(self.leading) :], "COLS")

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return math.prod(self.leading)

    @property
    def elements(self) -> int:
        """How many elements the main tensor has."""
        return self.rows * self.columns

    def constants(self, *, inner: bool) -> dict[str, int]:
        """Return the sizes by name."""
        sizes = dict(zip(self.names, (*self.leading, self.columns), strict=True))
        return sizes | ({"INNER": self.inner} if inner else {})

    def odd(self) -> Layout:
        """Return sizes a little smaller that no power of two above one divides."""
        return Layout(tuple(map(_odd, self.leading)), _odd(self.columns), _odd(self.inner))

    def small(self) -> Layout:
        """Return sizes small enough for an interpreter, odd as well."""
        leading = tuple(max(3, size // 32 | 1) for size in self.leading)
        return Layout(leading, max(17, self.columns // 8 | 1), max(19, self.inner // 8 | 1))

    def large(self) -> Layout:
        """Return sizes that keep a GPU busy: rows up to 4096 long, 2^24 elements or so."""
        columns = self.columns * 4 if self.columns <= 1024 else self.columns
        *outer, last = self.leading
        factor = max(1, round(_GPU_ELEMENTS / (self.rows * columns)))
        return Layout((*outer, last * factor), columns, self.inner * 4)


def _odd(size: int) -> int:
    smaller = size - size // 16 - 1
    return max(3, smaller - 1 + smaller % 2)
