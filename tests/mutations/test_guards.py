"""With any one guard removed, some attack gets through: no guard is there for show.

Defence is layered, so that most attacks meet several guards. A row names the other guards that
have to be out of the way; without them the attack must still be caught, and without the guard
in question as well it must no longer be. (Without others in the way, tests/attacks has already
shown that it is caught.) The floor under times and the comparison of fresh with repeated inputs
have no row, because both depend on how busy the machine is; tests/evaluation/test_timing_rules.py
holds them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations import guards

ROWS = {
    "static": ((), "theft/traceback_frames"),
    "enforcement": ((), "authorship/einsum"),
    "provenance": ((), "authorship/einsum"),
    "ghost": (("provenance",), "authorship/discarded_result"),
    "launch_census": (("provenance", "ghost"), "authorship/torch_functional"),
    "launch_watch": (("contradiction",), "authorship/grid_computes"),
    "contradiction": (("launch_watch",), "authorship/grid_computes"),
    "surface": (("static", "audit_hook"), "clock/perf_counter_patched"),
    "output_check": ((), "harness/double_answer"),
    "plain_outputs": ((), "theft/last_output_reused"),
    "input_check": ((), "theft/in_place_input_cpp"),
    "input_bands": ((), "theft/write_behind_input"),
    "output_bands": ((), "theft/write_behind_triton"),
    "fresh_inputs": (
        ("ghost", "launch_census", "provenance", "distributions"),
        "replay/by_data_ptr",
    ),
    "oracle": (("ghost",), "numeric/half_softmax"),
    "distributions": ((), "numeric/unstable_softmax"),
    "workloads": ((), "numeric/dropped_tail"),
    "determinism": (
        ("ghost", "timed_calls", "second_census"),
        "numeric/other_the_second_time",
    ),
    "timed_calls": (("second_census",), "numeric/slack_after_rehearsal"),
    "second_census": (("timed_calls",), "numeric/slack_after_rehearsal"),
    "alias_check": (
        ("provenance", "ghost", "launch_census", "input_check", "static"),
        "theft/returns_input",
    ),
    "freeze": ((), "clock/baseline_slowed"),
    "busy_threads": ((), "clock/baseline_slowed"),
    "leftovers": (("static",), "harness/child_left_behind"),
    "channel": ((), "harness/extra_frame"),
    "reference_state": ((), "replay/guessed_parameters"),
    "audit_hook": (("static",), "theft/gc_objects"),
    "poison": ((), "numeric/trusts_fresh_pages"),
    "limits": ((), "harness/memory_bomb_tensor"),
    "sandbox_files": (("static", "audit_hook"), "theft/package_listing"),
    "read_only": (("static", "audit_hook"), "harness/file_write_cpp"),
    "sandbox_process": (("static",), "harness/new_namespace"),
}


SAMPLED = {"contradiction"}
"""Guards that go by samples: a busy machine leaves few, and such an attack may get away once."""


@pytest.mark.parametrize("guard", sorted(ROWS))
def test_guard_is_missed(guard: str) -> None:
    others, attack = ROWS[guard]
    if others:
        for _ in range(3 if guard in SAMPLED else 1):
            with_guard = _judge(",".join(others), attack)
            if with_guard["caught"]:
                break
        assert with_guard["caught"], with_guard
    without = _judge(",".join((*others, guard)), attack)
    assert not without["caught"], without


def test_every_guard_has_a_row() -> None:
    assert set(ROWS) == set(guards.REFEREE) | set(guards.PLAYER)


def _judge(removed: str, attack: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutations.mutant", removed, attack],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    row = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(row, dict)
    return row
