"""`search` and `refine`: from a module file to a winner, with a model that follows a script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import kerneldojo as kd
from kerneldojo.policies.base import Topic
from kerneldojo.policies.scripted import Scripted
from kerneldojo.store import Run
from tests.cli.conftest import Command
from tests.cli.talking import TalkingEvaluator
from tests.dialogue.talk import code

ROOT = Path(__file__).parents[2]
BLOCK = """\
import torch
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        return x + 1


def get_inputs():
    return [torch.randn(4, 8)]
"""
Speak = Callable[..., Scripted]
REPLIES = ["no idea", code("wrong"), code("correct", 1.2), code("correct", 2.5), code("hacked")]


@pytest.fixture(autouse=True)
def speak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Speak:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(vars(kd), "Evaluator", TalkingEvaluator)

    def speak(*replies: str) -> Scripted:
        policy = Scripted(replies, name="script")
        monkeypatch.setattr("kerneldojo.policies.open.open_policy", lambda *_: policy)
        return policy

    return speak


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "block.py"
    path.write_text(BLOCK)
    return path


def test_a_module_of_ones_own_is_refined(command: Command, speak: Speak, block: Path) -> None:
    policy = speak(*REPLIES)
    ran = command("refine", "block.py", "--turns", "5")
    assert ran.code == 0, ran.err
    lines = ran.err.splitlines()
    assert "Block of block.py" in lines[0]
    assert "[4, 8] float32" in lines[1] and "1.50 ms" in lines[1]
    assert lines[2].split()[:4] == ["turn", "1", "no", "code"]
    assert "WRONG_VALUE" in lines[3]
    assert "1.20×" in lines[4] and "best 1.20×" in lines[4]
    assert "best 2.50×" in lines[6]
    assert "judged anew: CORRECT" in ran.err
    assert "CORRECT  script, turn 4" in ran.out
    assert "measured anew" in ran.out
    winner = Path("runs/block-1/winners/block.py")
    assert str(winner) in ran.out
    assert "# verdict: correct 2.5" in winner.read_text()
    assert "-class Block(nn.Module):" in ran.out, "the difference to the reference"
    assert "-# verdict: correct 1.2" in ran.out, "and to the first correct solution"
    assert "+# verdict: correct 2.5" in ran.out
    question = policy.asked[0][1][0].content
    assert "Model = Block" in question


def test_as_json(command: Command, speak: Speak, block: Path) -> None:
    speak(*REPLIES)
    ran = command("refine", "block.py", "--turns", "5", "--json", "-o", "out")
    found = json.loads(ran.out)
    assert (found["run"], found["strategy"][:10]) == ("out", "sequential")
    [problem] = found["problems"]
    assert problem["end"] == "budget"
    assert problem["turns"] == 5
    assert problem["winner"]["place"] == "turn 4"
    assert problem["winner"]["verified"] is True
    assert problem["winner"]["file"] == "out/winners/block.py"
    assert problem["winner"]["speedup_low"] <= problem["winner"]["speedup"]
    assert "CORRECT" in ran.err


def test_without_a_winner_the_closest_turn_is_shown(
    command: Command, speak: Speak, block: Path
) -> None:
    speak("no idea", code("wrong"), code("crashed"), code("hacked"))
    ran = command("refine", "block.py", "--turns", "4")
    assert ran.code == 1
    assert "no winner in 4 turns" in ran.out
    assert "closest: turn 2, WRONG_VALUE. The model was told:" in ran.out
    assert "values are wrong" in ran.out


def test_each_run_has_a_directory_of_its_own(command: Command, speak: Speak, block: Path) -> None:
    for number in (1, 2):
        speak(code("correct", 2.0))
        assert command("refine", "block.py", "--turns", "1").code == 0
        assert Run.open(f"runs/block-{number}").kind == "search"
    speak()
    ran = command("refine", "block.py", "--turns", "1", "--resume")
    assert ran.code == 0, "the last run has ended: nobody is asked"
    assert "runs/block-2" in ran.out


def test_resuming_goes_on(command: Command, speak: Speak, block: Path) -> None:
    speak(code("correct", 1.2))
    first = command("refine", "block.py", "--strategy", "rollout(turns=2)")
    assert first.code == 2, "the script was too short"
    assert "has said all of its 1 replies" in first.err
    speak(code("correct", 2.5))
    ran = command("refine", "block.py", "--strategy", "rollout(turns=2)", "--resume")
    assert ran.code == 0, ran.err
    assert "(kept)" in ran.err
    [trajectory] = Run.open("runs/block-1").trajectories()
    assert [turn.speedup for turn in trajectory.turns] == [1.2, 2.5]


def test_what_a_file_lacks_is_said(command: Command, block: Path) -> None:
    block.write_text(BLOCK.partition("def get_inputs")[0])
    ran = command("refine", "block.py")
    assert ran.code == 2
    assert "get_inputs, which returns a list of arguments for forward(x)" in ran.err
    assert "    x = torch.randn(...)" in ran.err
    assert not Path("runs").exists()


def test_the_missing_functions_are_written(command: Command, speak: Speak, block: Path) -> None:
    block.write_text(BLOCK.partition("def get_inputs")[0])
    ran = command("refine", "block.py", "--write-inputs", "full.py")
    assert ran.code == 0
    assert "from line 10" in ran.out
    full = Path("full.py")
    assert full.read_text().splitlines()[9] == "def get_inputs():"
    ran = command("refine", "full.py")
    assert ran.code == 2
    assert "fill in what stands as '...'" in ran.err
    assert command("refine", "block.py", "--write-inputs", "full.py").code == 2
    full.write_text(full.read_text().replace("randn(...)", "randn(4, 8)"))
    assert command("refine", "full.py", "--write-inputs", "more.py").code == 2
    speak(code("correct", 2.0))
    assert command("refine", "full.py", "--turns", "1").code == 0


def test_one_of_several_classes(command: Command, speak: Speak, block: Path) -> None:
    block.write_text(BLOCK + BLOCK.replace("Block", "Other"))
    ran = command("refine", "block.py")
    assert ran.code == 2
    assert "--class NAME" in ran.err
    policy = speak(code("correct", 2.0))
    assert command("refine", "block.py", "--class", "Other", "--turns", "1").code == 0
    assert "Model = Other" in policy.asked[0][1][0].content
    assert command("search", "suite/softmax", "--class", "Other").code == 2


def test_a_broken_reference_names_the_line(command: Command, speak: Speak, block: Path) -> None:
    policy = speak()
    block.write_text(BLOCK.replace("x + 1", "broken(x)"))
    ran = command("refine", "block.py")
    assert ran.code == 2
    assert "failed in line 7: NameError" in ran.err
    assert "7 |         return broken(x)" in ran.err
    assert not policy.asked


def test_a_doubtful_problem_is_told(command: Command, speak: Speak, block: Path) -> None:
    speak(code("correct", 2.0))
    block.write_text(BLOCK + "# suspect\n")
    assert "ignored_input" in command("refine", "block.py", "--turns", "1").err


def test_many_problems(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def reply(messages: object, topic: Topic) -> str:
        return code("wrong") if "causal" in topic.problem else code("correct", 1.5)

    policy = Scripted(reply)
    monkeypatch.setattr("kerneldojo.policies.open.open_policy", lambda *_: policy)
    ran = command("search", "suite/softmax", "--limit", "3", "--turns", "2", "-o", "out")
    assert ran.code == 0, ran.err
    assert "2 of 3 problems solved" in ran.out
    assert "3 trajectories to be held" in ran.err
    assert "best 1.50×" in ran.err
    assert len(list(Path("out/winners").iterdir())) == 2
    ran = command("search", "suite/softmax", "--limit", "3", "--turns", "2", "-o", "out")
    assert ran.code == 2
    assert "not empty" in ran.err


def test_dry_run_asks_nobody(command: Command, speak: Speak, block: Path) -> None:
    policy = speak()
    ran = command("refine", "block.py", "--model", "large", "--budget", "money=2.5", "--dry-run")
    assert ran.code == 0
    assert "strategy: sequential(turns=5" in ran.out
    assert "Model = Block" in ran.out, "the first prompt"
    assert 'model = "large"' in ran.out
    assert "money = 2.5" in ran.out
    assert not policy.asked
    plan = json.loads(command("refine", "block.py", "--turns", "3", "--dry-run", "--json").out)
    assert plan["config"]["budget"]["turns"] == 3
    assert plan["problems"] == ["block"]


def test_a_replay_is_directed_as_it_was_recorded(command: Command) -> None:
    asked = ("search", "suite/softmax/softmax", "--policy", "tour", "--dry-run")
    assert "strategy: sequential(turns=3, iterations=2, keep=2)" in command(*asked).out
    assert "strategy: tree(turns=4" in command(*asked, "--strategy", "tree(turns=4)").out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "name what is to be made faster"),
        (["block.py", "--strategy", "sequental"], "sequential"),
        (["block.py", "--budget", "14"], "LIMIT=VALUE"),
        (["block.py", "--budget", "turn=14"], "Did you mean 'budget.turns'"),
        (["block.py", "--turns", "0"], "a whole number ≥ 1"),
        (["block.py", "--policy", "tour", "--model", "m"], "neither --model nor --base-url"),
        (["suite/softmax/softmax", "--write-inputs", "x.py"], "a single .py file"),
        (["nothing.py"], "no such file"),
    ],
)
def test_wrong_usage(
    command: Command, speak: Speak, block: Path, arguments: list[str], complaint: str
) -> None:
    ran = command("refine", *arguments)
    assert ran.code == 2
    assert complaint in ran.err


def test_an_interrupted_search_goes_on(block: Path, tmp_path: Path) -> None:
    """A real signal, a real process; the mailbox tells when it waits for the model."""
    arguments = ["refine", "block.py", "--policy", "mailbox:box", "--turns", "2"]
    first, second = (tmp_path / f"box/block-0-turn_{number}" for number in (1, 2))
    first.parent.mkdir()
    first.with_suffix(".reply.md").write_text(code("correct", 1.2))
    with talking(*arguments) as process:
        assert process.stderr is not None
        while not second.with_suffix(".prompt.md").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "1 turn is kept in runs/block-1; the same command with --resume goes on" in err
    assert "Traceback" not in err
    second.with_suffix(".reply.md").write_text(code("correct", 2.5))
    with talking(*arguments, "--resume") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "1 kept from before" in err
    assert "turn 2" in out.partition("winner  ")[2]
    [trajectory] = Run.open("runs/block-1").trajectories()
    assert [turn.speedup for turn in trajectory.turns] == [1.2, 2.5]


def talking(*arguments: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(map(str, (ROOT, ROOT / "src")))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.talking", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
