"""C++ on the CPU: `kerneldojo.cpp.load`, or `load_inline` with C++ sources alone."""

from __future__ import annotations

import re

from kerneldojo.evaluation.languages.base import Evidence, SourceFacts, read_facts
from kerneldojo.records import Language

_CODE = re.compile(r'extern\s*"C"|#\s*include\b|\b(?:torch|at)::Tensor\b')


class Cpp:
    """Kernels written in C++ and built by the host's compiler."""

    name = Language.CPP

    def evidence(self, facts: SourceFacts) -> Evidence:
        """C++ text handed to a builder is a kernel; a builder alone is a hint."""
        helper = any(
            one == "kerneldojo.cpp" or one.startswith("kerneldojo.cpp.") for one in facts.imports
        )
        inline = bool({"load_inline", "cpp_sources"} & (facts.calls | facts.keywords))
        if (helper or inline) and any(_CODE.search(text) for text in facts.strings):
            return Evidence.KERNEL
        return Evidence.IMPORT if helper or inline else Evidence.NONE

    def detects(self, source: str) -> bool:
        """Whether `source` builds C++."""
        return self.evidence(read_facts(source)) > Evidence.NONE

    def targets(self, has_gpu: bool) -> tuple[str, ...]:
        """Always the CPU."""
        return ("cpu",)
