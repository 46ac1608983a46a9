"""`collect`: trajectories on disk, figures on the screen, and what is said when nobody answers."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

import kerneldojo as kd
from kerneldojo.policies.base import Topic
from kerneldojo.policies.scripted import Scripted
from kerneldojo.store import Run
from tests.cli.conftest import Command
from tests.cli.talking import TalkingEvaluator
from tests.dialogue.talk import code
from tests.policies.stub import Stub, error

ASK = ("collect", "suite/softmax/softmax", "-o", "out")


@pytest.fixture(autouse=True)
def evaluator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(vars(kd), "Evaluator", TalkingEvaluator)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(messages: object, topic: Topic) -> str:
        if topic.place == "turn 1":
            return code("wrong") if topic.sample else "no idea"
        return code("correct", 2.0 if topic.sample else 0.5)

    monkeypatch.setattr("kerneldojo.policies.open.open_policy", lambda *_: Scripted(reply))


@pytest.mark.usefixtures("scripted")
def test_trajectories_are_kept_and_summed_up(command: Command) -> None:
    ran = command(*ASK, "--trajectories", "2", "--turns", "2", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert (found["run"], found["trajectories"], found["turns"]) == ("out", 2, 4)
    assert found["statuses"] == {"CORRECT": 2, "NO_SOLUTION": 1, "WRONG_VALUE": 1}
    first, second = found["by_turn"]
    assert (first["reward"], first["fast_1_best"]) == (0.0, 0.0)
    assert second["reward"] > 2
    assert (second["correct"], second["fast_1_last"]) == (1.0, 0.5)
    run = Run.open("out")
    assert run.kind == "collect"
    assert sorted(each.record.sample for each in run.trajectories()) == [0, 1]
    assert "[2/2]" in ran.err
    assert "2 trajectories; ended: 2 by turns" in ran.err


@pytest.mark.usefixtures("scripted")
def test_rollout_is_the_same_verb(command: Command) -> None:
    ran = command("rollout", *ASK[1:], "--trajectories", "1", "--turns", "1")
    assert ran.code == 0, ran.err
    assert "fast@1" in ran.out


@pytest.mark.usefixtures("scripted")
def test_what_has_ended_is_not_begun_again(command: Command) -> None:
    assert command(*ASK, "--trajectories", "1").code == 0
    size = Path("out/turns.jsonl").stat().st_size
    assert command(*ASK, "--trajectories", "1").code == 2
    assert command(*ASK, "--trajectories", "1", "--resume").code == 0
    assert Path("out/turns.jsonl").stat().st_size == size
    ran = command(*ASK, "--trajectories", "2", "--resume")
    assert ran.code == 2
    assert "samples" in ran.err


def test_dry_run(command: Command) -> None:
    ran = command(*ASK, "--model", "m", "--turns", "7", "--dry-run")
    assert ran.code == 0
    assert "turns: 7" in ran.out
    assert "ModelNew" in ran.out
    assert not Path("out").exists()


def test_problems_have_to_be_named(command: Command) -> None:
    ran = command("collect", "-o", "out")
    assert ran.code == 2
    assert "name problems" in ran.err


def test_without_a_model(command: Command) -> None:
    ran = command(*ASK)
    assert ran.code == 2
    assert "model" in ran.err and "Traceback" not in ran.err


def test_without_a_key(command: Command) -> None:
    with Stub(key="secret").serve() as url:
        ran = command(*ASK, "--model", "stub", "--base-url", url)
    assert ran.code == 2
    assert "OPENAI_API_KEY" in ran.err


def test_an_endpoint_that_is_down(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    ran = command(*ASK, "--model", "m", "--base-url", url, "--set", "policy.retries=0")
    assert ran.code == 3
    assert url in ran.err
    assert "resume" in ran.err
    assert "given up for now" in ran.err


def test_a_model_that_is_not_there(command: Command) -> None:
    with Stub(models=("small", "large")).serve() as url:
        ran = command(*ASK, "--model", "lrge", "--base-url", url)
    assert ran.code == 2
    assert "lrge" in ran.err


def test_an_endpoint_that_fails_once(command: Command) -> None:
    stub = Stub(reply=code("correct", 2.0))
    stub.faults.append(error(500, "out of luck"))
    options = ("--trajectories", "1", "--turns", "1", "--set", "policy.retries=0")
    with stub.serve() as url:
        ran = command(*ASK, "--model", "stub", "--base-url", url, *options)
        assert ran.code == 3
        assert "given up for now" in ran.err
        ran = command(*ASK, "--model", "stub", "--base-url", url, *options, "--resume")
    assert ran.code == 0, ran.err
    assert "1 CORRECT" in ran.out
