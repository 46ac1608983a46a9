"""Two processes take the steps that one would take on what both have drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kerneldojo.store import Run
from kerneldojo.training.reinforcement.journal import read_steps, read_validations
from tests.training.reinforcement.formulas import by_hand
from tests.training.test_sft import free_port

PROGRAM = """
import sys, tempfile
from pathlib import Path
import torch
from kerneldojo.dialogue import dialogue
from tests.training.reinforcement import world

tempfile.tempdir = sys.argv[3]
torch.set_num_threads(1)
dialogue.parse_reply = world.any_text
world.train(
    Path(sys.argv[1]), Path(sys.argv[2]), steps=2, instructive=True, mismatch="mrs",
    device_batch_size=3, gradient_clip=1e9, validate_steps=2, validation=(world.problem(9),),
)
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_would(model: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    # accelerate's own launcher starts a single process on a machine without GPUs
    launch = f"-m torch.distributed.run --nproc_per_node 2 --master_port {free_port()}"
    run = tmp_path / "run"
    subprocess.run(
        [sys.executable, *launch.split(), program, model, run, tmp_path],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ
        | {
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ACCELERATE_USE_CPU": "true",
        },
    )
    first, second = read_steps(run)
    assert (first.prompts, first.trajectories, first.turns) == (2, 8, 16)
    assert second.skipped is None
    assert [each.step for each in read_validations(run)] == [0, 2]
    assert (run / "model").is_dir()
    folder = run / "rollouts" / "step-000001"
    found = [
        each for number in (0, 1) for each in Run.open(folder / f"process-{number}").trajectories()
    ]
    assert len({each.problem.digest for each in found}) == 2
    loss, policy = by_hand(model, found)
    norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), 1e9)
    assert first.loss == pytest.approx(loss, rel=1e-3, abs=1e-5)
    assert first.gradient_norm == pytest.approx(float(norm), rel=1e-3)
