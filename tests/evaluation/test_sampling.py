"""Coverage seen from outside, and what a hostile library file can do to its names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kerneldojo.evaluation.referee import sampling
from kerneldojo.evaluation.referee.borrowed import Extent
from kerneldojo.evaluation.referee.freezer import Frozen
from kerneldojo.evaluation.referee.player_process import Mapping
from kerneldojo.records import Status
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp

ME: Any = SimpleNamespace(pid=os.getpid())
PROFILED = samples.TIMED.model_copy(update={"profile": True, "profile_samples": 24})
LARGE = samples.model("return 3.0 * args[0] + 1.0", "[torch.randn(1 << 18)]")
BUSY = "for (volatile int j = 0; j < 80; ++j) {}\n        out[i] = 3.0f * x[i] + 1.0f;"
SLOW = CPP.replace("out[i] = 3.0f * x[i] + 1.0f;", f"{{ {BUSY} }}")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    source = tmp_path / "x.cpp"
    source.write_text('extern "C" void gelu() {}\nextern "C" int other(int x) { return x; }\n')
    built = tmp_path / "x.so"
    subprocess.run(["g++", "-shared", "-fPIC", "-o", built, source], check=True)
    return built


def names(path: Path) -> set[str]:
    return {name for _, name in sampling._table(str(path), ME)}


def test_functions_are_found_by_address(library: Path) -> None:
    table = sampling._table(str(library), ME)
    assert {"gelu", "other"} <= {name for _, name in table}
    assert table == sorted(table)


def test_a_pipe_in_the_library_s_place_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.so")
    assert names(tmp_path / "pipe.so") == set()


def test_what_is_no_library_has_no_names(tmp_path: Path, library: Path) -> None:
    (tmp_path / "text.so").write_bytes(b"\xff\xfe not a library")
    (tmp_path / "cut.so").write_bytes(library.read_bytes()[:3000])
    (tmp_path / "link.so").symlink_to(library)
    for name in ("text.so", "link.so", "missing.so", "."):
        assert names(tmp_path / name) == set()
    names(tmp_path / "cut.so")


def test_odd_names_do_not_break_the_table(tmp_path: Path, library: Path) -> None:
    odd = tmp_path / "odd.so"
    odd.write_bytes(library.read_bytes().replace(b"gelu", b"\xff\xfe\xfd\xfc"))
    assert "other" in names(odd)


MAP = [
    Mapping(0x1000, 0x2000, True, "00:01", "/tmp/own.so"),
    Mapping(0x2000, 0x3000, False, "00:01", "/tmp/own.so"),
    Mapping(0x3000, 0x9000, True, "08:01", "/lib/torch/lib/libtorch_cpu.so"),
    Mapping(0x9000, 0xA000, True, "08:01", "/lib/torch/lib/libtorch_python.so"),
    Mapping(0xA000, 0xB000, True, "08:01", "/lib/torch/lib/libgomp.so.1"),
    Mapping(0xB000, 0xC000, True, "08:01", "/usr/lib/libpython3.11.so"),
]
BORROWED = [Extent(0x5000, 0x6000)]


@pytest.mark.parametrize(
    ("addresses", "own", "library"),
    [
        ((0x1800,), 1, 0),
        ((0x2800,), 0, 0),  # data
        ((0x3800,), 0, 1),
        ((0x9800,), 0, 0),  # bindings
        ((0xA800,), 0, 0),  # waiting
        ((0xB800,), 0, 0),
        ((7, 0x2800, 0x5800, 0x1800, 0x3800), 1, 0),  # Sleef, called by the solution's kernel
        ((7, 0x2800, 0x5800, 0x3800, 0x1800), 0, 1),  # Sleef, called by PyTorch
        ((0xB800, 0x1800), 1, 0),
        ((0xA800, 0x1800), 0, 0),
        ((), 0, 0),
    ],
)
def test_the_first_address_that_tells_decides(
    addresses: tuple[int, ...], own: int, library: int
) -> None:
    player: Any = SimpleNamespace(mappings=lambda: MAP, scratch_device=lambda: "00:01")
    samples, seen = sampling._classify([addresses], BORROWED, player)
    assert (samples.own, samples.library) == (own, library)
    assert [mapping.path for _, mapping in seen] == ["/tmp/own.so"] * own


def test_a_thread_without_a_core_is_seen_once() -> None:
    times = iter([50_000, 60_000, 79_999, 80_000, None])
    player: Any = SimpleNamespace(frozen=SimpleNamespace(run_time_ns=lambda task: next(times)))
    sampler = sampling.Sampler(ME, latency_ms=1.0)
    assert [sampler._has_moved(player, "1") for _ in range(5)] == [True, False, False, True, True]


def test_the_kernel_tells_how_long_a_thread_has_run() -> None:
    frozen = Frozen(os.getpid(), -1)
    before = frozen.run_time_ns(str(os.getpid()))
    sum(range(300_000))
    after = frozen.run_time_ns(str(os.getpid()))
    assert before is not None and after is not None and after > before
    assert frozen.run_time_ns("0") is None


def test_time_in_own_code_is_seen_from_outside(judge: Judge) -> None:
    found = judge(cpp(SLOW), samples.problem(LARGE), PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.profile is not None
    assert found.profile.source == "program-counter samples"
    assert found.profile.coverage is not None and found.profile.coverage > 0.5
    assert found.profile.kernels[0].name == "line"


def test_time_in_the_library_is_seen_as_such(judge: Judge) -> None:
    source = CPP.replace("lib.line(x,", "for _ in range(60): torch.sin(x)\n        lib.line(x,")
    found = judge(cpp(source), samples.problem(LARGE), PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.profile is not None and found.profile.coverage is not None
    assert found.profile.coverage < 0.5
    assert "sin" in {row.name for row in found.profile.operators}
