"""Coverage seen from outside, and what a hostile library file can do to its names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kerneldojo.evaluation.referee import sampling
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
