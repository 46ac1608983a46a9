"""Triton: `@triton.jit` kernels."""

from __future__ import annotations

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
        """The GPU where there is one, else Triton's interpreter."""
        return ("cuda", "interpreter") if has_gpu else ("interpreter",)
