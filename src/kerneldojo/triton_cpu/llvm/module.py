"""One LLVM module as text: declarations, globals, functions, and the table of outside calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.host import Host, detect

EXTERNALS = "kd_externals"
"""The exported table that the loader fills with the addresses of `Module.externals`, in order."""


@dataclass(slots=True)
class Module:
    """Collects the text of a module.

    A kernel calls nothing by name: what lives outside (a vector math routine, the thread
    library) is listed in `externals` and reached through a table, so that the shared object
    has no undefined symbol and loads anywhere.
    """

    externals: list[str] = field(default_factory=list)
    globals: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    host: Host = field(default_factory=detect)
    fuse: bool = False
    """Whether a multiplication and an addition may become one instruction."""
    _declared: dict[str, str] = field(default_factory=dict)
    _helpers: set[str] = field(default_factory=set)

    def declare(self, type: str, name: str, arguments: Sequence[str]) -> None:
        """Declares an intrinsic; helpers of this module need no declaration."""
        if name.startswith("llvm."):
            self._declared[name] = f"declare {type} @{name}({', '.join(arguments)})"

    def external(self, name: str) -> int:
        """The place of an outside function in the table."""
        if name not in self.externals:
            self.externals.append(name)
        return self.externals.index(name)

    def has_helper(self, name: str) -> bool:
        """Says whether helper `name` was written already, and remembers that it is now."""
        known = name in self._helpers
        self._helpers.add(name)
        return known

    def constant(self, scalar: str, literals: Sequence[str]) -> str:
        """A private constant array; returns its name with the `@`."""
        name = f"@constant.{len(self.globals)}"
        body = ", ".join(f"{scalar} {literal}" for literal in literals)
        type = f"[{len(literals)} x {scalar}]"
        self.globals.append(f"{name} = private unnamed_addr constant {type} [{body}], align 64")
        return name

    def string(self, text: str) -> str:
        """A private zero-terminated string; returns its name with the `@`."""
        data = text.encode() + b"\0"
        name = f"@constant.{len(self.globals)}"
        body = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:02X}"
            for byte in data
        )
        self.globals.append(f'{name} = private unnamed_addr constant [{len(data)} x i8] c"{body}"')
        return name

    def text(self, triple: str) -> str:
        """The whole module."""
        count = len(self.externals)
        table = f"@{EXTERNALS} = global [{count} x ptr] zeroinitializer, align 8" if count else ""
        parts = [
            f'target triple = "{triple}"',
            table,
            *self.globals,
            *self._declared.values(),
            *self.functions,
        ]
        return "\n".join(part for part in parts if part) + "\n"
