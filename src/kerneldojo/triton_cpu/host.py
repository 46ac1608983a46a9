"""What the lowering must know about the processor it writes code for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache, cached_property

from kerneldojo.triton_cpu import externals


@dataclass(frozen=True)
class Host:
    """A processor as LLVM names it; `features` is LLVM's list, as in "+avx2,-avx512f"."""

    triple: str
    cpu: str
    features: str

    @cached_property
    def flags(self) -> frozenset[str]:
        """The features that are there."""
        return frozenset(name[1:] for name in self.features.split(",") if name.startswith("+"))

    @property
    def is_x86(self) -> bool:
        """Whether this is a 64-bit x86 processor."""
        return self.triple.startswith("x86_64")

    @cached_property
    def vector_bits(self) -> int:
        """The width of the vector registers: 512, 256 or 128."""
        if {"avx512f", "avx512vl", "avx512dq", "avx512bw"} <= self.flags:
            return 512
        return 256 if "avx2" in self.flags else 128

    @cached_property
    def vector_registers(self) -> int:
        """How many of them there are."""
        return 32 if not self.is_x86 or "avx512vl" in self.flags else 16

    @cached_property
    def fma(self) -> bool:
        """Whether a fused multiply-add is one instruction."""
        return not self.is_x86 or "fma" in self.flags

    @cached_property
    def half_conversions(self) -> bool:
        """Whether f16 to and from f32 is one instruction."""
        return not self.is_x86 or "f16c" in self.flags

    def sleef(self, function: str, double: bool) -> tuple[tuple[int, str], ...]:
        """The vector versions of `function` ("sin_u10") that PyTorch brings for this processor.

        Returns pairs of a lane count and a symbol, widest first; nothing if there is none.
        """
        stem, _, accuracy = function.partition("_")
        found = []
        for bits, suffixes in self._sleef_variants():
            lanes = bits // (64 if double else 32)
            for suffix in suffixes:
                name = f"Sleef_{stem}{'d' if double else 'f'}{lanes}_{accuracy}{suffix}".rstrip("_")
                if externals.exported(name):
                    found.append((lanes, name))
                    break
        return tuple(found)

    def _sleef_variants(self) -> list[tuple[int, tuple[str, ...]]]:
        if not self.is_x86:
            return [(128, ("advsimd", ""))]
        variants: list[tuple[int, tuple[str, ...]]] = []
        if self.vector_bits == 512:
            variants.append((512, ("avx512f",)))
        if {"avx2", "fma"} <= self.flags:
            variants.append((256, ("avx2",)))
        return variants


@cache
def detect() -> Host:
    """The processor this process runs on."""
    binding = importlib.import_module("llvmlite.binding")
    features = binding.get_host_cpu_features().flatten()
    return Host(binding.get_default_triple(), binding.get_host_cpu_name(), features)
