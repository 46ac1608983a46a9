"""Strategies by name, as the command and configuration files give them."""

from __future__ import annotations

import ast
import dataclasses
import typing
from typing import Any

from kerneldojo.dialogue import Rollout, Strategy
from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.strategies.advice import Advised
from kerneldojo.strategies.best_of_n import BestOfN
from kerneldojo.strategies.islands import Islands
from kerneldojo.strategies.particles import Particles
from kerneldojo.strategies.sequential import Sequential
from kerneldojo.strategies.tree import Tree

KINDS: dict[str, type[Any]] = {
    "rollout": Rollout,
    **{one.kind: one for one in (Sequential, BestOfN, Particles, Tree, Islands, Advised)},
}
"""Strategies with parameters, by name."""
PRESETS: dict[str, Strategy] = {"stts": Sequential.released()}
"""Strategies whose parameters are given, by name."""

_EXAMPLE = "Write it like sequential(turns=5, iterations=10, keep=4)."


def parse_strategy(text: str) -> Strategy:
    """Return the strategy of a name, e.g. `particles(n=4, rounds=5)`.

    Parameters may be left out, and with them the parentheses. `parse_strategy(strategy.name)` is
    the same strategy again.

    Args:
        text: one of `rollout`, `sequential`, `best_of_n`, `particles`, `tree`, `islands`,
            `advised` with its parameters, or `stts`, the released recipe of `sequential`.

    Raises:
        UsageError: if the name, a parameter or a value is not allowed.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(f"{text!r} does not name a strategy. {_EXAMPLE}") from None
    return _strategy(tree, text)


def _strategy(node: ast.expr, text: str) -> Strategy:
    if isinstance(node, ast.Name):
        return PRESETS[node.id] if node.id in PRESETS else _built(node.id, [], {})
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise UsageError(f"{text!r} does not name a strategy. {_EXAMPLE}")
    kind = node.func.id
    if kind in PRESETS:
        raise UsageError(f"{kind} takes no parameters: it is {PRESETS[kind].name}.")
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in named:
            raise UsageError(f"{text!r}: each parameter is given once, by name. {_EXAMPLE}")
        named[keyword.arg] = _value(keyword.value, text)
    return _built(kind, [_value(each, text) for each in node.args], named)


def _value(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Name | ast.Call):
        return _strategy(node, text)
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise UsageError(f"{ast.unparse(node)!r} in {text!r} is not a value. {_EXAMPLE}") from None


def _built(kind: str, unnamed: list[Any], named: dict[str, Any]) -> Strategy:
    if kind not in KINDS:
        known = [*KINDS, *PRESETS]
        raise UsageError(
            f"there is no strategy {kind!r}.{did_you_mean(kind, known)} "
            f"There are {', '.join(known)}."
        )
    fields = dataclasses.fields(KINDS[kind])
    if len(unnamed) > len(fields):
        raise UsageError(f"{kind} has {len(fields)} parameters, not {len(unnamed)}.")
    given = {field.name: value for field, value in zip(fields, unnamed, strict=False)}
    types = typing.get_type_hints(KINDS[kind])
    for name, value in named.items():
        if name not in types or name == "kind":
            known = [field.name for field in fields]
            raise UsageError(
                f"{kind} has no parameter {name!r}.{did_you_mean(name, known)} "
                f"It has {', '.join(known)}."
            )
        if name in given:
            raise UsageError(f"{kind}: {name} is given twice.")
        given[name] = value
    for field in fields:
        if field.name not in given and field.default is dataclasses.MISSING:
            raise UsageError(f"{kind} needs its parameter {field.name!r}.")
    for name, value in given.items():
        _check(kind, name, value, types[name])
    built: Strategy = KINDS[kind](**given)
    return built


def _check(kind: str, name: str, value: Any, wanted: Any) -> None:
    words = {int: "a whole number", float: "a number", Strategy: "a strategy"}
    if wanted is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif wanted is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif wanted is Strategy:
        fits = hasattr(value, "explore")
    else:
        allowed = typing.get_args(wanted)
        fits = value in allowed
        words[wanted] = "one of " + ", ".join(map(repr, allowed))
    if not fits:
        shown = getattr(value, "name", repr(value))
        raise UsageError(f"{kind}: {name} = {shown}; it takes {words[wanted]}.")
