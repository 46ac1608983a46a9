"""Resource limits, privileges and standard streams of a player."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

from kerneldojo.evaluation.sandbox import kernel
from kerneldojo.settings import Limits

_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 40


def apply(limits: Limits, *, address_space: bool) -> None:
    """Set soft and hard limits; they hold for every descendant too.

    `address_space` is false on CUDA, whose driver reserves far more than it uses.
    """
    seconds = int(limits.load_s + 20 * limits.call_s) + 60
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: seconds * (os.cpu_count() or 1),
        resource.RLIMIT_FSIZE: limits.file_mb << 20,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_NPROC: _own_processes() + limits.processes,
    }
    if address_space:
        wanted[resource.RLIMIT_AS] = _own_address_space() + (limits.memory_mb << 20)
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))


def drop_privileges() -> None:
    """Give up every capability, for good."""
    for capability in range(_LAST_CAPABILITY + 1):
        with contextlib.suppress(OSError):
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None).capset(header, nothing)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _own_address_space() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def _own_processes() -> int:
    """Count this user's tasks: RLIMIT_NPROC counts them all, not only a player's."""
    uid, count = os.getuid(), 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{entry}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{entry}/task"))
    return count
