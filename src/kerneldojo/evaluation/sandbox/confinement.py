"""Everything a player's process goes through before it may meet a solution."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from pathlib import Path

import kerneldojo
from kerneldojo.evaluation.sandbox import kernel, landlock, limits, namespaces, seccomp
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.settings import Limits

_SYSTEM = (
    "/usr /lib /lib32 /lib64 /bin /sbin /opt /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d "
    "/etc/alternatives /etc/localtime /etc/passwd /etc/group /etc/nsswitch.conf /etc/OpenCL "
    "/sys/devices/system /sys/bus/pci /sys/module/nvidia /sys/fs/cgroup /nix/store"
).split()
_DEVICES = "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/shm".split()


class Confinement:
    """Prepared once in the zygote, applied in every player."""

    def __init__(self, level: IsolationLevel, *, cuda: bool = False) -> None:
        self.level = level
        self._cuda = cuda
        self._view: landlock.View | None = None
        if level.at_least(IsolationLevel.CONFINED):
            devices = [Path(device) for device in _DEVICES]
            if cuda:
                devices += sorted(Path("/dev").glob("nvidia*"))
            self._view = landlock.View(
                landlock.expand(_readable(), [Path(kerneldojo.__file__).parent]),
                [device for device in devices if device.exists() and device.name != "shm"],
            )

    def apply(self, wanted: Limits, scratch: Path, *, address_space: bool = True) -> None:
        """Confine the calling process for good.

        Args:
            wanted: the resource limits.
            scratch: the one folder the process may write to.
            address_space: whether to limit address space; some runtimes reserve terabytes.

        Raises:
            OSError: if a mechanism that this level promises fails; the caller must then
                end the process (fail closed).
        """
        kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
        os.setsid()
        extra = [Path("/proc")] if self.level is IsolationLevel.NAMESPACES else []
        if self.level is IsolationLevel.NAMESPACES:
            namespaces.make_private(wanted.scratch_mb)
            namespaces.limit_processes(wanted.processes)
        limits.apply(wanted, address_space=address_space and not self._cuda)
        os.chdir(scratch)
        limits.drop_privileges()
        if self._view is not None:
            writable = [scratch]
            if self.level is IsolationLevel.NAMESPACES:
                writable.append(Path("/dev/shm"))
            self._view.confine(readable=extra, writable=writable)
            seccomp.forbid_escape()


def strongest() -> IsolationLevel:
    """Return the strongest level this machine offers, found by trying."""
    if not (kernel.landlock_abi() and seccomp.supported()):
        return IsolationLevel.LIMITS
    return IsolationLevel.NAMESPACES if namespaces.available() else IsolationLevel.CONFINED


def _readable() -> list[Path]:
    """Return what Python, PyTorch and compilers read; our own package is not among it."""
    roots = {Path(path) for path in _SYSTEM}
    roots |= {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)}
    roots |= {Path(path) for path in sysconfig.get_paths().values()}
    for package in ("torch", "triton", "numpy", "llvmlite"):
        module = sys.modules.get(package)
        if module is not None and module.__file__:
            roots.add(Path(module.__file__).parent)
    with contextlib.suppress(KeyError):
        roots.add(Path(os.environ["CUDA_HOME"]))
    return [root for root in sorted(roots) if not _inside_another(root, roots)]


def _inside_another(root: Path, roots: set[Path]) -> bool:
    return any(parent in roots for parent in root.parents)
