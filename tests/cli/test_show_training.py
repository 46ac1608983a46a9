from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerneldojo.cli.app import main
from tests.viewer.courses import append, rl_steps, write_training


def test_the_latest_steps_and_the_course_of_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_training(tmp_path / "run", "rl", 30, 40)
    assert main(["show", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    steps = list(rl_steps(30, 40))
    assert "Qwen/Qwen3-8B  reinforcement learning" in text
    assert "step 30 of 40" in text
    latest = text.partition("step  reward")[2].partition("first tenth")[0]
    assert [line.split()[0] for line in latest.splitlines()[1:11]] == [
        str(n) for n in range(21, 31)
    ]
    assert f"{steps[29]['reward']:.3f}" in latest
    rewards = [step["reward"] for step in steps]
    course = next(line for line in text.splitlines() if line.startswith("reward"))
    assert course.split()[1:3] == [f"{sum(rewards[:3]) / 3:.3f}", f"{sum(rewards[-3:]) / 3:.3f}"]
    best = rewards.index(max(rewards)) + 1
    assert f"{max(rewards):.3f}  ({best})" in course
    assert course[-24:].strip("▁▂▃▄▅▆▇█") == ""
    assert course[-1] in "▇█"


def test_a_fine_tuning_shows_its_own_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_training(tmp_path / "run", "sft", 12)
    assert main(["show", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    assert "supervised fine-tuning" in text
    assert "done in" in text
    assert "accuracy" in text
    assert "reward" not in text


def test_skipped_steps_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_training(tmp_path / "run", "rl", 0)
    step = next(rl_steps(1, 2))
    append(tmp_path / "run", iter([step | {"skipped": "all were \x1b[31mequal"}]))
    assert main(["show", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    assert "1 step skipped, the last one 1: all were" in text
    assert "\x1b" not in text


def test_a_run_without_a_step_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_training(tmp_path / "run", "rl", 0)
    assert main(["show", str(tmp_path / "run")]) == 0
    assert "No step has been taken yet" in capsys.readouterr().out


def test_json_has_all_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_training(tmp_path / "run", "rl", 15)
    assert main(["show", str(tmp_path / "run"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == list(rl_steps(15, 15))


def test_one_step_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_training(tmp_path / "run", "rl", 15)
    step = list(rl_steps(15, 15))[6]
    assert main(["show", str(tmp_path / "run"), "7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == step
    assert main(["show", str(tmp_path / "run"), "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[1:]} == set(step)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["99"], "its steps are 1 to 3"),
        (["relu"], "rollouts/step-000001"),
        (["--status", "HACKED"], "holds steps of a training"),
    ],
)
def test_what_a_training_has_not_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    write_training(tmp_path / "run", "rl", 3)
    assert main(["show", str(tmp_path / "run"), *options]) == 2
    assert message in capsys.readouterr().err


def test_the_trajectories_of_a_step_are_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_training(tmp_path / "run", "rl", 3, rollouts=(2,))
    assert main(["show", str(tmp_path / "run" / "rollouts" / "step-000002")]) == 0
    assert "CORRECT" in capsys.readouterr().out
