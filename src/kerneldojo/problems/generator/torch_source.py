"""Writes a program as PyTorch code: the statements of `forward`, the model, the inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from kerneldojo.problems.generator.operator import CONSTANTS, PLACES, Expression
from kerneldojo.problems.generator.program import Program, Recipe, Source, Step

_LONGEST = 44
"""Longest expression that is put inside another one."""
_LOCALS = ("h", "t", "s", "r", "q", "p", "o", "n", "m")


class Forward:
    """The body of `forward`, written value by value.

    Args:
        program: what to write.
        replaced: for some steps, a template used instead of the operator's own.
        kept: names of inputs that are needed afterwards, so that no variable takes them.
    """

    def __init__(
        self,
        program: Program,
        replaced: Mapping[int, str] | None = None,
        kept: Collection[str] = (),
    ) -> None:
        self._program = program
        self._replaced = replaced or {}
        self._kept = {"mask", "scale", "shift", *kept}
        self._expressions: dict[int, Expression] = {}
        self._left = Counter(argument for step in program.steps for argument in step.arguments)
        self._names: dict[int, str] = {}
        """Local variables by the value they hold now."""
        self.body: list[str] = []
        """All but the last statement."""
        self.result = ""
        """Expression of the last value, in the type that is computed in."""
        self.answer = ""
        """Expression of the last value, in the type of the answer."""
        self._write()

    @property
    def lines(self) -> list[str]:
        """Every statement."""
        return [*self.body, f"return {self.answer}"]

    def _write(self) -> None:
        for place, value in enumerate(self._program.values):
            if isinstance(value, Source):
                self._source(place, value)
            elif value.operator.kind == "half":
                self._half(place, value)
            else:
                self._step(place, value)
        last = self._expressions[len(self._program.values) - 1]
        self.result = self.answer = last.text
        if self._program.is_mixed:
            text = last.text if last.strength == 3 else f"({last.text})"
            self.answer = f"{text}.to(DTYPE)"

    def _source(self, place: int, source: Source) -> None:
        if source.is_parameter:
            self._expressions[place] = Expression(f"self.{source.name}")
            return
        self._expressions[place] = Expression(source.name)
        self._names[place] = source.name
        if self._program.is_mixed and source.role != "mask":
            self.body.append(f"{source.name} = {source.name}.float()")

    def _half(self, place: int, step: Step) -> None:
        """Write both halves at once, when the first one is due."""
        first = step.name in ("first_half", "even_columns")
        name = "a" if first else "b"
        self._expressions[place] = Expression(name)
        self._names[place] = name
        if not first:
            return
        whole = self._expressions[step.arguments[0]].text
        if step.name == "first_half":
            self.body.append(f"a, b = {whole}.chunk(2, dim=-1)")
        else:
            self.body.append(f"a, b = {whole}[..., ::2], {whole}[..., 1::2]")

    def _step(self, place: int, step: Step) -> None:
        operator = step.operator
        spelling = operator.spellings[step.spelling]
        if place in self._replaced:
            spelling = type(spelling)(self._replaced[place])
        arguments = dict(
            zip(PLACES, (self._expressions[at] for at in step.arguments), strict=False)
        )
        for at, letter in zip(step.arguments, PLACES, strict=False):
            if spelling.uses(letter) > 1 and at not in self._names and not self._is_owned(at):
                arguments[letter] = self._assign(at)
        arguments |= {
            letter: Expression(repr(constant))
            for letter, constant in zip(CONSTANTS, step.constants, strict=False)
        }
        expression = spelling.fill(arguments)
        for at in step.arguments:
            self._left[at] -= 1
        self._expressions[place] = expression
        if place == len(self._program.values) - 1:
            return
        nests = self._left[place] == 1 and len(expression.text) <= _LONGEST
        if not (nests and self._mood(place) < self._program.style and self._stays(step)):
            self._assign(place, step.arguments)

    def _stays(self, step: Step) -> bool:
        """Whether the variables an expression is made of keep their values until it is used.

        Only a program without branches is sure of that.
        """
        return max(self._left.values(), default=0) <= 1 and not self._program.has("half")

    def _mood(self, place: int) -> float:
        """Return a number in [0, 1) that differs from value to value."""
        return (place * 0.618 + self._program.style * 7.3) % 1.0

    def _is_owned(self, place: int) -> bool:
        value = self._program.values[place]
        return isinstance(value, Source) and value.is_parameter

    def _assign(self, place: int, arguments: tuple[int, ...] = ()) -> Expression:
        """Give a value a variable: one that is not needed any more, or a new one."""
        free = [self._names[at] for at in arguments if at in self._names and not self._left[at]]
        free += [name for at, name in self._names.items() if not self._left[at]]
        free = [name for name in free if name not in self._kept]
        taken = set(self._names.values())
        name = free[0] if free else next(name for name in _LOCALS if name not in taken)
        self._names = {at: other for at, other in self._names.items() if other != name}
        self._names[place] = name
        self.body.append(f"{name} = {self._expressions[place].text}")
        self._expressions[place] = Expression(name)
        return self._expressions[place]


def shape(program: Program, source: Source, names: Mapping[str, str] | None = None) -> str:
    """Return a source's sizes as source text, from constants or from given names."""
    layout = program.layout
    sizes = [*layout.names, "INNER"]
    if names:
        sizes = [names.get(size, size) for size in sizes]
    *leading, columns, inner = sizes
    outer = ", ".join(leading)
    match source.role:
        case "wide":
            return f"{outer}, 2 * {columns}"
        case "turned":
            return ", ".join([*leading[:-1], columns, leading[-1]])
        case "row":
            return f"{outer}, 1"
        case "left":
            return f"{outer}, {inner}"
        case "right":
            return f"{inner}, {columns}"
        case "matrix":
            return f"{columns}, {inner}"
        case "column":
            return columns
    return f"{outer}, {columns}"


def filled(recipe: Recipe, sizes: str) -> str:
    """Return the expression that draws a source's values."""
    text = f"torch.{'rand' if recipe.uniform else 'randn'}({sizes})"
    if recipe.factor != 1.0:
        text = f"{recipe.factor!r} * {text}"
    if recipe.offset > 0:
        return f"{recipe.offset!r} + {text}"
    return f"{text} - {-recipe.offset!r}" if recipe.offset else text


def constructor(program: Program) -> list[str]:
    """Return the lines of the model's `__init__`, none without parameters."""
    if not program.parameters:
        return []
    has_matrix = any(source.role == "matrix" for source in program.parameters)
    typed = ", dtype=DTYPE" if program.dtype != "float32" and not program.is_mixed else ""
    names = {"COLS": "cols", "INNER": "inner"}
    lines = [
        f"def __init__(self, cols: int{', inner: int' if has_matrix else ''}) -> None:",
        "    super().__init__()",
    ]
    for source in program.parameters:
        value = filled(source.recipe, shape(program, source, names) + typed)
        if source.role == "matrix":
            value += " / inner**0.5"
        lines.append(f"    self.{source.name} = nn.Parameter({value})")
    return lines


def init_inputs(program: Program) -> list[str]:
    """Return the names that `get_init_inputs` hands over."""
    if not program.parameters:
        return []
    has_matrix = any(source.role == "matrix" for source in program.parameters)
    return ["COLS", "INNER"] if has_matrix else ["COLS"]


def inputs(program: Program) -> list[str]:
    """Return the expressions that `get_inputs` hands over."""
    typed = ", dtype=DTYPE" if program.dtype != "float32" else ""
    found = []
    for source in program.inputs:
        sizes = shape(program, source)
        if source.role == "mask":
            found.append(f"torch.rand({sizes}) < 0.5")
            continue
        text = filled(source.recipe, sizes + typed)
        found.append(f"{text} / INNER**0.5" if source.role == "right" else text)
    return found


def signature(program: Program) -> str:
    """Return the arguments of `forward`."""
    return ", ".join(f"{source.name}: torch.Tensor" for source in program.inputs)
