"""Files and rows find their problem, or say why not."""

from __future__ import annotations

import pytest

from kerneldojo.benchmark.names import Names, NoSuchName, split_sample

SUITE = ["suite/norm/layer_norm", "suite/norm/rms_norm", "suite/softmax/softmax"]
KERNELBENCH = ["kernelbench/level1/1", "kernelbench/level1/19", "kernelbench/level2/1"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("suite/norm/layer_norm", "suite/norm/layer_norm"),
        ("suite_norm_layer_norm", "suite/norm/layer_norm"),
        ("suite__norm__layer_norm", "suite/norm/layer_norm"),
        ("norm/layer_norm", "suite/norm/layer_norm"),
        ("norm_layer_norm", "suite/norm/layer_norm"),
        ("layer_norm", "suite/norm/layer_norm"),
        ("softmax", "suite/softmax/softmax"),
        ("kernelbench/level1/19", "kernelbench/level1/19"),
        ("level1/19", "kernelbench/level1/19"),
        ("level1_19", "kernelbench/level1/19"),
        ("level1/19_ReLU", "kernelbench/level1/19"),
        ("level1/1_Square_matrix_multiplication_", "kernelbench/level1/1"),
        ("level_1_problem_19", "kernelbench/level1/19"),
        ("runs/mine/level_2_problem_1", "kernelbench/level2/1"),
    ],
)
def test_names_that_are_understood(text: str, name: str) -> None:
    assert Names(SUITE + KERNELBENCH).find(text) == name


def test_names_that_are_not() -> None:
    names = Names(SUITE + KERNELBENCH)
    for stranger in ("norm", "level3/1", "level_3_problem_1", "", "layer_norm_"):
        with pytest.raises(NoSuchName, match="no problem named"):
            names.find(stranger)
    with pytest.raises(NoSuchName, match="kernelbench/level1/1 or kernelbench/level2/1"):
        names.find("1")


def test_a_scaled_problem_goes_by_its_plain_name_too() -> None:
    scaled = "kernelbench/level1/19@cpu"
    for text in (scaled, "kernelbench/level1/19", "level1_19", "level_1_problem_19"):
        assert Names([scaled]).find(text) == scaled
    both = Names([scaled, "kernelbench/level1/19"])
    assert both.find("level1/19") == "kernelbench/level1/19"
    assert both.find("level1/19@cpu") == scaled


@pytest.mark.parametrize(
    ("stem", "parts"),
    [
        ("level_1_problem_19_sample_3_kernel", ("level_1_problem_19", 3)),
        ("level1_19_sample_0", ("level1_19", 0)),
        ("norm/layer_norm", ("norm/layer_norm", None)),
        ("norm/resample_2d", ("norm/resample_2d", None)),
    ],
)
def test_samples_in_file_names(stem: str, parts: tuple[str, int | None]) -> None:
    assert split_sample(stem) == parts
