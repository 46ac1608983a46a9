"""`problems list|show`."""

from __future__ import annotations

import json

from tests.cli.conftest import Command


def test_list(command: Command) -> None:
    assert "suite/softmax/softmax" in command("problems", "list").out
    listed = json.loads(command("problems", "list", "--json").out)
    assert {"name", "digest", "metadata"} <= set(listed[0])


def test_show(command: Command) -> None:
    assert "class Model" in command("problems", "show", "suite/softmax/softmax").out
    shown = json.loads(command("problems", "show", "suite/softmax/softmax", "--json").out)
    assert "class Model" in shown["source"]


def test_show_unknown(command: Command) -> None:
    ran = command("problems", "show", "suite/softmax/softmx")
    assert ran.code == 2
    assert "Did you mean" in ran.err
