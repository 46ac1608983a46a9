"""The settings of the miniature: what is small and quick enough for two cores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
"""Templates of a dialogue that costs few tokens: the reference, and verdicts in one line."""
CURRICULA: Mapping[str, float] = {"lazy": 60, "partly": 10, "fused": 12, "wrong": 8, "hack": 10}
"""What the cold start is made of: mostly lazy, as models are by nature."""
