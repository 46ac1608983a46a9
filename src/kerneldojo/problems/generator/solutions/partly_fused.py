"""Writes programs as solutions that PyTorch begins and one kernel finishes."""

from __future__ import annotations

from kerneldojo.problems.generator import torch_source, triton_source
from kerneldojo.problems.generator.program import Program, Source, Step

_HIDDEN = "hidden"
"""What the value is called that PyTorch hands to the kernel."""
_FINISH = "finish"


def cuts(program: Program) -> list[int]:
    """Return the steps after which a program falls into two: nothing else is handed on.

    Inputs and parameters may be used on both sides.
    """
    last = len(program.values) - 1
    return [
        place
        for place, value in enumerate(program.values[:last])
        if isinstance(value, Step)
        and value.operator.kind != "half"
        and _handed_on(program, place) == {place}
    ]


def render_partly_fused_triton(program: Program, cut: int | None = None) -> str | None:
    """Return a solution whose first steps are PyTorch's, and whose others are one kernel.

    None for programs that do not fall into two.

    Args:
        program: what is computed.
        cut: the last step that is PyTorch's, one of `cuts`; by default a matrix product if there
            is one, else the one in the middle.
    """
    places = cuts(program)
    if not places:
        return None
    if cut is None:
        cut = places[0] if _is_product(program.values[places[0]]) else places[len(places) // 2]
    head, tail = _parts(program, cut)
    names = [source.name for source in tail.inputs if source.name != _HIDDEN]
    begun = torch_source.Forward(head, kept=names)
    parameters = ", ".join(f"{source.name}: torch.Tensor" for source in tail.sources)
    dtype = "DTYPE" if program.is_mixed else ""
    arguments = [
        begun.result
        if source.name == _HIDDEN
        else f"self.{source.name}"
        if source.is_parameter
        else source.name
        for source in tail.sources
    ]
    kernel = [
        *triton_source.fused_kernel(tail),
        "",
        "",
        f"def {_FINISH}({parameters}) -> torch.Tensor:",
        *(f"    {line}" for line in triton_source.launch(tail, owner="", dtype=dtype)),
    ]
    forward = [*begun.body, f"return {_FINISH}({', '.join(arguments)})"]
    return triton_source.solution_file(program, kernel, forward)


def _handed_on(program: Program, cut: int) -> set[int]:
    """Return the steps up to a place whose values are used after it."""
    return {
        argument
        for value in program.values[cut + 1 :]
        if isinstance(value, Step)
        for argument in value.arguments
        if argument <= cut and isinstance(program.values[argument], Step)
    }


def _is_product(value: Source | Step) -> bool:
    return isinstance(value, Step) and value.operator.kind == "head" and not value.operator.triton


def _parts(program: Program, cut: int) -> tuple[Program, Program]:
    """Return the program up to a step, and the one from there, of which it is an input."""
    head = Program(program.values[: cut + 1], program.layout, program.precision, program.style)
    needed = {
        argument
        for value in program.values[cut + 1 :]
        if isinstance(value, Step)
        for argument in value.arguments
    }
    values: list[Source | Step] = [Source("tensor", _HIDDEN)]
    places = {cut: 0}
    for place, value in enumerate(program.values):
        if isinstance(value, Source):
            if place in needed:
                places[place] = len(values)
                values.append(value)
        elif place > cut:
            places[place] = len(values)
            arguments = tuple(places[argument] for argument in value.arguments)
            values.append(Step(value.name, arguments, value.constants, value.spelling))
    return head, Program(tuple(values), program.layout, program.precision, program.style)
