"""Run solutions beside their reference, without the evaluator.

    python check_examples.py WORKLOAD FILE...

FILE is an example or a gold solution. Prints one JSON line per file: its largest error against
a float64 reference, as a multiple of what an honest kernel may have.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import torch

from kerneldojo.problems import load_problem, specialise
from kerneldojo.records import Problem


def header(path: Path, key: str) -> str:
    """Return the value of a `# key: value` line."""
    match = re.search(rf"^# {key}: (.+)$", path.read_text(), re.MULTILINE)
    assert match, f"{path} has no '# {key}:' line"
    return match[1]


def problem_of(path: Path) -> Problem:
    """Return the problem that an example names, or that a gold solution's place names."""
    if path.parents[1].name == "gold":
        return load_problem(f"suite/{path.parent.name}/{path.stem}")
    return load_problem(header(path, "problem"))


def execute(problem: Problem, workload: str) -> dict[str, Any]:
    """Return the namespace of a reference file at one of its workloads."""
    (constants,) = (w.constants for w in problem.metadata.workloads if w.name == workload)
    namespace: dict[str, Any] = {"__name__": "reference"}
    exec(specialise(problem.source, constants), namespace)
    return namespace


def tensors(value: Any) -> list[torch.Tensor]:
    """Return the tensors of an output in a fixed order."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    return [tensor for item in items for tensor in tensors(item)]


def double(value: Any) -> Any:
    """Return a float64 copy of a floating tensor, anything else unchanged."""
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.detach().double() if floating else value


def answer(model: torch.nn.Module, inputs: list[Any], problem: Problem) -> list[torch.Tensor]:
    """Return the outputs, followed by the gradients where the problem has them."""
    model.train(problem.metadata.training)
    if not problem.metadata.backward:
        with torch.no_grad():
            return tensors(model(*inputs))
    inputs = [differentiable(value) for value in inputs]
    outputs = tensors(model(*inputs))
    cotangents = [torch.linspace(-1, 1, out.numel()).to(out).view_as(out) for out in outputs]
    leaves = [value for value in [*inputs, *model.parameters()] if value.requires_grad]
    return outputs + list(torch.autograd.grad(outputs, leaves, cotangents))


def differentiable(value: Any) -> Any:
    """Return a copy of a floating tensor that asks for its gradient, anything else unchanged."""
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.detach().clone().requires_grad_() if floating else value


def largest_error(
    actual: list[torch.Tensor], own: list[torch.Tensor], wide: list[torch.Tensor]
) -> float:
    """Return the largest error of all outputs, as a multiple of what is allowed.

    Allowed is a few times PyTorch's own error, or some roundings where it has none; integers
    must be equal.
    """
    return max(
        _relative_error(a, o, w) if o.is_floating_point() else float(not torch.equal(a, o)) * 1e9
        for a, o, w in zip(actual, own, wide, strict=True)
    )


def _relative_error(a: torch.Tensor, own: torch.Tensor, wide: torch.Tensor) -> float:
    weight = wide.abs() + wide.square().mean().sqrt()
    least = torch.finfo(own.dtype).eps * (12.0 if own.dtype is torch.float32 else 0.5)
    allowed = max(((own.double() - wide).abs() / weight).max().item(), least) * 4.0
    return ((a.double() - wide).abs() / weight).max().item() / allowed


def check(path: Path, workload: str) -> dict[str, Any]:
    """Return what one solution does at a workload, on inputs of its reference."""
    problem = problem_of(path)
    reference = execute(problem, workload)
    torch.manual_seed(7)
    init, inputs = reference["get_init_inputs"](), reference["get_inputs"]()
    model = reference["Model"](*init)
    state = {name: value.clone() for name, value in model.state_dict().items()}

    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    solution = module.ModelNew(*init)
    solution.load_state_dict(state)

    kept = [value.clone() for value in inputs if isinstance(value, torch.Tensor)]
    actual = answer(solution, inputs, problem)
    given = [value for value in inputs if isinstance(value, torch.Tensor)]
    own = answer(model, inputs, problem)
    model.load_state_dict(state)
    wide = answer(model.double(), [double(value) for value in inputs], problem)
    return {
        "file": f"{path.parent.name}/{path.name}",
        "error": largest_error(actual, own, wide),
        "types_equal": [(t.dtype, t.shape) for t in actual] == [(t.dtype, t.shape) for t in own],
        "inputs_untouched": all(map(torch.equal, kept, given)),
    }


if __name__ == "__main__":
    for name in sys.argv[2:]:
        print(json.dumps(check(Path(name), sys.argv[1])), flush=True)
