"""Writes a program as a problem: a file in KernelBench's format with metadata."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import Any

from kerneldojo.problems.generator import torch_source
from kerneldojo.problems.generator.fusion import Fusion, difficulty, fusion, level
from kerneldojo.problems.generator.program import Program, Source, Step
from kerneldojo.records import Problem, ProblemMetadata, Workload

_WIDTH = 100


def render_problem(
    program: Program,
    name: str,
    workloads: tuple[str, ...] = ("base", "odd", "small", "gpu"),
    tags: tuple[str, ...] = (),
) -> Problem:
    """Return a program as a problem.

    Args:
        program: what `Model` computes.
        name: the problem's name.
        workloads: which sizes it is given.
        tags: tags of the caller's own, after those that say what the program is.
    """
    cost = fusion(program)
    title = describe(program)
    metadata: dict[str, Any] = {
        "description": f"{title} {_costs(cost)}",
        "level": level(program),
        "tags": [*_tags(program, cost), *tags],
        "workloads": [_workload(program, workload) for workload in workloads],
    }
    source = _source(program, title, metadata)
    return Problem(
        name=name,
        source=source,
        origin="generated",
        licence="Apache-2.0",
        metadata=_metadata(metadata),
    )


def describe(program: Program) -> str:
    """Return one sentence that names the operators in order."""
    words = [_words(program, step) for step in program.steps if step.operator.words]
    if len(words) > 1:
        words = [", ".join(words[:-1]), words[-1]]
    sentence = ", then ".join(words)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _words(program: Program, step: Step) -> str:
    """Return an operator's words; one with two operands says what the second one is."""
    if step.operator.kind != "binary":
        return step.operator.words
    other = program.values[step.arguments[1]]
    return f"{step.operator.words} {other.name if isinstance(other, Source) else 'what was before'}"


def _costs(cost: Fusion) -> str:
    eager = f"{cost.eager_kernels} kernel{'s' * (cost.eager_kernels != 1)}"
    if cost.eager_kernels == cost.fused_kernels:
        return f"PyTorch runs {eager} as well as a fused program would."
    fused = "one does" if cost.fused_kernels == 1 else "two do"
    return (
        f"PyTorch runs {eager} where {fused}, and moves {cost.traffic_ratio:.1f} times the bytes."
    )


def _tags(program: Program, cost: Fusion) -> list[str]:
    kinds = {
        "matmul": any(s.role in ("left", "right") for s in program.sources),
        "norm": program.has("row"),
        "reduction": program.has("reduce"),
        "mask": program.has("select"),
        "parameters": bool(program.parameters),
        program.dtype: program.dtype != "float32",
    }
    return [
        "generated",
        f"difficulty-{difficulty(program)}",
        f"eager-kernels-{cost.eager_kernels}",
        f"fused-kernels-{cost.fused_kernels}",
        f"traffic-{cost.traffic_ratio:.1f}",
        *(tag for tag, applies in kinds.items() if applies),
    ]


def _workload(program: Program, name: str) -> dict[str, Any]:
    if name == "base":
        return {"name": "base"}
    layouts = {"odd": "odd", "small": "small", "gpu": "large"}
    layout = getattr(program.layout, layouts[name])()
    entry = {"name": name, "constants": layout.constants(inner=_has_inner(program))}
    return entry | ({"target": "cuda"} if name == "gpu" else {})


def _has_inner(program: Program) -> bool:
    return any(source.role == "left" for source in program.sources)


def _metadata(literal: dict[str, Any]) -> ProblemMetadata:
    """Return the record of what the file says; it is built from sound values."""
    workloads = tuple(Workload.model_construct(**entry) for entry in literal["workloads"])
    return ProblemMetadata.model_construct(
        description=literal["description"],
        level=literal["level"],
        tags=tuple(literal["tags"]),
        workloads=workloads,
    )


def _source(program: Program, title: str, metadata: dict[str, Any]) -> str:
    forward = torch_source.Forward(program).lines
    constructor = torch_source.constructor(program)
    needs_functional = any("F." in line for line in forward)
    sizes = program.layout.constants(inner=_has_inner(program))
    lines = [
        *_wrapped(title),
        "",
        "import torch",
        "from torch import nn",
        *(["from torch.nn import functional as F"] if needs_functional else []),
        "",
        *_literal(metadata),
        "",
        *(f"{name} = {size}" for name, size in sizes.items()),
        *([f"DTYPE = torch.{program.dtype}"] if program.dtype != "float32" else []),
        "",
        "",
        "class Model(nn.Module):",
        *(f"    {line}" for line in constructor),
        *([""] if constructor else []),
        *_forward_line(program),
        *(f"        {line}" for line in forward),
        "",
        "",
        "def get_inputs() -> list:",
        *_listed(torch_source.inputs(program)),
        "",
        "",
        "def get_init_inputs() -> list:",
        f"    return [{', '.join(torch_source.init_inputs(program))}]",
    ]
    return "\n".join(lines) + "\n"


def _wrapped(title: str) -> list[str]:
    """Return the docstring, broken into lines of at most 100 letters."""
    lines = wrap(f'"""{title}', _WIDTH - 3, break_on_hyphens=False)
    return [f'{lines[0]}"""'] if len(lines) == 1 else [*lines, '"""']


def _literal(metadata: dict[str, Any]) -> list[str]:
    """Return `METADATA = {...}`, as the formatter would have it."""
    return [
        "METADATA = {",
        *_text(metadata["description"]),
        f'    "level": {metadata["level"]},',
        *_tag_lines(metadata["tags"]),
        '    "workloads": [',
        *(line for workload in metadata["workloads"] for line in _workload_lines(workload)),
        "    ],",
        "}",
    ]


def _text(description: str) -> list[str]:
    """Return the description's lines, in parentheses if it is long."""
    whole = f'    "description": {_quoted(description)},'
    if len(whole) <= _WIDTH:
        return [whole]
    parts = wrap(description, _WIDTH - 12, break_on_hyphens=False)
    spaced = [*(f"{part} " for part in parts[:-1]), parts[-1]]
    return ['    "description": (', *(f"        {_quoted(part)}" for part in spaced), "    ),"]


def _tag_lines(tags: list[str]) -> list[str]:
    whole = f'    "tags": {_quoted(tags)},'
    if len(whole) <= _WIDTH:
        return [whole]
    return ['    "tags": [', *(f"        {_quoted(tag)}," for tag in tags), "    ],"]


def _workload_lines(workload: dict[str, Any]) -> list[str]:
    whole = f"        {_quoted(workload)},"
    if len(whole) <= _WIDTH:
        return [whole]
    fields = (f"            {_quoted(key)}: {_quoted(value)}," for key, value in workload.items())
    return ["        {", *fields, "        },"]


def _forward_line(program: Program) -> list[str]:
    given = torch_source.signature(program)
    whole = f"    def forward(self, {given}) -> torch.Tensor:"
    if len(whole) <= _WIDTH:
        return [whole]
    arguments = (f"        {argument}," for argument in ("self", *given.split(", ")))
    return ["    def forward(", *arguments, "    ) -> torch.Tensor:"]


def _quoted(value: Any) -> str:
    """Return a literal with double quotes; JSON's strings, numbers and lists are Python's too."""
    return json.dumps(value, ensure_ascii=False)


def _listed(expressions: list[str]) -> list[str]:
    inside = ", ".join(expressions)
    if len(inside) + 13 <= _WIDTH:
        return [f"    return [{inside}]"]
    return ["    return [", *(f"        {expression}," for expression in expressions), "    ]"]
