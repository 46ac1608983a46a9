"""How fast Triton kernels run on the CPU, beside PyTorch, Inductor and Triton's interpreter.

    python benchmarks/triton_cpu.py [--only NAME] [--quick] [--json FILE]

Every kernel is checked against PyTorch in double precision first. Ours and its peers then run in
turns, one call each, so that a ratio compares neighbours in time; the whole list is gone through
several times. A ratio is the peer's time over ours: more is better.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

os.environ.setdefault("TRITON_DEFAULT_BACKEND", "cpu")

import torch
import triton_cpu_kernels as kernels
from torch import Tensor
from triton_cpu_cases import SMALL_WORK, Call, Case, fused_cases, product_cases, small_work

_STREAM = 2**26
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt, in malloc.h
_LAUNCHES = 200
_MIN_ROUNDS, _MAX_ROUNDS = 5, 100


@dataclass(frozen=True)
class Plan:
    """How long to measure."""

    repetitions: int
    seconds: float
    processes: int

    def rounds(self) -> Iterator[int]:
        """Numbers of rounds, until the time is up."""
        start = time.perf_counter()
        for number in range(_MAX_ROUNDS):
            if number >= _MIN_ROUNDS and time.perf_counter() - start > self.seconds:
                return
            yield number


_FULL, _QUICK = Plan(3, 0.5, 5), Plan(1, 0.1, 2)


@dataclass
class Line:
    """One line of the table; `values` are ratios, or what `unit` says, one per sample."""

    group: str
    name: str
    aim: float
    unit: str = "x"
    values: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The figure that counts."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the median is as good as the aim: ratios are to be large, times small."""
        return self.median >= self.aim if self.unit == "x" else self.median <= self.aim


# -- groups of lines -------------------------------------------------------------------------

_FUSED_AIMS = {"eager": 1.5, "inductor": 0.9}


class Table:
    """Takes the measurements that were asked for."""

    def __init__(self, only: str, plan: Plan) -> None:
        self._only = only
        self._plan = plan
        self.lines: dict[tuple[str, str], Line] = {}

    def wants(self, group: str, name: str) -> bool:
        """Whether the line is among those asked for."""
        return self._only in f"{group}: {name}"

    def line(self, group: str, name: str, aim: float, unit: str = "x") -> Line:
        """The line of that name, new or from an earlier repetition."""
        return self.lines.setdefault((group, name), Line(group, name, aim, unit))

    def run(self) -> None:
        """Measure everything, as often as planned."""
        fused, products = self._chosen()
        for _ in range(self._plan.repetitions):
            for case, peers in fused:
                self._compare(case, dict.fromkeys(peers), _FUSED_AIMS)
            for group, case in products:
                self._compare(case, {"eager": group}, {"eager": 0.5})
            self._bandwidth()
            self._launches()
        self._interpreter()
        self._compilation()

    def _chosen(self) -> tuple[list[tuple[Case, tuple[str, ...]]], list[tuple[str, Case]]]:
        fused = [
            (case, tuple(peer for peer in _FUSED_AIMS if self.wants(peer, case.name)))
            for case in fused_cases()
        ]
        fused = [(case, peers) for case, peers in fused if peers]
        products = [pair for pair in product_cases() if self.wants(pair[0], pair[1].name)]
        for case in [*(case for case, _ in fused), *(case for _, case in products)]:
            case.verify()
        return fused, products

    def _compare(self, case: Case, groups: dict[str, str | None], aims: dict[str, float]) -> None:
        times = in_turns(case.calls(tuple(groups)), self._plan)
        for peer, group in groups.items():
            self._add(self.line(group or peer, case.name, aims[peer]), times["ours"], times[peer])

    def _add(self, line: Line, ours: list[float], peer: list[float]) -> None:
        line.ours += ours
        line.peer += peer
        line.values += [b / a for a, b in zip(ours, peer, strict=True)]

    def _bandwidth(self) -> None:
        names = [name for name in ("copy", "scale") if self.wants("bandwidth", name)]
        if not names:
            return
        x, out = torch.randn(_STREAM), torch.zeros(_STREAM)
        ours = {
            "copy": lambda: kernels.copy(x, out),
            "scale": lambda: kernels.scale(x, 2.0, out),
        }
        peers = {
            "torch copy_": lambda: out.copy_(x),
            "torch mul": lambda: torch.mul(x, 2.0, out=out),
            "memmove, all threads": lambda: _move(x, out),
        }
        for name, factor in (("copy", 1.0), ("scale", 2.0)):
            out.zero_()
            ours[name]()
            assert torch.equal(out, x * factor), name
        times = in_turns({name: ours[name] for name in names} | peers, self._plan)
        best = min(peers, key=lambda name: statistics.median(times[name]))
        for name in names:
            self._add(self.line("bandwidth", name, 0.8), times[name], times[best])
        speed = 2 * x.nbytes / statistics.median(times[best]) / 1e9
        print(f"bandwidth: {speed:.1f} GB/s read and written by {best}", flush=True)

    def _launches(self) -> None:
        some = torch.zeros(8)
        ways = {
            "no arguments": lambda: kernels.empty_kernel[(1,)](),
            "five arguments": lambda: kernels.empty_kernel_of_arguments[(1,)](
                some, some, some, 8, 0.5
            ),
        }
        for name, way in ways.items():
            if self.wants("launch", name):
                way()
                line = self.line("launch", name, 50, "us")
                for _ in self._plan.rounds():
                    line.values.append(1e6 * _seconds(way, _LAUNCHES))

    def _interpreter(self) -> None:
        names = [name for name in SMALL_WORK if self.wants("interpreter", name)]
        if not names:
            return
        work = small_work(rows=1024)
        environment = os.environ | {"TRITON_INTERPRET": "1"}
        with _child("interpreter", environment) as child:
            for name in names:
                work[name]()
                _ask(child, name)
                for _ in range(self._plan.processes):
                    line = self.line("interpreter", name, 100)
                    self._add(line, [_seconds(work[name], 10)], [float(_ask(child, name))])

    def _compilation(self) -> None:
        names = [name for name in SMALL_WORK if self.wants("compile", name)]
        for _ in range(self._plan.processes if names else 0):
            with tempfile.TemporaryDirectory() as folder:
                for state, aim in (("cold", 800.0), ("from disk", 5.0)):
                    with _child("compile", os.environ | {"TRITON_CACHE_DIR": folder}) as child:
                        for name in names:
                            line = self.line("compile", f"{name}, {state}", aim, "ms")
                            line.values.append(1e3 * float(_ask(child, name)))


def in_turns(calls: dict[str, Call], plan: Plan) -> dict[str, list[float]]:
    """Seconds of each call, round by round; every round begins with another one."""
    for call in calls.values():
        call()
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in plan.rounds():
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            times[name].append(_seconds(calls[name]))
    return times


def _seconds(call: Call, times: int = 1) -> float:
    """What one call takes, from that many."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def _keep_freed_memory() -> None:
    """Results reuse memory, as on a GPU: no way of computing them pays for fresh pages."""
    library = ctypes.CDLL(None)
    library.mallopt(_M_TRIM_THRESHOLD, 2**30)
    library.mallopt(_M_MMAP_THRESHOLD, 2**25)


def _move(x: Tensor, out: Tensor) -> None:
    """The C library's copy, by all threads; where it pays it writes past the caches."""
    share = x.nbytes // torch.get_num_threads()
    movers = [
        threading.Thread(
            target=ctypes.memmove, args=(out.data_ptr() + at, x.data_ptr() + at, share)
        )
        for at in range(0, share * torch.get_num_threads(), share)
    ]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()


# -- processes of their own ------------------------------------------------------------------


def _child(kind: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, "--child", kind],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(child: subprocess.Popen[str], name: str) -> str:
    assert child.stdin is not None
    assert child.stdout is not None
    print(name, file=child.stdin, flush=True)
    return child.stdout.readline()


def _answer(kind: str) -> None:
    """The child's side: seconds of each call asked for."""
    work = small_work(rows=1024 if kind == "interpreter" else 1)
    if kind == "compile":
        # the process is warm: what every first compilation in it does once has been done
        kernels.copy(torch.ones(8), torch.empty(8))
    for name in sys.stdin:
        print(_seconds(work[name.strip()]), flush=True)


# -- the table -------------------------------------------------------------------------------


def show(lines: list[Line]) -> None:
    """Print every line, and the geometric mean where the aim is one."""
    print(f"\n{'work':<36} {'ours':>9} {'peer':>9} {'median':>9}  {'quartiles':^17} {'n':>3}  aim")
    for line in lines:
        low, _, high = statistics.quantiles(line.values, n=4, method="inclusive")
        ours, peer = (
            f"{statistics.median(part) * 1e3:6.2f} ms" if part else ""
            for part in (line.ours, line.peer)
        )
        name = f"{line.group}: {line.name}"
        aim = "" if line.group in _FUSED_AIMS else _verdict(line.aim, line.unit, line.reached)
        print(
            f"{name:<36} {ours:>9} {peer:>9} {line.median:6.2f} {line.unit:<2}"
            f"  {low:7.2f} - {high:7.2f} {len(line.values):>3}  {aim}"
        )
    for group, aim in _FUSED_AIMS.items():
        medians = [line.median for line in lines if line.group == group]
        if medians:
            mean = math.exp(statistics.fmean(map(math.log, medians)))
            name = f"{group}: geometric mean of {len(medians)}"
            print(f"{name:<56} {mean:6.2f} x {'':>26} {_verdict(aim, 'x', mean >= aim)}")


def _verdict(aim: float, unit: str, reached: bool) -> str:
    bound = "at least" if unit == "x" else "at most"
    return f"{bound} {aim:g} {unit}: {'reached' if reached else 'MISSED'}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME", help="lines with this in their name")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample there")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _answer(options.child)
        return
    _keep_freed_memory()
    torch.manual_seed(0)
    load = os.getloadavg()[0]
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, load {load:.1f} before")
    table = Table(options.only, _QUICK if options.quick else _FULL)
    table.run()
    lines = sorted(table.lines.values(), key=lambda line: line.group)
    show(lines)
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(line) for line in lines], indent=1))


if __name__ == "__main__":
    main()
