"""Training data: which trajectories of runs to keep, and how to write them for others."""

from kerneldojo.corpus.export import Exported, export_conversations, export_trajectories
from kerneldojo.corpus.filters import Answer, Improving
from kerneldojo.corpus.keep import Distinct, Keep
from kerneldojo.corpus.likeness import likeness
from kerneldojo.corpus.read import read_trajectories
from kerneldojo.corpus.select import Selection, select

__all__ = [
    "Answer",
    "Distinct",
    "Exported",
    "Improving",
    "Keep",
    "Selection",
    "export_conversations",
    "export_trajectories",
    "likeness",
    "read_trajectories",
    "select",
]
