"""Triton: `@triton.jit` kernels."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util

from kerneldojo.evaluation.languages.base import Evidence, SourceFacts, read_facts
from kerneldojo.records import Language


class Triton:
    """Kernels written as Python functions under `@triton.jit`."""

    name = Language.TRITON

    def evidence(self, facts: SourceFacts) -> Evidence:
        """A jitted function is a kernel; `import triton` alone is a hint."""
        imported = any(one.split(".")[0] == "triton" for one in facts.imports)
        jitted = any(one.rpartition(".")[2] == "jit" for one in facts.decorators)
        if imported and (jitted or "jit" in facts.calls):
            return Evidence.KERNEL
        return Evidence.IMPORT if imported else Evidence.NONE

    def detects(self, source: str) -> bool:
        """Whether `source` imports Triton."""
        return self.evidence(read_facts(source)) > Evidence.NONE

    def targets(self, has_gpu: bool) -> tuple[str, ...]:
        """The GPU where there is one, then the CPU, then Triton's interpreter."""
        here = ("cpu", "interpreter") if compiles_for_the_cpu() else ("interpreter",)
        return ("cuda", *here) if has_gpu else here


@functools.cache
def compiles_for_the_cpu() -> bool:
    """Whether LLVM is installed and Triton knows of the back end that writes for it."""
    plugins = importlib.metadata.entry_points(group="triton.backends")
    return "cpu" in plugins.names and importlib.util.find_spec("llvmlite") is not None
