"""verl loads us by itself, in a process that never names us; and if not, somebody says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("verl", reason="verl is not installed: make test-verl", exc_type=ImportError)

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.checking import Registered, check, refuse

LOOK = """
import verl, sys
mine = [name for name in sys.modules if name == "kerneldojo.integrations.verl.plugin"]
from kerneldojo.integrations.verl.checking import look
found = look()
print("by itself:", bool(mine), "missing:", *found.missing, "because", found.reason)
"""


def looked(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOK],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_verl_loads_the_plugin_through_its_entry_point() -> None:
    assert looked().strip() == "by itself: True missing: because"


def test_what_keeps_verl_from_loading_it_is_named() -> None:
    said = looked(VERL_USE_EXTERNAL_PLUGINS="none")
    assert "by itself: False" in said
    assert "kerneldojo_trloo" in said
    assert "trainer kerneldojo" in said
    assert "VERL_USE_EXTERNAL_PLUGINS=none" in said


def test_a_plugin_that_fails_is_not_a_secret(tmp_path: Path) -> None:
    (tmp_path / "transfer_queue.py").write_text("raise ImportError('out of order')\n")
    said = looked(PYTHONPATH=str(tmp_path))
    assert "trainer kerneldojo" in said
    assert "out of order" in said


def test_this_process_is_in_order() -> None:
    check()
    with pytest.raises(UsageError, match=r"In a worker verl does not know trainer x\. Why\."):
        refuse("a worker", Registered(("trainer x",), "Why."))
