"""`doctor`: a table for people, a record for programs."""

from __future__ import annotations

import json

import pytest

from kerneldojo.evaluation import diagnosis
from tests.cli.conftest import Command


def test_doctor(command: Command) -> None:
    ran = command("doctor")
    assert ran.code == 0
    assert "live self-test" in ran.out
    assert "can be judged" in ran.out


def test_without_pytorch_nothing_can_be_judged(
    monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setattr(diagnosis, "_import", lambda name: None)
    ran = command("doctor", "--json")
    assert ran.code == 3
    assert json.loads(ran.out)["ready"] is False
    assert "pip install" in ran.err
