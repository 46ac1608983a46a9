"""The few Linux system calls Python 3.11 has no name for."""

from __future__ import annotations

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 22, 24
PR_SET_TIMERSLACK = 29
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

_SYS_MOUNT_SETATTR = 442
_SYS_LANDLOCK_CREATE_RULESET, _SYS_LANDLOCK_ADD_RULE, _SYS_LANDLOCK_RESTRICT_SELF = 444, 445, 446
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 1


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def unshare(flags: int) -> None:
    """Leave the given namespaces for fresh ones."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd: int) -> None:
    """Enter the namespace behind a descriptor."""
    _check(_libc.setns(fd, 0), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Attach a file system at `target`, of a kind the kernel knows."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode() if kind else None, flags, options.encode()
    )
    _check(result, f"mount {target}")


def prctl(option: int, argument: int = 0, pointer: ctypes.c_void_p | None = None) -> None:
    """Change a property of this process."""
    _check(
        _libc.prctl(
            ctypes.c_int(option),
            ctypes.c_ulong(argument),
            pointer or ctypes.c_void_p(None),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
        ),
        f"prctl {option}",
    )


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def make_tree_read_only(path: str) -> None:
    """Make every mount at and below a path read-only (Linux 5.12 or newer)."""
    attr = _MountAttr(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR,
        -100,
        path.encode(),
        _AT_RECURSIVE,
        ctypes.byref(attr),
        ctypes.c_size_t(ctypes.sizeof(attr)),
    )
    _check(result, f"mount_setattr {path}")


class _RulesetAttr(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def landlock_abi() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    return max(0, int(_libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def landlock_create(fs: int, net: int, scoped: int, abi: int) -> int:
    """Create a ruleset that handles the given accesses; returns its descriptor."""
    attr = _RulesetAttr(fs, net, scoped)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    return _check(
        _libc.syscall(_SYS_LANDLOCK_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), 0),
        "landlock_create_ruleset",
    )


def landlock_allow(ruleset: int, path_fd: int, access: int) -> None:
    """Allow accesses beneath the directory (or to the file) behind a descriptor."""
    rule = _PathBeneath(access, path_fd)
    _check(
        _libc.syscall(_SYS_LANDLOCK_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0),
        "landlock_add_rule",
    )


def landlock_restrict_self(ruleset: int) -> None:
    """Put the calling thread under a ruleset for good."""
    _check(_libc.syscall(_SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


class _IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


_libc.process_vm_readv.restype = ctypes.c_ssize_t


def read_process_memory(pid: int, address: int, into: int, length: int) -> None:
    """Copy `length` bytes at `address` of another process to our address `into`.

    Raises:
        OSError: if the range is not readable there.
    """
    done = 0
    while done < length:
        local = _IoVec(into + done, length - done)
        remote = _IoVec(address + done, length - done)
        copied = _check(
            int(
                _libc.process_vm_readv(
                    pid,
                    ctypes.byref(local),
                    ctypes.c_ulong(1),
                    ctypes.byref(remote),
                    ctypes.c_ulong(1),
                    ctypes.c_ulong(0),
                )
            ),
            "process_vm_readv",
        )
        if copied == 0:
            raise OSError(14, "process_vm_readv: nothing readable")
        done += copied
