"""Problems: reference files, their metadata and workloads; nothing here runs them."""

from kerneldojo.problems.load import list_problems, load_problem, load_problem_file
from kerneldojo.problems.metadata import read_metadata
from kerneldojo.problems.specialise import specialise

__all__ = ["list_problems", "load_problem", "load_problem_file", "read_metadata", "specialise"]
