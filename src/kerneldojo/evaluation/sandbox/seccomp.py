"""Seccomp filters, assembled by hand: a short deny list over the default of allow.

Two filters stack. The first stands from birth: no network, no namespaces, no peeking at
other processes. The second is added before anything is timed: no new processes at all.
The kernel counts installed filters, so the referee can see that both are in force.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from kerneldojo.evaluation.sandbox import kernel

_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EPERM
_NO_SUCH_CALL = 0x00050000 | errno.ENOSYS
_KILL = 0x80000000
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARG0 = 0, 4, 16
_NEW_NAMESPACE = 0x7E020080
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000

# name: (x86_64, aarch64); None where the architecture has no such call
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "clone": (56, 220),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "clone3": (435, 435),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "bpf": (321, 280),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
}
_REFUSED = (
    "socket socketpair io_uring_setup io_uring_enter io_uring_register add_key request_key keyctl "
    "userfaultfd perf_event_open name_to_handle_at open_by_handle_at personality setpriority "
    "sched_setscheduler sched_setattr"
).split()
_KILLED = (
    "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd unshare setns mount umount2 "
    "pivot_root chroot mount_setattr move_mount fsopen open_tree bpf kexec_load init_module "
    "finit_module delete_module reboot swapon settimeofday clock_settime adjtimex"
).split()
_ARCHES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def supported() -> bool:
    """Whether we know this machine's system-call numbers."""
    return platform.machine() in _ARCHES


def _numbers(names: list[str]) -> list[int]:
    column = _ARCHES[platform.machine()][0]
    return [number for name in names if (number := _NUMBERS[name][column]) is not None]


class _Program:
    def __init__(self) -> None:
        self.code: list[tuple[int, int, int, int]] = []
        arch = _ARCHES[platform.machine()][1]
        self.add(_LD, _OFFSET_ARCH)
        self.add(_JEQ, arch, then=1)
        self.add(_RET, _KILL)
        self.add(_LD, _OFFSET_NUMBER)
        if platform.machine() == "x86_64":
            self.add(_JGE, _X32, otherwise=1)
            self.add(_RET, _KILL)

    def add(self, code: int, operand: int, *, then: int = 0, otherwise: int = 0) -> None:
        self.code.append((code, then, otherwise, operand))

    def answer(self, numbers: list[int], verdict: int) -> None:
        for number in numbers:
            self.add(_JEQ, number, otherwise=1)
            self.add(_RET, verdict)

    def answer_clone(self, mask: int, *, when_set: int, when_clear: int) -> None:
        for number in _numbers(["clone"]):
            self.add(_JEQ, number, otherwise=4)
            self.add(_LD, _OFFSET_ARG0)
            self.add(_JSET, mask, otherwise=1)
            self.add(_RET, when_set)
            self.add(_RET, when_clear)

    def install(self) -> None:
        self.add(_RET, _ALLOW)
        raw = b"".join(struct.pack("<HBBI", *instruction) for instruction in self.code)
        buffer = ctypes.create_string_buffer(raw, len(raw))
        header = struct.pack("<HxxxxxxQ", len(self.code), ctypes.addressof(buffer))
        holder = ctypes.create_string_buffer(header, len(header))
        kernel.prctl(
            kernel.PR_SET_SECCOMP,
            kernel.SECCOMP_MODE_FILTER,
            ctypes.cast(holder, ctypes.c_void_p),
        )


def forbid_escape() -> None:
    """Deny network, namespaces and other processes; hostile calls kill with SIGSYS."""
    program = _Program()
    program.answer(_numbers(_REFUSED), _DENY)
    program.answer(_numbers(_KILLED), _KILL)
    # clone3 hides its flags behind a pointer; libc falls back to clone on ENOSYS
    program.answer(_numbers(["clone3"]), _NO_SUCH_CALL)
    program.answer_clone(_NEW_NAMESPACE, when_set=_KILL, when_clear=_ALLOW)
    program.install()


def forbid_processes() -> None:
    """Deny new processes and programs; threads may still be made."""
    program = _Program()
    program.answer(_numbers(["fork", "vfork", "execve", "execveat"]), _DENY)
    program.answer_clone(_CLONE_THREAD, when_set=_ALLOW, when_clear=_DENY)
    program.install()
