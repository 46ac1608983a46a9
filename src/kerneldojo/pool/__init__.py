"""Where evaluations run."""

from kerneldojo.pool.local import LocalPool

__all__ = ["LocalPool"]
