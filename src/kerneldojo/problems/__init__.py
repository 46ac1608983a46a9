"""Problems: reference files, their metadata and workloads; nothing here runs them."""

from kerneldojo.problems.distinct import distinct
from kerneldojo.problems.export import export_problems
from kerneldojo.problems.load import (
    Loaded,
    list_problems,
    load_problem,
    load_problem_file,
    load_problems,
)
from kerneldojo.problems.metadata import read_metadata
from kerneldojo.problems.scaling import scale_for_cpu
from kerneldojo.problems.selection import Selection
from kerneldojo.problems.sources import Refusal
from kerneldojo.problems.specialise import specialise

__all__ = [
    "Loaded",
    "Refusal",
    "Selection",
    "distinct",
    "export_problems",
    "list_problems",
    "load_problem",
    "load_problem_file",
    "load_problems",
    "read_metadata",
    "scale_for_cpu",
    "specialise",
]
