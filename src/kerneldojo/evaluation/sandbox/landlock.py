"""Landlock: what a player may see of the file system, whatever its user id."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kerneldojo.evaluation.sandbox import kernel

_EXECUTE, _WRITE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15
_ALL_V1 = (1 << 13) - 1
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_NET_ALL = 3
_SCOPE_ALL = 3


def handled(abi: int) -> int:
    """Return the file-system accesses this Landlock version can restrict."""
    mask = _ALL_V1
    for version, bit in ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        if abi >= version:
            mask |= bit
    return mask


def expand(roots: Iterable[Path], hidden: Iterable[Path]) -> list[Path]:
    """Return paths that together cover `roots` but nothing at or beneath `hidden`."""
    hide = {path.resolve() for path in hidden}
    covered: list[Path] = []

    def visit(path: Path) -> None:
        if hide & {path, *path.parents}:
            return
        if any(path in secret.parents for secret in hide):
            for child in sorted(path.iterdir()):
                if not child.is_symlink():
                    visit(child)
            return
        covered.append(path)

    for root in roots:
        if root.exists():
            visit(root.resolve())
    return covered


class View:
    """Descriptors of everything readable, opened once and used by every player."""

    def __init__(self, readable: Iterable[Path], writable: Iterable[Path]) -> None:
        self.abi = kernel.landlock_abi()
        self._rules: list[tuple[int, int]] = []
        for paths, access in ((readable, _READ), (writable, handled(self.abi))):
            for path in paths:
                self._rules.append(self._rule(path, access))

    def _rule(self, path: Path, access: int) -> tuple[int, int]:
        if not path.is_dir():
            access &= _FILE_ONLY
        return os.open(path, os.O_PATH | os.O_CLOEXEC), access & handled(self.abi)

    def confine(self, readable: Iterable[Path], writable: Iterable[Path]) -> None:
        """Restrict the calling thread for good to this view plus the given paths."""
        ruleset = kernel.landlock_create(
            handled(self.abi),
            _NET_ALL if self.abi >= 4 else 0,
            _SCOPE_ALL if self.abi >= 6 else 0,
            self.abi,
        )
        own = [self._rule(path, _READ) for path in readable]
        own += [self._rule(path, handled(self.abi)) for path in writable]
        for fd, access in [*self._rules, *own]:
            kernel.landlock_allow(ruleset, fd, access)
            os.close(fd)
        kernel.landlock_restrict_self(ruleset)
        os.close(ruleset)
