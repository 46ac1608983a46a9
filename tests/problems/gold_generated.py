"""Runs Triton solutions of generated problems in this process, compiled for the CPU.

python -m tests.problems.gold_generated [COUNT] [SPLIT]
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

import torch

from kerneldojo.problems.generator import (
    generate,
    generate_program,
    render_fused_triton,
    render_lazy_triton,
)
from kerneldojo.records import Problem
from tests.problems.generated import instance, wide_answer

WITHIN = {torch.float32: 2e-5, torch.float16: 3e-3, torch.bfloat16: 2e-2}
"""Largest error relative to value + size of the answer."""


def error(problem: Problem, source: str, folder: Path, workload: str = "small") -> float:
    """Return a solution's largest relative error; raises AssertionError for another form."""
    path = folder / "solution.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(f"solution_{abs(hash(source))}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, inputs = instance(problem, workload)
    parameters = model.state_dict()
    sizes = [value.shape[0] for value in parameters.values() if value.dim() == 1]
    init = [sizes[0]] if sizes else []
    matrices = [value for value in parameters.values() if value.dim() == 2]
    init = [*matrices[0].shape] if matrices else init
    solution = module.ModelNew(*init)
    solution.load_state_dict(parameters)
    with torch.no_grad():
        answer, expected = solution(*inputs), model(*inputs)
    assert answer.dtype is expected.dtype and answer.shape == expected.shape
    wide = wide_answer(problem, workload)
    size = wide.square().mean().sqrt()
    return float(((answer.double() - wide).abs() / (wide.abs() + size)).max())


def main() -> None:
    """Print the errors that are too large."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    split = sys.argv[2] if len(sys.argv) > 2 else "train"
    rendered = {"fused": 0, "lazy": 0}
    for index in range(count):
        program, problem = generate_program(split, index), generate(split, index)
        sources = {"fused": render_fused_triton(program), "lazy": render_lazy_triton(program)}
        for kind, source in sources.items():
            if source is None:
                continue
            rendered[kind] += 1
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = error(problem, source, Path(folder))
                except Exception as failure:
                    print(f"{problem.name} {kind}: {type(failure).__name__}: {failure}"[:600])
                    continue
            if not found <= WITHIN[getattr(torch, program.dtype)]:
                print(f"{problem.name} {kind}: error {found:.3g} {program.structure}")
    print(rendered)


if __name__ == "__main__":
    main()
