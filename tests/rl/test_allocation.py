"""Sample allocation: proportions by hand, totals to the unit."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.errors import UsageError
from kerneldojo.rl import allocate


def test_by_hand() -> None:
    # √(p + α/p) with α = 0.09: √(0.1 + 0.9) = 1, √(0.9 + 0.1) = 1, √(0.3 + 0.3) = 0.7746.
    found = allocate(torch.tensor([1.0, 2, 1]), torch.tensor([0.1, 0.9, 0.3]), 100, alpha=0.09)
    # Weights 1, 2, 1.291: shares 23.30, 46.61, 30.09; the largest remainder is the second's.
    assert found.tolist() == [23, 47, 30]


def test_more_where_gradients_are_large_and_success_is_rare_but_not_hopeless() -> None:
    norms = torch.ones(5)
    few, some, many, nothing, hardly = allocate(
        norms, torch.tensor([0.05, 0.3, 0.95, 0.0, 1e-4]), 1000
    ).tolist()
    assert few > some > many > hardly > nothing == 0
    larger = allocate(torch.tensor([3.0, 1.0]), torch.tensor([0.5, 0.5]), 400)
    assert larger.tolist() == [300, 100]


def test_the_total_is_kept_and_nobody_gets_less_than_the_least() -> None:
    draw = torch.Generator().manual_seed(0)
    for prompts in (1, 3, 17):
        for total in (40, 257):
            norms = torch.rand(prompts, generator=draw)
            success = torch.rand(prompts, generator=draw).round(decimals=1)
            found = allocate(norms, success, total, least=2)
            assert found.sum() == total and found.min() >= 2 and found.dtype == torch.int64


def test_remainders_go_to_the_first_of_equals() -> None:
    assert allocate(torch.ones(3), torch.full((3,), 0.5), 5).tolist() == [2, 2, 1]


def test_without_any_signal_all_get_the_same() -> None:
    assert allocate(torch.ones(4), torch.zeros(4), 8).tolist() == [2, 2, 2, 2]
    assert allocate(torch.zeros(2), torch.ones(2), 8).tolist() == [4, 4]


def test_beta_of_one_has_no_hopeless_region() -> None:
    found = allocate(torch.ones(2), torch.tensor([0.01, 1.0]), 110, alpha=1e-9, beta=1.0)
    assert found.tolist() == [100, 10]


@pytest.mark.parametrize(
    ("norms", "success", "options", "says"),
    [
        ([], [], {}, "one per prompt"),
        ([1.0], [0.5, 0.5], {}, "success_P has the shape"),
        ([-1.0], [0.5], {}, "at least 0"),
        ([1.0], [1.5], {}, r"in \[0, 1\]"),
        ([float("nan")], [0.5], {}, "is nan"),
        ([1.0], [0.5], {"alpha": 0.0}, "alpha > 0"),
        ([1.0], [0.5], {"beta": 0.5}, "beta ≥ 1"),
        ([1.0, 1.0], [0.5, 0.5], {"least": 6}, "do not give 2 prompts 6 each"),
    ],
)
def test_refusals(
    norms: list[float], success: list[float], options: dict[str, float], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        allocate(torch.tensor(norms), torch.tensor(success), 10, **options)  # type: ignore[arg-type]
