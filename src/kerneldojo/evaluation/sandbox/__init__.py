"""The sandbox a player lives in: namespaces, Landlock, seccomp, limits."""

from kerneldojo.evaluation.sandbox.confinement import Confinement, strongest
from kerneldojo.evaluation.sandbox.level import IsolationLevel

__all__ = ["Confinement", "IsolationLevel", "strongest"]
