"""What the language tests share: kernels run on the CPU whatever else the machine has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import triton

from kerneldojo.triton_cpu.driver import CPUDriver


@pytest.fixture(autouse=True)
def on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    previous = triton.runtime.driver._active
    triton.runtime.driver.set_active(CPUDriver())
    yield
    triton.runtime.driver._active = previous
