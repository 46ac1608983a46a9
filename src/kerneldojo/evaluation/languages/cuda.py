"""CUDA C++: `load_inline` with `cuda_sources`."""

from __future__ import annotations

import re

from kerneldojo.evaluation.languages.base import Evidence, SourceFacts, read_facts
from kerneldojo.records import Language

_CODE = re.compile(r"\b__global__\b|\b__launch_bounds__\b|<<<.*?>>>", re.DOTALL)


class Cuda:
    """Kernels written in CUDA C++ and built by nvcc."""

    name = Language.CUDA

    def evidence(self, facts: SourceFacts) -> Evidence:
        """A `__global__` function in a string is a kernel; `cuda_sources` alone is a hint."""
        if any(_CODE.search(text) for text in facts.strings):
            return Evidence.KERNEL
        return Evidence.IMPORT if "cuda_sources" in facts.keywords else Evidence.NONE

    def detects(self, source: str) -> bool:
        """Whether `source` holds CUDA C++."""
        return self.evidence(read_facts(source)) > Evidence.NONE

    def targets(self, has_gpu: bool) -> tuple[str, ...]:
        """The GPU where there is one, else an ahead-of-time check for a common data-centre GPU."""
        return ("cuda", "aot:sm_90") if has_gpu else ("aot:sm_90",)
