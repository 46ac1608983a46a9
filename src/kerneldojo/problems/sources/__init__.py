"""Where problems come from: one file per kind of source, and the names that lead to them."""

from kerneldojo.problems.sources.base import Item, Places, Refusal, trial
from kerneldojo.problems.sources.resolve import read

__all__ = ["Item", "Places", "Refusal", "read", "trial"]
