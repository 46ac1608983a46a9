"""Kernel languages: what they look like in a source and where they run."""

from __future__ import annotations

from kerneldojo.errors import UsageError
from kerneldojo.evaluation.languages.base import (
    Evidence,
    LanguageSupport,
    SourceFacts,
    read_facts,
)
from kerneldojo.evaluation.languages.cpp import Cpp
from kerneldojo.evaluation.languages.cuda import Cuda
from kerneldojo.evaluation.languages.triton import Triton
from kerneldojo.records import Language

__all__ = [
    "LANGUAGES",
    "Evidence",
    "LanguageSupport",
    "SourceFacts",
    "detect",
    "read_facts",
    "support",
]

LANGUAGES: dict[Language, LanguageSupport] = {one.name: one for one in (Triton(), Cuda(), Cpp())}
"""Every language, by name."""


def support(language: Language) -> LanguageSupport:
    """Return what KernelDojo knows about `language`."""
    return LANGUAGES[language]


def detect(source: str) -> Language:
    """Return the language the kernels of `source` are written in.

    CUDA sources are always accompanied by C++ ones, so CUDA wins over C++.

    A source without any kernel counts as Triton: that it has none is for the verdict to say.

    Raises:
        UsageError: two languages are to be seen; names what to do.
    """
    facts = read_facts(source)
    for level in (Evidence.KERNEL, Evidence.IMPORT):
        found = {one.name for one in LANGUAGES.values() if one.evidence(facts) == level}
        if Language.CUDA in found:
            found.discard(Language.CPP)
        if len(found) == 1:
            return found.pop()
        if found:
            names = " and ".join(sorted(found))
            raise UsageError(
                f"The solution holds kernels in {names}; say which one is meant with "
                "--language (or language=...)."
            )
    return Language.TRITON
