"""Definitions of flashinfer-bench and SOL-ExecBench become references, or are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.problems import load_problem, load_problems

NORM: dict[str, Any] = {
    "name": "rmsnorm_d64",
    "description": "RMS norm.",
    "op_type": "rmsnorm",
    "tags": ["status:verified"],
    "axes": {
        "batch": {"type": "var"},
        "hidden": {"type": "const", "value": 64},
        "half": {"type": "expr", "expression": "hidden // 2"},
    },
    "inputs": {
        "x": {"shape": ["batch", "hidden"], "dtype": "bfloat16"},
        "scale": {"shape": ["hidden"], "dtype": "float32"},
        "shift": {"shape": ["half"], "dtype": "int32"},
        "mask": {"shape": [], "dtype": "bool"},
        "eps": {"shape": None, "dtype": "float32"},
    },
    "outputs": {"y": {"shape": ["batch", "hidden"], "dtype": "float32"}},
    "reference": (
        "import torch\n\n@torch.no_grad()\ndef run(x, scale, shift, mask, eps):\n"
        "    x = x.float()\n"
        "    return {'y': x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * scale}\n"
    ),
}
RANDOM = {"type": "random"}


def workload(batch: int, **inputs: dict) -> dict:
    given = dict.fromkeys(NORM["inputs"], RANDOM) | {"eps": {"type": "scalar", "value": 1e-6}}
    return {"uuid": f"u{batch}", "axes": {"batch": batch}, "inputs": given | inputs}


@pytest.fixture
def traces(tmp_path: Path):
    def _write(changes: dict | None = None, workloads: list[dict] | None = None) -> Path:
        definition = NORM | (changes or {})
        path = tmp_path / "definitions" / "rmsnorm" / "rmsnorm_d64.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(definition))
        rows = [workload(8), workload(32)] if workloads is None else workloads
        lines = [
            json.dumps({"definition": NORM["name"], "solution": None, "workload": row})
            for row in rows
        ]
        path = tmp_path / "workloads" / "rmsnorm" / "rmsnorm_d64.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines))
        return tmp_path

    return _write


def execute(source: str) -> dict[str, Any]:
    pytest.importorskip("torch")
    names: dict[str, Any] = {}
    exec(source, names)
    return names


def test_a_definition_becomes_a_reference_that_runs(traces) -> None:
    [problem] = load_problems([traces()]).problems
    assert (problem.name, problem.licence) == ("rmsnorm_d64", "Apache-2.0")
    assert problem.metadata.tags == ("rmsnorm", "status:verified")
    assert [w.constants for w in problem.metadata.workloads] == [
        {"batch": 8, "eps": 1e-6},
        {"batch": 32, "eps": 1e-6},
    ]
    names = execute(problem.source)
    inputs = names["get_inputs"]()
    assert [getattr(value, "shape", value) for value in inputs] == [(8, 64), (64,), (32,), (), 1e-6]
    output = names["Model"](*names["get_init_inputs"]())(*inputs)
    assert output.shape == (8, 64)
    assert abs(output.div(inputs[1]).pow(2).mean().item() - 1) < 0.1


def test_many_workloads_are_thinned_out(traces) -> None:
    rows = [workload(batch) for batch in range(1, 31)]
    [problem] = load_problems([traces(workloads=rows)]).problems
    assert [w.constants["batch"] for w in problem.metadata.workloads] == [1, 11, 20, 30]
    assert "4 of 30 workloads are kept" in problem.metadata.description


def test_workloads_that_need_files_are_left_out(traces) -> None:
    rows = [workload(8, x={"type": "safetensors", "path": "a", "tensor_key": "x"}), workload(16)]
    [problem] = load_problems([traces(workloads=rows)]).problems
    assert [w.constants["batch"] for w in problem.metadata.workloads] == [16]
    assert "1 of 2 workloads are left out: input 'x' is read from safetensors data" in (
        problem.metadata.description
    )


def test_sol_execbench_s_folders_and_own_inputs(tmp_path: Path) -> None:
    definition = {
        "name": "gather",
        "op_type": None,
        "axes": {"double": {"type": "expr", "expression": "rows * 2"}, "rows": {"type": "var"}},
        "custom_inputs_entrypoint": "get_inputs",
        "inputs": {
            "x": {"shape": ["rows"], "dtype": "float32"},
            "index": {"shape": ["double"], "dtype": "int64"},
            "scale": {"shape": None, "dtype": "float32"},
        },
        "outputs": {"y": {"shape": ["double"], "dtype": "float32"}},
        "reference": (
            "import torch\n"
            "def get_inputs(axes, device):\n"
            "    rows = axes['rows']\n"
            "    return {'index': torch.randint(0, rows, (2 * rows,), device=device),\n"
            "            'x': torch.randn(rows, device=device), 'scale': 0.5}\n"
            "def run(x, index, scale):\n    return (x[index] * scale,)\n"
        ),
    }
    custom = {"type": "custom"}
    inputs = {"x": custom, "index": custom, "scale": custom}
    row = {"uuid": "1", "axes": {"rows": 5}, "inputs": inputs}
    folder = tmp_path / "L1" / "001_gather"
    folder.mkdir(parents=True)
    (folder / "definition.json").write_text(json.dumps(definition))
    (folder / "workload.jsonl").write_text(json.dumps(row))
    problem = load_problem(tmp_path)
    assert problem.licence == "unknown"
    names = execute(problem.source)
    x, index, scale = names["get_inputs"]()
    assert (names["Model"]()(x, index, scale) == x[index] * 0.5).all()
    assert load_problem(folder / "definition.json").source == problem.source


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"op_type": "sampling"}, "outputs are random"),
        ({"reference": "x = 1"}, "defines no function 'run'"),
        ({"reference": "def run(:"}, "reference: line 1"),
        ({"outputs": {"y": {"shape": None, "dtype": "float32"}}}, "'y' is a Python scalar"),
        (
            {"inputs": {"x": {"shape": ["batch"], "dtype": "float8_e4m3fn"}}},
            "input 'x' is of type float8_e4m3fn",
        ),
        ({"inputs": {"x": {"shape": ["depth"], "dtype": "float32"}}}, "axis 'depth'"),
        ({"axes": NORM["axes"] | {"run": {"type": "const", "value": 1}}}, "'run' is also a name"),
        ({"axes": NORM["axes"] | {"a b": {"type": "const", "value": 1}}}, "cannot be the name"),
        ({"axes": NORM["axes"] | {"c": {"type": "list"}}}, "unknown type, 'list'"),
        ({"axes": NORM["axes"] | {"c": {"type": "const", "value": "many"}}}, "not a definition"),
        ({"axes": NORM["axes"] | {"c": {"type": "expr", "expression": "z"}}}, "no axis"),
        ({"custom_inputs_entrypoint": "draw"}, "no function 'draw'"),
        ({"inputs": None}, "not a definition"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(
    traces, changes: dict, reason: str
) -> None:
    loaded = load_problems([traces(changes)])
    assert not loaded.problems
    [refusal] = loaded.refused
    assert reason in refusal.reason
    assert refusal.where.endswith("rmsnorm_d64.json")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no workload"),
        ([workload(8, eps=RANDOM)], "'eps' is given no value"),
        ([workload(0)], "no size is given for axis 'batch'"),
        ([workload(8, x={"type": "custom"})], "'x' is read from custom data"),
    ],
)
def test_a_definition_without_usable_workloads_is_refused(traces, rows: list, reason: str) -> None:
    [refusal] = load_problems([traces(workloads=rows)]).refused
    assert reason in refusal.reason
