"""Writes programs as honest beginners do: nearly right.

Some mistakes are made in the program and then rendered; they are only made if the answer changes
by more than any tolerance hides, measured on samples. Others are made in the source text of a
right solution, at a place where they cannot be without effect.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from kerneldojo.problems.generator import probe, sample
from kerneldojo.problems.generator.program import Program, Source, Step
from kerneldojo.problems.generator.solutions.partly_fused import render_partly_fused_triton
from kerneldojo.problems.generator.triton_source import render_fused_triton, render_lazy_triton

T = TypeVar("T")

_CONFUSED: Mapping[str, tuple[str, ...]] = {
    "relu": ("abs", "silu"),
    "gelu": ("relu", "silu"),
    "gelu_tanh": ("relu", "silu"),
    "silu": ("sigmoid", "relu"),
    "elu": ("relu",),
    "selu": ("elu", "relu"),
    "sigmoid": ("tanh", "silu"),
    "tanh": ("sigmoid",),
    "softplus": ("relu",),
    "logsigmoid": ("sigmoid",),
    "hardswish": ("hardsigmoid",),
    "hardsigmoid": ("relu6",),
    "mish": ("relu", "tanh"),
    "softsign": ("sigmoid",),
    "relu6": ("sigmoid", "tanh"),
    "square": ("abs", "sqrt_square"),
    "abs": ("relu", "square"),
    "exp": ("square",),
    "gaussian": ("square", "laplace"),
    "laplace": ("abs", "gaussian"),
    "log1p_abs": ("abs",),
    "erf": ("sigmoid",),
    "sin": ("cos",),
    "cos": ("sin",),
    "add": ("sub", "mul"),
    "sub": ("add",),
    "mul": ("add",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "softmax": ("log_softmax",),
    "log_softmax": ("softmax",),
    "layer_norm": ("mean_centre", "rms_norm"),
    "rms_norm": ("l2_normalise", "mean_centre"),
    "l2_normalise": ("rms_norm",),
    "mean_centre": ("max_subtract", "layer_norm"),
    "max_subtract": ("mean_centre",),
    "sum": ("mean",),
    "mean": ("sum",),
    "amax": ("amin", "sum"),
    "amin": ("amax",),
    "var": ("norm", "mean"),
    "norm": ("sum", "var"),
}
"""What each operator is taken for by those who do not look closely."""
_MOVABLE = ("unary", "scalar", "row")
_REMOVABLE = ("unary", "scalar", "binary", "row", "select")
_INVENTED = ("relu", "gelu", "silu", "tanh", "softplus", "elu", "mish", "hardswish", "leaky_relu")
"""Functions that `triton.language` does not have."""

_ROW_LOAD = re.compile(r"row \* cols \+ at, mask=inside, other=0\.0")
_GUARDED = re.compile(r'tl\.where\(inside, (.*), (?:0\.0|-?float\("inf"\))\)')
_SUMS = re.compile(r"tl\.sum\(tl\.where\(inside|_exp = tl\.where\(inside")
_SHORT = re.compile(r"_ptr \+ at, mask")
"""A load that is the same for every row: beyond its end there may be zeros, which add nothing."""
_MASKED = re.compile(r", mask=inside, other=[\d.]+")
_ROW_BLOCK = "BLOCK=triton.next_power_of_2(cols)"
_COUNT = "    count = 1\n{0}    for size in lead:\n{0}        count *= size\n"


def _left_out(program: Program, chance: random.Random) -> Iterator[Program]:
    """Leave out an operator."""
    for place in _shuffled(_places(program, _REMOVABLE), chance):
        step = _step(program, place)
        kept = step.arguments[1] if step.name == "where" else step.arguments[0]
        if place == len(program.values) - 1 and isinstance(program.values[kept], Source):
            continue
        values: list[Source | Step] = []
        for at, value in enumerate(program.values):
            if isinstance(value, Step):
                arguments = tuple(
                    other - (other > place)
                    for other in (kept if each == place else each for each in value.arguments)
                )
                value = dataclasses.replace(value, arguments=arguments)
            if at != place:
                values.append(value)
        if kept == len(values) - 1 or place < len(program.values) - 1:
            yield dataclasses.replace(program, values=tuple(values))


def _confused(program: Program, chance: random.Random) -> Iterator[Program]:
    """Take an operator for another one."""
    for place in _shuffled(range(len(program.values)), chance):
        value = program.values[place]
        names = _CONFUSED.get(value.name, ()) if isinstance(value, Step) else ()
        for name in _shuffled(names, chance):
            yield _with(program, {place: Step(name, _step(program, place).arguments)})


def _constant(program: Program, chance: random.Random) -> Iterator[Program]:
    """Get a constant wrong."""
    for place in _shuffled(_places(program, ("unary", "scalar", "select")), chance):
        step = _step(program, place)
        for constants in _shuffled(step.operator.constants, chance):
            yield _with(program, {place: dataclasses.replace(step, constants=constants)})


def _order(program: Program, chance: random.Random) -> Iterator[Program]:
    """Apply two operators in the wrong order."""
    users = [each for step in program.steps for each in step.arguments]
    for place in _shuffled(_places(program, _MOVABLE), chance):
        step = _step(program, place)
        first = program.values[step.arguments[0]]
        movable = isinstance(first, Step) and first.operator.kind in _MOVABLE
        if not movable or users.count(step.arguments[0]) > 1:
            continue
        assert isinstance(first, Step)
        if len(first.arguments) > 1 or len(step.arguments) > 1:
            continue
        yield _with(
            program,
            {
                place: dataclasses.replace(first, arguments=step.arguments),
                step.arguments[0]: dataclasses.replace(step, arguments=first.arguments),
            },
        )


def _stride(program: Program, source: str) -> str | None:
    """Forget how long a row is."""
    return _changed(source, _ROW_LOAD.sub("row + at, mask=inside, other=0.0", source, count=1))


def _unmasked(program: Program, source: str) -> str | None:
    """Forget the mask where a row is summed up: what lies beyond its end counts."""
    certain = program.dtype == "float32" and _SUMS.search(source) and not _SHORT.search(source)
    if not certain or not _ROW_LOAD.search(source):
        return None
    return _GUARDED.sub(r"\1", _MASKED.sub("", source))


def _short_block(program: Program, source: str) -> str | None:
    """Fix the block at a size that some rows do not fit into."""
    half = 1 << ((program.layout.columns - 1).bit_length() - 1)
    return _changed(source, source.replace(_ROW_BLOCK, f"BLOCK={half}"))


def _grid(program: Program, source: str) -> str | None:
    """Launch as many programs as the first dimension says, where there are two."""
    if len(program.layout.leading) < 2:
        return None
    for indent in ("", "    "):
        short = f"    {indent}count = lead[0]\n"
        if (changed := source.replace(indent + _COUNT.format(indent), short)) != source:
            return changed
    return None


def _tail(program: Program, source: str) -> str | None:
    """Forget the last, incomplete block."""
    return _changed(source, source.replace("triton.cdiv(count, 1024)", "count // 1024"))


def _dtype(program: Program, source: str) -> str | None:
    """Answer in float32, whatever the inputs are."""
    if program.dtype == "float32":
        return None
    return _changed(
        source, re.sub(r"dtype=\w+(\.dtype)?, device", "dtype=torch.float32, device", source)
    )


def _shape(program: Program, source: str) -> str | None:
    """Keep a dimension that the reference sums up."""
    return _changed(source, source.replace("torch.empty(lead,", "torch.empty((*lead, 1),"))


def _invented(program: Program, source: str) -> str | None:
    """Call a function of Triton's that there is not."""
    for step in program.steps:
        if step.name not in _INVENTED:
            continue
        pattern = re.escape(step.operator.triton[0])
        argument = r"(?P<x>\w+)"
        pattern = pattern.replace(re.escape("{o}"), r"(?P<o>\w+)", 1)
        pattern = pattern.replace(re.escape("{x}"), argument, 1)
        pattern = pattern.replace(re.escape("{x}"), "(?P=x)").replace(re.escape("{c}"), r"[\d.]+")
        wrong = rf"\g<o> = tl.{step.name}(\g<x>)"
        if changed := _changed(source, re.sub(pattern, wrong, source, count=1)):
            return changed
    return None


def _import(program: Program, source: str) -> str | None:
    """Forget an import."""
    return source.replace("import triton.language as tl\n", "")


def _argument(program: Program, source: str) -> str | None:
    """Forget to pass a size to the kernel."""
    return _changed(
        source, re.sub(r", (?:cols|count)(?:, lead\[-1\])?, BLOCK=", ", BLOCK=", source)
    )


_IN_PROGRAMS: Mapping[str, Callable[[Program, random.Random], Iterator[Program]]] = {
    "left_out": _left_out,
    "confused": _confused,
    "constant": _constant,
    "order": _order,
}
_IN_SOURCES: Mapping[str, Callable[[Program, str], str | None]] = {
    "stride": _stride,
    "unmasked": _unmasked,
    "short_block": _short_block,
    "grid": _grid,
    "tail": _tail,
    "dtype": _dtype,
    "shape": _shape,
    "invented": _invented,
    "import": _import,
    "argument": _argument,
}

MISTAKES: Mapping[str, str] = {
    name: (make.__doc__ or "").rstrip(".")
    for table in (_IN_PROGRAMS, _IN_SOURCES)
    for name, make in table.items()
}
"""What each mistake is, by its name."""


def render_wrong_triton(
    program: Program, chance: random.Random, mistake: str | None = None
) -> tuple[str, str] | None:
    """Return a solution with an honest mistake, and the name of the mistake.

    None if it cannot be made in this program, or nothing honest can be rendered.

    Args:
        program: what is to be computed.
        chance: decides which mistake, where, and in what kind of solution.
        mistake: one out of `MISTAKES`; by default any.
    """
    renderers = _shuffled(
        (render_fused_triton, render_lazy_triton, render_partly_fused_triton), chance
    )
    for name in [mistake] if mistake else _any_order(chance):
        for render in renderers:
            source = _make(program, name, render, chance)
            if source is not None:
                return source, name
    return None


def _any_order(chance: random.Random) -> list[str]:
    """Return all mistakes; whether one in the program or one in the source comes first is even."""
    return [
        name
        for table in _shuffled((_IN_PROGRAMS, _IN_SOURCES), chance)
        for name in _shuffled(table, chance)
    ]


def _make(
    program: Program,
    mistake: str,
    render: Callable[[Program], str | None],
    chance: random.Random,
) -> str | None:
    right = render(program)
    if right is None:
        return None
    if mistake in _IN_SOURCES:
        return _IN_SOURCES[mistake](program, right)
    for other in _IN_PROGRAMS[mistake](program, chance):
        wrong = render(other) if _differ(program, other, mistake) else None
        if wrong is not None and wrong != right:
            return wrong
    return None


def _differ(right: Program, wrong: Program, mistake: str) -> bool:
    """Whether two programs give answers that no tolerance takes for one another."""
    if mistake == "left_out":
        return True  # the generator refuses programs in which a step hardly matters
    try:
        answer, other = probe.run(right)[-1], probe.run(wrong)[-1]
    except (OverflowError, ValueError, ZeroDivisionError):
        return False
    return sample.distance(answer, other) >= probe.least_effect(right) * sample.rms(answer)


def _with(program: Program, steps: Mapping[int, Step]) -> Program:
    values = tuple(steps.get(place, value) for place, value in enumerate(program.values))
    return dataclasses.replace(program, values=values)


def _places(program: Program, kinds: tuple[str, ...]) -> list[int]:
    return [
        place
        for place, value in enumerate(program.values)
        if isinstance(value, Step) and value.operator.kind in kinds
    ]


def _step(program: Program, place: int) -> Step:
    step = program.values[place]
    assert isinstance(step, Step)
    return step


def _changed(before: str, after: str) -> str | None:
    return None if before == after else after


def _shuffled(items: Iterable[T], chance: random.Random) -> list[T]:
    order = list(items)
    chance.shuffle(order)
    return order
