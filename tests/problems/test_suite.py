from pathlib import Path

import pytest
import torch

from kerneldojo.problems import list_problems
from kerneldojo.records import Problem
from tests.problems.check_examples import answer, double, execute, tensors

PROBLEMS = list_problems()
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
    assert metadata.level in (1, 2)
    assert metadata.tags
    assert [workload.name for workload in metadata.workloads] == ["base", "odd", "small"]
    assert not metadata.workloads[0].constants, "the file as it stands is the base workload"


@by_problem
@pytest.mark.parametrize("workload", ["base", "odd", "small"])
def test_every_workload_runs_and_is_finite(problem, workload):
    model, inputs = instance(problem, workload)
    for out in answer(model, inputs, problem):
        assert out.isfinite().all()


@by_problem
def test_the_workloads_have_their_sizes(problem):
    def elements(workload: str) -> int:
        model, inputs = instance(problem, workload)
        model.train(problem.metadata.training)
        with torch.no_grad():
            outputs = tensors(model(*inputs))
        return max(t.numel() for t in [*outputs, *inputs] if isinstance(t, torch.Tensor))

    assert 2**18 <= elements("base") <= 2**22
    assert elements("small") <= 2**13


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
    first, second = answer(model, inputs, problem), answer(model, others, problem)
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
