"""`@cpu`: sizes for a GPU become sizes for a CPU, and what must divide goes on dividing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems import Selection, load_problem, load_problems, scale_for_cpu
from kerneldojo.problems.reference import from_text
from kerneldojo.problems.scaling import AIM
from kerneldojo.problems.static_shapes import input_shapes, top_level
from kerneldojo.problems.syntax import parse
from kerneldojo.problems.work import estimate
from kerneldojo.records import Problem

MODEL = "import torch\nclass Model(torch.nn.Module):\n    def forward(self, x): return {body}\n"


def problem(constants: str, inputs: str, init: str = "[]", body: str = "x") -> Problem:
    source = (
        f"{MODEL.format(body=body)}\n{constants}\n"
        f"def get_inputs():\n    return [{inputs}]\n"
        f"def get_init_inputs():\n    return {init}\n"
    )
    return from_text(source, "p", "here", "unknown")


def sizes(scaled: Problem) -> dict:
    return top_level(parse(scaled.source))


def shapes(scaled: Problem) -> list[tuple[int, ...]]:
    tree = parse(scaled.source)
    return input_shapes(tree, top_level(tree))


def test_batch_goes_first_then_features() -> None:
    scaled = scale_for_cpu(
        problem("batch_size = 4096\ndim = 393216", "torch.rand(batch_size, dim)")
    )
    assert scaled.name == "p@cpu"
    assert shapes(scaled) == [(16, 98304)]
    assert "batch_size 4096 → 16, dim 393216 → 98304" in scaled.metadata.description


def test_a_small_problem_keeps_its_sizes_and_says_so() -> None:
    original = problem("N = 64", "torch.rand(N, N)")
    scaled = scale_for_cpu(original)
    assert scaled.source == original.source
    assert scaled.name == "p@cpu"
    assert "nothing is changed" in scaled.metadata.description
    assert scale_for_cpu(scaled) is scaled


@pytest.mark.parametrize(
    ("constants", "inputs"),
    [
        ("M = N = 32768", "torch.rand(M, N)"),
        ("M, N = 32768, 16384", "torch.rand(M, N)"),
        ("shape = (64, 3, 512, 512)", "torch.rand(*shape)"),
        ("shape = (64, 3, 512, 512)", "torch.rand(shape)"),
        ("B = 1024 * 4\nD = B * 2", "torch.rand(B, D), torch.randint(0, D, (B,))"),
        ("N = 1 << 20\nbatch_size = 65536\nW = 2 ** 10", "torch.rand(batch_size, W)"),
    ],
)
def test_every_way_to_write_a_size_is_understood(constants: str, inputs: str) -> None:
    scaled = scale_for_cpu(problem(constants, inputs))
    work = estimate(parse(scaled.source), {})
    assert work is not None
    assert work.within(AIM)


def test_an_odd_size_stays_odd() -> None:
    [(rows, columns)] = shapes(scale_for_cpu(problem("M = 8205\nN = 65535", "torch.rand(M, N)")))
    assert rows % 2 == columns % 2 == 1
    assert (rows, columns) != (8205, 65535)


def test_groups_and_heads_go_on_dividing() -> None:
    scaled = scale_for_cpu(
        problem(
            "batch_size = 1024\nhidden = 8192\nnum_groups = 512\nbias_shape = (hidden,)",
            "torch.rand(batch_size, hidden)",
            "[hidden, num_groups, bias_shape]",
            "torch.nn.functional.linear(x, x)",
        )
    )
    found = sizes(scaled)
    assert found["num_groups"] == 512
    assert found["hidden"] % 512 == 0
    assert found["hidden"] // 512 >= 4
    assert found["bias_shape"] == (found["hidden"],)


def test_equal_sizes_stay_equal() -> None:
    scaled = scale_for_cpu(
        problem(
            "B = 32768\nshape = (32768,)",
            "torch.rand(B, *shape), torch.randint(0, 2, (B,)).float()",
        )
    )
    (rows, columns), (targets,) = shapes(scaled)
    assert rows == columns == targets < 32768


def test_kernels_strides_and_small_channels_are_left_alone() -> None:
    scaled = scale_for_cpu(
        problem(
            "batch_size = 128\nin_channels = 3\nout_channels = 64\nkernel_size = (5, 7)\n"
            "stride = 2\nheight = width = 512",
            "torch.rand(batch_size, in_channels, height, width)",
            "[in_channels, out_channels, kernel_size, stride]",
            "torch.nn.Conv2d(3, 4, 1)(x)",
        )
    )
    found = sizes(scaled)
    kept = {"in_channels": 3, "kernel_size": (5, 7), "stride": 2}
    assert {name: found[name] for name in kept} == kept
    assert found["height"] == found["width"] >= 2 * 7


def test_a_linear_layer_behind_convolutions_fixes_the_image() -> None:
    scaled = scale_for_cpu(
        problem(
            "batch_size = 1024\nheight = width = 224",
            "torch.rand(batch_size, 3, height, width)",
            body="torch.nn.Linear(9, 9)(torch.nn.Conv2d(3, 4, 1)(x))",
        )
    )
    assert (sizes(scaled)["height"], sizes(scaled)["batch_size"]) == (224, 8)


@pytest.mark.parametrize(
    ("constants", "inputs"),
    [("", "torch.rand(100000, 100000)"), ("import os\nN = os.cpu_count()", "torch.rand(N, N)")],
)
def test_what_cannot_be_scaled_is_refused_with_the_reason(constants: str, inputs: str) -> None:
    with pytest.raises(InvalidProblem, match="cannot be scaled down for a CPU"):
        scale_for_cpu(problem(constants, inputs))


def test_workloads_are_scaled_and_those_of_a_gpu_dropped(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text(
        problem("N = 64", "torch.rand(N, N)").source
        + "METADATA = {'workloads': [{'name': 'a', 'constants': {'N': 16384}},"
        " {'name': 'b', 'constants': {'N': 128}},"
        " {'name': 'c', 'constants': {'N': 65536}, 'target': 'cuda'}]}\n"
    )
    scaled = load_problem(f"{path}@cpu")
    assert {w.name: w.constants["N"] for w in scaled.metadata.workloads} == {"a": 1024, "b": 128}
    assert "a: Scaled down for a CPU: N 16384 → 1024." in scaled.metadata.description


def test_a_whole_selection_scales_and_refuses_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "1.py").write_text(problem("N = 65536", "torch.rand(N, N)").source)
    (tmp_path / "2.py").write_text(problem("", "torch.rand(100000, 100000)").source)
    loaded = load_problems([tmp_path], Selection(scale="cpu"))
    assert [found.name for found in loaded.problems] == ["1@cpu"]
    assert [refusal.where for refusal in loaded.refused] == ["2"]
    assert loaded.problems == load_problems([f"{tmp_path}@cpu"]).problems
    both = load_problems([tmp_path, f"{tmp_path}@cpu"], Selection(scale="cpu"))
    assert both.problems == loaded.problems
