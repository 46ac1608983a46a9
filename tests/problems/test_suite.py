import math
from pathlib import Path

import pytest
import torch

from kerneldojo.problems import list_problems
from kerneldojo.records import Problem
from tests.problems.check_examples import answer, double, execute, tensors

PROBLEMS = list_problems()
CASES = [
    pytest.param(problem, workload.name, id=f"{problem.name}-{workload.name}")
    for problem in PROBLEMS
    for workload in problem.metadata.workloads
    if workload.target != "cuda"  # those are sized for a GPU
]
by_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)


def instance(problem: Problem, workload: str):
    torch.manual_seed(3)
    reference = execute(problem, workload)
    init, inputs = reference["get_init_inputs"](), reference["get_inputs"]()
    return reference["Model"](*init), inputs


@by_problem
def test_metadata_is_complete(problem):
    metadata = problem.metadata
    assert metadata.description
    assert metadata.level in (1, 2, 3)
    assert metadata.tags


@by_problem
def test_the_workloads_are_those_of_every_problem(problem):
    base, odd, *variants, small, gpu = problem.metadata.workloads
    assert [base.name, odd.name, small.name, gpu.name] == ["base", "odd", "small", "gpu"]
    assert not base.constants, "the file as it stands is the base workload"
    for variant in variants:
        assert variant.constants["DTYPE"] == {"bf16": "bfloat16", "fp16": "float16"}[variant.name]
    assert gpu.target == "cuda"
    assert all(workload.target is None for workload in (base, odd, *variants, small))


@by_problem
def test_the_gpu_workload_is_larger(problem):
    file = execute(problem, "base")
    sizes = problem.metadata.workloads[-1].constants
    counts = [name for name, value in sizes.items() if isinstance(value, int)]
    assert math.prod(sizes[name] for name in counts) >= 8 * math.prod(file[name] for name in counts)


@pytest.mark.parametrize(("problem", "workload"), CASES)
def test_every_workload_runs_is_finite_and_has_its_size(problem, workload):
    model, inputs = instance(problem, workload)
    outputs = answer(model, inputs, problem)
    for out in outputs:
        assert out.isfinite().all()
    given = [value for value in inputs if isinstance(value, torch.Tensor)]
    largest = max(tensor.numel() for tensor in [*outputs, *given])
    least, most = {"base": (2**18, 2**22), "odd": (2**13, 2**22)}.get(workload, (1, 2**13))
    assert least <= largest <= most


@by_problem
def test_float64_agrees_with_float32(problem):
    model, inputs = instance(problem, "small")
    narrow = answer(model, inputs, problem)
    model, inputs = instance(problem, "small")
    wide = answer(model.double(), [double(value) for value in inputs], problem)
    for a, b in zip(narrow, wide, strict=True):
        assert b.dtype == (torch.float64 if a.is_floating_point() else a.dtype)
        torch.testing.assert_close(a.double(), b.double(), rtol=1e-4, atol=1e-4)


@by_problem
def test_the_answer_depends_on_the_inputs(problem):
    if "no-tensor-input" in problem.metadata.tags:
        pytest.skip("nothing to vary")
    model, inputs = instance(problem, "small")
    torch.manual_seed(4)
    others = execute(problem, "small")["get_inputs"]()
    model.train(problem.metadata.training)
    with torch.no_grad():
        first, second = tensors(model(*inputs)), tensors(model(*others))
    for a, b in zip(first, second, strict=True):
        assert not torch.equal(a, b)


@by_problem
def test_the_file_stands_alone_and_keeps_kernelbench_form(problem):
    assert "kerneldojo" not in problem.source
    assert Path(problem.origin).suffix == ".py"
    reference = execute(problem, "small")
    assert isinstance(reference["get_inputs"](), list)
    assert isinstance(reference["get_init_inputs"](), list)
    assert issubclass(reference["Model"], torch.nn.Module)
