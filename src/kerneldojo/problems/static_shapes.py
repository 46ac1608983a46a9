"""The sizes of a reference's inputs, worked out from its text alone.

Only what can be told without running anything: constants at the top level, arithmetic on them,
and the calls to `torch.rand` and its like in `get_inputs`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from kerneldojo.problems.syntax import constants

_CREATORS = ("rand", "randn", "zeros", "ones", "empty", "full", "randint", "randperm", "arange")

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

_LARGEST = 1 << 62
"""Beyond this, sizes are nonsense and arithmetic on them would take for ever."""

Shape = tuple[int, ...]
Values = dict[str, Any]


class Unknown(Exception):
    """An expression's value cannot be told from the text."""


def evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression of numbers, sequences and known names.

    Raises:
        Unknown: if it is anything else.
    """
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            items: list[Any] = []
            for part in parts:
                if isinstance(part, ast.Starred):
                    items += _sequence(evaluate(part.value, names))
                else:
                    items.append(evaluate(part, names))
            return items if isinstance(node, ast.List) else tuple(items)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(evaluate(inner, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _apply(type(op), evaluate(left, names), evaluate(right, names))
        case ast.Subscript(value=inner, slice=index):
            try:
                return _sequence(evaluate(inner, names))[evaluate(index, names)]
            except (IndexError, TypeError):
                raise Unknown from None
    raise Unknown


def top_level(tree: ast.Module, overrides: Mapping[str, Any] | None = None) -> Values:
    """Return the top-level constants that can be told, some of them given other values."""
    overrides = overrides or {}
    known: Values = {}
    for name, nodes in constants(tree).items():
        if name in overrides:
            known[name] = overrides[name]
            continue
        try:
            known[name] = evaluate(nodes[-1], known)
        except Unknown:
            known.pop(name, None)
    return known


def function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """Return a top-level function's definition."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def names_used(node: ast.AST) -> set[str]:
    """Return every name that is read somewhere below a node."""
    return {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


def input_shapes(tree: ast.Module, known: Values) -> list[Shape]:
    """Return the shapes of the tensors that `get_inputs` creates, as far as can be told."""
    inputs = function(tree, "get_inputs")
    if inputs is None:
        return []
    local = dict(known)
    for node in inputs.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                local[node.targets[0].id] = evaluate(node.value, local)
            except Unknown:
                local.pop(node.targets[0].id, None)
    shapes = []
    for call in ast.walk(inputs):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            shape = _created(call.func.attr, call, local)
            if shape is not None:
                shapes.append(shape)
    return shapes


def init_values(tree: ast.Module, known: Values) -> list[Any]:
    """Return the values of `get_init_inputs` that can be told, but for numbers of classes.

    Those say nothing about the layers before the last one.
    """
    inputs = function(tree, "get_init_inputs")
    found: list[Any] = []
    for node in ast.walk(inputs) if inputs else ():
        if isinstance(node, ast.Return) and isinstance(node.value, (ast.List, ast.Tuple)):
            for part in node.value.elts:
                if "classes" in ast.unparse(part):
                    continue
                try:
                    found.append(evaluate(part, known))
                except Unknown:
                    continue
    return found


def _created(creator: str, call: ast.Call, names: Values) -> Shape | None:
    if creator not in _CREATORS:
        return None
    try:
        keywords = {
            word.arg: evaluate(word.value, names) for word in call.keywords if word.arg == "size"
        }
        values: list[Any] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                values += _sequence(evaluate(argument.value, names))
            elif creator == "randint" and argument is not call.args[-1]:
                continue  # the bounds, which need not be known
            else:
                values.append(evaluate(argument, names))
    except Unknown:
        return None
    if "size" in keywords:
        values = [keywords["size"]]
    elif creator == "full":
        values = values[:1]
    elif creator == "arange":
        values = values[-1:]
    if len(values) == 1 and isinstance(values[0], (tuple, list)):
        values = list(values[0])
    if all(isinstance(value, int) and value >= 0 for value in values):
        return tuple(values)
    return None


def _sequence(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return list(value)
    raise Unknown


def _number(value: Any) -> int | float:
    if isinstance(value, (int, float)):
        return value
    raise Unknown


def _apply(kind: type[ast.operator], left: Any, right: Any) -> Any:
    """Apply an operator to numbers, or repeat and join short sequences."""
    repeats = kind is ast.Mult and isinstance(right, int) and 0 <= right * _len_of(left) <= 1000
    if isinstance(left, (tuple, list)) and (
        repeats or (kind is ast.Add and type(left) is type(right))
    ):
        return _OPERATORS[kind](left, right)
    left, right = _number(left), _number(right)
    if kind is ast.Pow and (abs(left) > 1 << 20 or not 0 <= right <= 64):
        raise Unknown
    try:
        value = _OPERATORS[kind](left, right)
    except (ArithmeticError, ValueError):
        raise Unknown from None
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise Unknown
    return value


def _len_of(value: Any) -> int:

    return len(value) if isinstance(value, (tuple, list)) else 1
