"""Rewrites loop-carried tensors that only ever move by the same amount everywhere.

A kernel that walks along memory carries its pointers: `pointers += BLOCK`. As a tensor in a
buffer they would be read back with nothing known about them. Carried as the initial tensor plus
one scalar distance, they stay the affine addresses they were.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerneldojo.triton_cpu.ttir.ir import Block, Function, Op, Type, Value, walk

_SUMS = ("tt.addptr", "arith.addi")


@dataclass(slots=True)
class _Walk:
    """A carried tensor, its number among the carried values, and the steps it takes."""

    number: int
    steps: list[Value]


def rewrite(function: Function) -> None:
    """Rewrites every loop of a function, the outer ones first."""
    changed = True
    while changed:
        changed = any(
            _rewrite_loop(op) for op in list(walk(function.blocks)) if op.name == "scf.for"
        )
    _renumber(function)


def _rewrite_loop(loop: Op) -> bool:
    (body,) = loop.regions[0]
    for number, argument in enumerate(body.arguments[1:]):
        kind = argument.type.element
        if argument.type.is_tensor and (kind == "ptr" or kind[0] == "i"):
            steps = _steps(body.terminator.operands[number], argument)
            if steps:
                _carry_distance(loop, body, _Walk(number, steps))
                return True
    return False


def _steps(value: Value, start: Value) -> list[Value] | None:
    """The tensors added to `start` to get `value`, each the same in all elements."""
    steps: list[Value] = []
    while value is not start:
        op = value.op
        if op is None or op.name not in _SUMS:
            return None
        base, step = op.operands
        if op.name == "arith.addi" and _uniform(base) is not None and _uniform(step) is None:
            base, step = step, base
        if _uniform(step) is None:
            return None
        steps.append(step)
        value = base
    return steps


def _uniform(value: Value) -> Op | None:
    """The operation that makes a tensor of equal elements; broadcasts are looked through."""
    op = value.op
    while op is not None and op.name in ("tt.broadcast", "tt.expand_dims"):
        op = op.operands[0].op
    if op is None:
        return None
    if op.name == "tt.splat":
        return op
    return (
        op
        if op.name == "arith.constant"
        and "[" not in op.attributes["text"].split(":")[0]
        and '"' not in op.attributes["text"]
        else None
    )


def _carry_distance(loop: Op, body: Block, walk: _Walk) -> None:
    argument = body.arguments[1 + walk.number]
    kind = "i64" if argument.type.element == "ptr" else argument.type.element
    scalar = Type(kind)
    initial = loop.operands[3 + walk.number]
    zero = _make(loop, "arith.constant", [], scalar, {"text": "0"})
    distance = Value(f"{argument.name}.distance", scalar, None, body, argument.index)
    here = _moved(_Place(body, 0, loop.location), initial, distance, argument.type)
    total = distance
    place = _Place(body, len(body.ops) - 1, loop.location)
    for step in reversed(walk.steps):
        amount = place.widened(_scalar_of(place, step), scalar)
        total = place.add("arith.addi", [total, amount], scalar)
    _replace(argument, here)
    body.arguments[1 + walk.number] = distance
    _set_operand(loop, 3 + walk.number, zero)
    _set_operand(body.terminator, walk.number, total)
    result = loop.results[walk.number]
    final = Value(f"{result.name}.distance", scalar, loop, loop.block, walk.number)
    after = _Place(loop.block, loop.block.ops.index(loop) + 1, loop.location)
    _replace(result, _moved(after, initial, final, argument.type))
    loop.results[walk.number] = final


@dataclass(slots=True)
class _Place:
    """Where new operations are put in a block."""

    block: Block
    at: int
    location: str

    def add(
        self, name: str, operands: list[Value], type: Type, attributes: dict[str, str] | None = None
    ) -> Value:
        op = Op(name, operands, [], attributes or {"text": ""}, [], self.location, self.block)
        value = Value(f"%{name}.{id(op)}", type, op, self.block)
        op.results.append(value)
        self.block.ops.insert(self.at, op)
        self.at += 1
        for operand in operands:
            operand.users.append(op)
        return value

    def widened(self, value: Value, type: Type) -> Value:
        return value if value.type == type else self.add("arith.extsi", [value], type)


def _moved(place: _Place, initial: Value, distance: Value, type: Type) -> Value:
    spread = place.add("tt.splat", [distance], Type(distance.type.element, type.shape))
    return place.add(
        "tt.addptr" if type.element == "ptr" else "arith.addi", [initial, spread], type
    )


def _scalar_of(place: _Place, step: Value) -> Value:
    op = _uniform(step)
    assert op is not None
    if op.name == "tt.splat":
        return op.operands[0]
    text = op.attributes["text"].strip().removeprefix("dense<").removesuffix(">")
    return place.add("arith.constant", [], Type(step.type.element), {"text": text})


def _make(
    before: Op, name: str, operands: list[Value], type: Type, attributes: dict[str, str]
) -> Value:
    place = _Place(before.block, before.block.ops.index(before), before.location)
    return place.add(name, operands, type, attributes)


def _replace(old: Value, new: Value) -> None:
    for user in list(old.users):
        if user is new.op:
            continue
        user.operands = [new if operand is old else operand for operand in user.operands]
        user.successors = [
            (label, [new if v is old else v for v in values]) for label, values in user.successors
        ]
        new.users.append(user)
    old.users = [user for user in old.users if user is new.op]


def _set_operand(op: Op, number: int, value: Value) -> None:
    old = op.operands[number]
    op.operands[number] = value
    if old not in op.operands:
        old.users = [user for user in old.users if user is not op]
    value.users.append(op)


def _renumber(function: Function) -> None:
    for position, op in enumerate(walk(function.blocks)):
        op.position = position
