"""User, mount, network, IPC and PID namespaces, entered without privileges."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kerneldojo.evaluation.sandbox import kernel

_FAMILY = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWPID
)
_NOSUID_NODEV = kernel.MS_NOSUID | kernel.MS_NODEV


def enter() -> None:
    """Enter a family of fresh namespaces and go on as the first process in them.

    The caller's process stays behind only to wait: it ends when its child ends.

    Raises:
        OSError: if the machine does not allow it; nothing has changed then.
    """
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(_FAMILY)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def available() -> bool:
    """Whether `enter` and what players need afterwards work here; tries it in a child."""
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(OSError):
            enter()
            make_private(scratch_mb=1)
            code = 0
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def make_private(scratch_mb: int) -> None:
    """Give the calling process its own scratch, shared memory and process list.

    Everything else becomes read-only. The caller must be in namespaces of `enter`.
    """
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
    kernel.make_tree_read_only("/")
    for folder in ("/tmp", "/dev/shm"):
        kernel.mount("tmpfs", folder, "tmpfs", _NOSUID_NODEV, f"size={scratch_mb}m,mode=700")
    kernel.mount("proc", "/proc", "proc", _NOSUID_NODEV | kernel.MS_NOEXEC)


def limit_processes(count: int) -> None:
    """Cap the processes of this PID namespace where the kernel can (Linux 6.14 or newer)."""
    least = 301
    with contextlib.suppress(OSError):
        _write("/proc/sys/kernel/pid_max", str(max(least, count)))


def members(pid: int) -> list[int]:
    """Return the processes, as we number them, that share `pid`'s PID namespace."""
    namespace = os.readlink(f"/proc/{pid}/ns/pid")
    if namespace == os.readlink("/proc/self/ns/pid"):
        return [pid]
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{entry}/ns/pid") == namespace:
                    found.append(int(entry))
    return found


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)
