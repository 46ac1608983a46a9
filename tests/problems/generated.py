"""Looks at generated problems with PyTorch: is each of them sound?

    python -m tests.problems.generated [COUNT] [SPLIT]

Prints how many problems violate which rule, and the first of each kind.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kerneldojo.problems.generator import generate_many
from kerneldojo.records import Problem
from tests.problems.check_examples import execute

LEAST_SPREAD = 1e-3
LEAST_EFFECT = 0.03
LEAST_EFFECT_ON_AVERAGES = 0.001
"""Averages over rows hardly move, in float32 they need not; tolerances are 1e-5 there."""
LARGEST_OWN_ERROR = 2.0**-7
"""Half of what the evaluator takes for another function rather than rounding."""

_VIEWS = (
    "transpose",
    "permute",
    "chunk",
    "split",
    "slice",
    "unsqueeze",
    "expand",
    "t.",
    "view",
    "detach",
)


class Kernels(TorchDispatchMode):
    """Counts the operators that compute something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name = operator.name().removeprefix("aten::")
        if not name.startswith(_VIEWS) and name not in ("t", "alias", "_unsafe_view"):
            self.names.append(name)
        return operator(*args, **(kwargs or {}))


def instance(problem: Problem, workload: str, seed: int = 5) -> tuple[torch.nn.Module, list[Any]]:
    """Return the model and its inputs at one size."""
    torch.manual_seed(seed)
    reference = execute(problem, workload)
    return reference["Model"](*reference["get_init_inputs"]()), reference["get_inputs"]()


def kernels(problem: Problem) -> list[str]:
    """Return the operators eager PyTorch runs, views left out."""
    model, inputs = instance(problem, "small")
    with torch.no_grad(), Kernels() as seen:
        model(*inputs)
    return seen.names


def examine(problem: Problem, workload: str = "small") -> list[str]:
    """Return complaints about a generated problem."""
    model, inputs = instance(problem, workload)
    with torch.no_grad():
        answer = model(*inputs)
    found = []
    if answer.dtype is not inputs[0].dtype and inputs[0].is_floating_point():
        found.append("dtype")
    if not bool(answer.isfinite().all()):
        return [*found, "not finite"]
    wide = wide_answer(problem, workload)
    size = float(wide.square().mean().sqrt())
    if float(wide.std(correction=0)) <= LEAST_SPREAD * size:
        found.append("nearly constant")
    own = float(((answer.double() - wide).abs() / (wide.abs() + size)).max())
    if own > LARGEST_OWN_ERROR:
        found.append(f"own error: {own:.3g}")
    averaged = answer.dim() < model_rank(problem) and answer.dtype is torch.float32
    least = LEAST_EFFECT_ON_AVERAGES if averaged else LEAST_EFFECT
    _, others = instance(problem, workload, seed=6)
    for place in range(len(inputs)):
        changed = [*inputs]
        changed[place] = others[place]
        if not _differs(model, changed, answer, least):
            found.append(f"ignores input {place}")
    other_model, _ = instance(problem, workload, seed=7)
    for name, other in other_model.named_parameters():
        kept = model.state_dict()
        model.load_state_dict({**kept, name: other})
        if not _differs(model, inputs, answer, least):
            found.append(f"ignores parameter {name}")
        model.load_state_dict(kept)
    return found


def model_rank(problem: Problem) -> int:
    """Return how many dimensions the main tensor has."""
    return 3 if "BATCH" in problem.source else 2


def wide_answer(problem: Problem, workload: str) -> torch.Tensor:
    """Return the answer in float64."""
    model, inputs = instance(problem, workload)
    widened = [x.double() if x.is_floating_point() else x for x in inputs]
    source = problem.source.replace(".float()", ".double()").replace(".to(DTYPE)", "")
    clone = problem.model_copy(update={"source": source})
    torch.manual_seed(5)
    other = execute(clone, workload)["Model"](*execute(clone, workload)["get_init_inputs"]())
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        answer: torch.Tensor = other.double()(*widened)
    return answer


def _differs(model: torch.nn.Module, inputs: list[Any], answer: torch.Tensor, least: float) -> bool:
    with torch.no_grad():
        other = model(*inputs)
    change = (other.double() - answer.double()).square().mean().sqrt()
    return bool(change > least * answer.double().square().mean().sqrt())


def main() -> None:
    """Print the violations."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    split = sys.argv[2] if len(sys.argv) > 2 else "train"
    torch.set_num_threads(1)
    first: dict[str, str] = {}
    counted: dict[str, int] = defaultdict(int)
    for problem in generate_many(split, range(count)):
        complaints = examine(problem)
        (expected,) = [tag for tag in problem.metadata.tags if tag.startswith("eager-kernels-")]
        ran = kernels(problem)
        if expected != f"eager-kernels-{len(ran)}":
            complaints.append(f"kernels: {expected[14:]} said, {len(ran)} run: {' '.join(ran)}")
        for complaint in complaints:
            counted[complaint.partition(":")[0]] += 1
            first.setdefault(complaint, problem.name)
    for complaint, number in sorted(counted.items()):
        print(f"{number:5} of {count}  {complaint}")
    for complaint, name in sorted(first.items()):
        print(f"{name}: {complaint}")


if __name__ == "__main__":
    main()
