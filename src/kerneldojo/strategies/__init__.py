"""Test-time strategies: ways to spend more turns on one problem, and the search that uses them."""

from kerneldojo.strategies.advice import Advised
from kerneldojo.strategies.best_of_n import BestOfN
from kerneldojo.strategies.islands import Islands
from kerneldojo.strategies.parsing import KINDS, PRESETS, parse_strategy
from kerneldojo.strategies.particles import Particles
from kerneldojo.strategies.searches import search
from kerneldojo.strategies.sequential import Sequential
from kerneldojo.strategies.tree import Tree
from kerneldojo.strategies.ttspm import Saturation, saturation
from kerneldojo.strategies.verification import Verification

__all__ = [
    "KINDS",
    "PRESETS",
    "Advised",
    "BestOfN",
    "Islands",
    "Particles",
    "Saturation",
    "Sequential",
    "Tree",
    "Verification",
    "parse_strategy",
    "saturation",
    "search",
]
