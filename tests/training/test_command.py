"""`kerneldojo train sft`: plans, figures and errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from kerneldojo.cli.app import main
from kerneldojo.cli.train_view import TrainView
from kerneldojo.training.journal import Step
from tests.training.conftest import TALKS, Write

QUICK = ["--set", "sft.batch_size=2", "--set", "sft.epochs=1"]


def test_a_model_is_trained_and_the_outcome_told(
    tiny: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, run = write([*TALKS, "{}"]), tmp_path / "run"
    command = ["train", "sft", str(path), "--model", str(tiny), "-o", str(run), "--json", *QUICK]
    assert main(command) == 0
    told = capsys.readouterr()
    outcome = json.loads(told.out)
    assert outcome["model"] == str(run / "model")
    assert outcome["step"] == 3
    assert "passed over 1 row" in told.err
    assert "row 7): no list of 'messages'" in told.err
    assert [f"[{step}/3] loss" in told.err for step in (1, 2, 3)] == [True] * 3
    assert main(command) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*command, "--resume"]) == 0


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_counts_and_trains_nothing(
    as_json: bool, tiny: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    command = ["train", "sft", str(write()), "--model", str(tiny), "-o", str(run), "--dry-run"]
    assert main([*command, *QUICK, *(["--json"] if as_json else [])]) == 0
    out = capsys.readouterr().out
    if as_json:
        plan = json.loads(out)
        assert plan["conversations"] == 6
        assert plan["sft"]["batch_size"] == 2
    else:
        assert "6 conversations, 12 replies in 6 sequences" in out
        assert "batch_size = 2" in out
    assert not run.exists()


def test_what_cannot_be_trained_is_a_usage_error(
    tiny: Path, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "sft", str(tmp_path / "none.jsonl"), "--model", str(tiny), "-o", "run"]
    assert main(command) == 2
    assert "is not there" in capsys.readouterr().err
    assert main([*command, "--set", "sft.too_long=squeeze"]) == 2
    assert "one of 'cut', 'drop'" in capsys.readouterr().err


def test_a_terminal_shows_how_far_it_is() -> None:
    console = Console(force_terminal=True, width=100, record=True)
    view = TrainView(console)
    view.begun(4, 16)
    for number in (5, 6):
        view.stepped(
            Step(
                step=number,
                steps=16,
                epoch=0.5,
                loss=1.25,
                learning_rate=1e-5,
                gradient_norm=0.5,
                accuracy=0.5,
                entropy=1.0,
                tokens=60_000,
                tokens_per_s=12_345.0,
                seconds=1.0,
            )
        )
    view.saved(Path("checkpoints/checkpoint-6"))
    console.print(view._render())
    shown = console.export_text()
    assert "going on after step 4 of 16" in shown
    assert "6/16" in shown
    assert "left" in shown
    assert "loss 1.2500 · learning rate 1.00e-05" in shown
    assert "12.3k tokens/s · checkpoint-6" in shown
