"""Writes programs as Triton solutions: fully fused, or with one operator in a kernel.

The fused form shows that the fusion a problem states can be reached; the lazy form is what a
beginner hands in. Both are `ModelNew` files that the evaluator accepts.
"""

from __future__ import annotations

from kerneldojo.problems.generator import torch_source
from kerneldojo.problems.generator.operator import CONSTANTS, PLACES
from kerneldojo.problems.generator.program import Program, Source, Step

_HEADER = ("import torch", "import triton", "import triton.language as tl", "from torch import nn")
_LIBDEVICE = "from triton.language.extra import libdevice"
_FUNCTIONAL = "from torch.nn import functional as F"


def render_fused_triton(program: Program) -> str | None:
    """Return a solution with one kernel, each of whose programs holds one row.

    None for programs with a matrix product, whose kernels have another shape.
    """
    if any(step.operator.kind == "head" and not step.operator.triton for step in program.steps):
        return None
    return solution_file(program, fused_kernel(program), launch(program))


def lazy_places(program: Program) -> list[int]:
    """Return the steps that take one tensor to another of the same size: activations, functions."""
    return [
        place
        for place, value in enumerate(program.values)
        if isinstance(value, Step) and value.operator.kind == "unary"
    ]


def render_lazy_triton(program: Program, place: int | None = None) -> str | None:
    """Return a solution that computes one activation in a kernel and the rest in PyTorch.

    None for programs without a step that takes one tensor to another of the same size.

    Args:
        program: what is computed.
        place: the step that gets the kernel, one of `lazy_places`; by default the last of them.
    """
    places = lazy_places(program)
    if not places:
        return None
    place = places[-1] if place is None else place
    step = program.values[place]
    assert isinstance(step, Step)
    name = step.name
    kernel = [
        "@triton.jit",
        f"def {name}_kernel(x_ptr, out_ptr, count, BLOCK: tl.constexpr):",
        "    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)",
        "    inside = at < count",
        "    x = tl.load(x_ptr + at, mask=inside, other=0.0).to(tl.float32)",
        *(f"    {line}" for line in statements(step, "out", ["x"])),
        "    tl.store(out_ptr + at, out, mask=inside)",
        "",
        "",
        f"def apply_{name}(x: torch.Tensor) -> torch.Tensor:",
        "    x = x.contiguous()",
        "    out = torch.empty_like(x)",
        "    count = x.numel()",
        f"    {name}_kernel[(triton.cdiv(count, 1024),)](x, out, count, BLOCK=1024)",
        "    return out",
    ]
    forward = torch_source.Forward(program, {place: f"apply_{name}({{x}})"}).lines
    return solution_file(program, kernel, forward)


def solution_file(program: Program, kernel: list[str], forward: list[str]) -> str:
    """Return a file that defines `ModelNew`.

    Args:
        program: whose parameters it creates.
        kernel: what stands before the class: kernels, and functions that launch them.
        forward: the statements of `forward`.
    """
    functional = any("F." in line for line in forward)
    constructor = torch_source.constructor(program)
    libdevice = any("libdevice." in line for line in kernel)
    needs_dtype = any("DTYPE" in line for line in (*kernel, *constructor, *forward))
    lines = [
        *_HEADER,
        *([_FUNCTIONAL] if functional else []),
        *([_LIBDEVICE] if libdevice else []),
        "",
        *([f"DTYPE = torch.{program.dtype}", ""] if needs_dtype else []),
        "",
        *kernel,
        "",
        "",
        "class ModelNew(nn.Module):",
        *(f"    {line}" for line in constructor),
        *([""] if constructor else []),
        f"    def forward(self, {torch_source.signature(program)}) -> torch.Tensor:",
        *(f"        {line}" for line in forward),
    ]
    return "\n".join(lines) + "\n"


def statements(step: Step, out: str, arguments: list[str]) -> list[str]:
    """Return an operator's kernel statements with its places taken."""
    places = {"o": out}
    places |= dict(zip(PLACES, arguments, strict=False))
    places |= {
        letter: repr(value) for letter, value in zip(CONSTANTS, step.constants, strict=False)
    }
    return [line.format(**places) for line in step.operator.triton]


def fused_kernel(program: Program) -> list[str]:
    """Return a kernel whose programs hold a row each; value n of the program is called `vn`."""
    pointers = ", ".join(f"{source.name}_ptr" for source in program.sources)
    body: list[str] = []
    names: list[str] = []
    for place, value in enumerate(program.values):
        if isinstance(value, Source):
            names.append(value.name)
            if value.role != "wide":
                body.append(f"{value.name} = {_load(value)}")
            continue
        arguments = [names[argument] for argument in value.arguments]
        name = f"v{place}"
        if value.operator.kind == "half":
            body.append(f"{name} = {_half(value, arguments[0])}")
        elif value.name != "concat":
            body += statements(value, name, arguments)
        names.append(name)
    sizes = "cols, rows" if _needs_rows(program) else "cols"
    return [
        "@triton.jit",
        f"def fused_kernel({pointers}, out_ptr, {sizes}, BLOCK: tl.constexpr):",
        "    row = tl.program_id(0)",
        "    at = tl.arange(0, BLOCK)",
        "    inside = at < cols",
        *(f"    {line}" for line in body),
        *(f"    {line}" for line in _stores(program, names)),
    ]


def _needs_rows(program: Program) -> bool:
    """Whether an index walks down a column, and hence must know how many rows a matrix has."""
    return any(step.name in ("transpose_in", "transpose_out") for step in program.steps)


_DOWN = "row // rows * rows * cols + at * rows + row % rows"


def _load(source: Source) -> str:
    pointer = f"{source.name}_ptr"
    match source.role:
        case "mask":
            return f"tl.load({pointer} + row * cols + at, mask=inside, other=0)"
        case "row":
            return f"tl.load({pointer} + row).to(tl.float32)"
        case "column":
            place = "at"
        case "turned":
            place = _DOWN
        case _:
            place = "row * cols + at"
    return f"tl.load({pointer} + {place}, mask=inside, other=0.0).to(tl.float32)"


def _half(step: Step, name: str) -> str:
    place = {
        "first_half": "row * 2 * cols + at",
        "second_half": "row * 2 * cols + cols + at",
        "even_columns": "row * 2 * cols + 2 * at",
        "odd_columns": "row * 2 * cols + 2 * at + 1",
    }[step.name]
    return f"tl.load({name}_ptr + {place}, mask=inside, other=0.0).to(tl.float32)"


def _stores(program: Program, names: list[str]) -> list[str]:
    answer = program.answer
    if answer.operator.kind == "reduce":
        return [f"tl.store(out_ptr + row, {names[-1]})"]
    if answer.name == "transpose_out":
        return [f"tl.store(out_ptr + {_DOWN}, {names[-1]}, mask=inside)"]
    if answer.name == "concat":
        first, second = (names[argument] for argument in answer.arguments)
        return [
            f"tl.store(out_ptr + row * 2 * cols + at, {first}, mask=inside)",
            f"tl.store(out_ptr + row * 2 * cols + cols + at, {second}, mask=inside)",
        ]
    return [f"tl.store(out_ptr + row * cols + at, {names[-1]}, mask=inside)"]


def launch(program: Program, *, owner: str = "self.", dtype: str = "") -> list[str]:
    """Return the body of `forward`: sizes, the answer's memory, the launch.

    Args:
        program: what the kernel computes.
        owner: what stands before the names of parameters.
        dtype: expression of the answer's type; by default the type of the main input.
    """
    first = next(source for source in program.inputs if source.role in ("tensor", "wide", "turned"))
    lines = [f"{source.name} = {source.name}.contiguous()" for source in program.inputs]
    match first.role:
        case "wide":
            lines += [f"*lead, cols = {first.name}.shape", "cols = cols // 2"]
        case "turned":
            lines += [f"*lead, cols, rows = {first.name}.shape", "lead = [*lead, rows]"]
        case _:
            lines.append(f"*lead, cols = {first.name}.shape")
    answer = program.answer
    shape = "(*lead, cols)"
    if answer.operator.kind == "reduce":
        shape = "lead"
    elif answer.name == "transpose_out":
        shape = "(*lead[:-1], cols, lead[-1])"
    elif answer.name == "concat":
        shape = "(*lead, 2 * cols)"
    dtype = dtype or f"{first.name}.dtype"
    lines.append(f"out = torch.empty({shape}, dtype={dtype}, device={first.name}.device)")
    given = [
        source.name if not source.is_parameter else f"{owner}{source.name}"
        for source in program.sources
    ]
    sizes = ["cols", "lead[-1]"] if _needs_rows(program) else ["cols"]
    arguments = ", ".join([*given, "out", *sizes])
    return [
        *lines,
        "count = 1",
        "for size in lead:",
        "    count *= size",
        f"fused_kernel[(count,)]({arguments}, BLOCK=triton.next_power_of_2(cols))",
        "return out",
    ]
