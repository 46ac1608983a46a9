"""A user's own `nn.Module` file as a problem: read, never run; and what it lacks for that."""

from kerneldojo.problems.own_module.classes import ModuleClass, Parameter, Signature
from kerneldojo.problems.own_module.draft import Draft, load_module, read_module

__all__ = ["Draft", "ModuleClass", "Parameter", "Signature", "load_module", "read_module"]
