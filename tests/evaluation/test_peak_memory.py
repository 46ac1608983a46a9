"""The peak memory in a profile is the kernel's own count."""

from __future__ import annotations

import os

from kerneldojo.evaluation.referee.freezer import Frozen


def test_peak_memory_is_at_least_what_is_resident_now() -> None:
    pid = os.getpid()
    frozen = Frozen(pid, -1)
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    assert frozen.peak_memory_bytes() >= resident * 0.9
