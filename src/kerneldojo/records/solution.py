"""A candidate: source, language, entry point."""

from __future__ import annotations

from enum import StrEnum

from kerneldojo.records.base import Record, content_digest


class Language(StrEnum):
    """What the solution's own kernels are written in."""

    TRITON = "triton"
    CUDA = "cuda"
    CPP = "cpp"


class Solution(Record):
    """Candidate source that defines `entry_point`, a drop-in for the problem's `Model`."""

    source: str
    language: Language
    entry_point: str = "ModelNew"
    origin: str = "<memory>"

    @property
    def digest(self) -> str:
        """Content hash; equal for equal source, language and entry point."""
        return content_digest(self.source, self.language, self.entry_point)
