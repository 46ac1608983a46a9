from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.store.lines import BadLine
from kerneldojo.store.steps import METRICS, parse_step, read_steps


def test_the_later_line_of_a_step_counts_and_what_came_after_is_forgotten(tmp_path: Path) -> None:
    losses = [(1, 4.0), (2, 3.0), (3, 2.0), (4, 1.0), (3, 2.5)]
    lines = [f'{{"step": {step}, "loss": {loss}}}\n' for step, loss in losses]
    (tmp_path / METRICS).write_text("".join(lines))
    steps = read_steps(tmp_path, [])
    assert [(step["step"], step["loss"]) for step in steps] == [(1, 4.0), (2, 3.0), (3, 2.5)]


def test_a_torn_last_line_is_ignored_and_others_are_told(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text('{"step": 1}\nnonsense\n{"loss": 1}\n{"step": 2}\n{"step"')
    bad: list[BadLine] = []
    assert [step["step"] for step in read_steps(tmp_path, bad)] == [1, 2]
    assert [each.line for each in bad] == [2, 3]


def test_a_run_without_a_step_has_none(tmp_path: Path) -> None:
    assert read_steps(tmp_path, []) == []


def test_what_is_no_number_is_missing_and_texts_are_kept() -> None:
    line = b'{"step": 3, "loss": "NaN", "kl": NaN, "coverage": null, "skipped": "nothing", "x": []}'
    assert parse_step(line) == {
        "step": 3,
        "loss": None,
        "kl": None,
        "coverage": None,
        "skipped": "nothing",
        "x": None,
    }


@pytest.mark.parametrize("line", [b"[]", b"1", b'{"step": 0}', b'{"step": true}', b'{"step": "1"}'])
def test_other_lines_are_no_steps(line: bytes) -> None:
    with pytest.raises(ValueError, match="step"):
        parse_step(line)
