"""docs/algorithms.md names everything there is, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kerneldojo import rl

PAGE = (Path(__file__).parents[2] / "docs" / "algorithms.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", rl.__all__)
def test_public_names_exist_and_are_documented(name: str) -> None:
    assert getattr(rl, name) is not None
    assert re.search(rf"`{name}\b", PAGE), f"{name} is not in docs/algorithms.md"


def run(example: int) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[example], names)
    return names


def test_the_example_runs() -> None:
    names = run(0)
    # The lazy first turn of the second trajectory (coverage 0.2) is rejected, and stays in the
    # baseline: its return of 2.3 + 4.95 stands against 0 + 2.7 + 3.8.
    assert names["loss_mask"].tolist() == [
        [False, True, True, False, True, True, True],
        [False, False, False, True, True, True, False],
    ]
    expected = names["found"].advantages_BT[0, 0].item()
    assert expected == pytest.approx(0 + 2.7 + 3.8 - (2.3 + 4.95))
    assert names["advantages"][0, 1].item() == pytest.approx(expected)


def test_the_example_of_a_correction_runs() -> None:
    """Two rows of four tokens are left; at ratio 1 the gradient is −A over rows and 1000."""
    names = run(1)
    assert names["metrics"]["mismatch/rejected_trajectories"] == 0.5
    assert names["logprobs"].grad[:, 0].tolist() == pytest.approx([-1 / 2000, 0.5 / 2000, 0])
