"""Loops and branches of a random kernel, and the variables they carry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.triton_cpu.kernel_memory import address
from tests.triton_cpu.kernel_operations import bounded, is_int
from tests.triton_cpu.kernel_program import (
    BOOL,
    DTYPES,
    I32,
    Act,
    Finished,
    For,
    If,
    Let,
    Var,
    While,
    settle,
)  # fmt: skip
from tests.triton_cpu.kernel_reductions import ACCUMULATORS, add_product, tidied

MOST = 4
"""The most turns of a loop."""

CARRIED, GROWTH, AFTER = 1 << 15, 1 << 12, 1 << 17
"""Bounds of a carried float: assumed at the start of a turn, more at its end, after the loop.

A carried value starts below 64. Two loops one in the other take 16 turns, each of which adds
at most `GROWTH`: what is assumed is off by less than a factor of four, and types have that much
room beyond `Dtype.exact`.
"""
START = 64


# -- what is carried ---------------------------------------------------------------------------


def _chosen(w) -> list[Var]:
    """Variables of the innermost scope that a block in it will assign."""
    found = [v for v in reversed(w.scopes[-1].values()) if not v.fixed and v.array is None]
    chosen: list[Var] = []
    while found and len(chosen) < 3 and w.chance():
        chosen.append(w.choose([v for v in found if v not in chosen] or found[:1]))
    return list(dict.fromkeys(chosen))


def _inside(v) -> Var:
    """What is known of a carried variable inside a loop."""
    grows = v.bound is not None and v.bound <= START and v.dtype.exact > AFTER
    return replace(v, bound=CARRIED if grows else None, used=False)


def _candidates(w, v) -> list[Var]:
    """What may be assigned to `v` at the end of a turn, the latest first."""
    return [
        c for c in w.visible()
        if c.dtype is v.dtype and c.shape == v.shape
        and (v.bound is None or (c.bound is not None and c.bound <= CARRIED + GROWTH))
    ]  # fmt: skip


def _carry_on(w, inner: list[Var]) -> None:
    """Assigns the carried variables their values for the next turn."""
    sources = []
    for v in inner:
        found = _candidates(w, v)
        sources.append(w.choose(found) if found else tidied(w, replace(v, bound=None)))
    w.assign(inner, sources)


def _leave(w, carried: list[Var], inner: list[Var]) -> None:
    for v, i in zip(carried, inner, strict=True):
        w.rebind(replace(v, bound=None if i.bound is None else AFTER, used=False))


# -- pointers that walk ------------------------------------------------------------------------


def _walker(w, turns):
    """A pointer into an array, moved in every turn; returns what to do inside the loop."""
    dtype, shape = w.choose(DTYPES), w.shape()
    array = w.array(dtype, lambda a: not a.cut and not a.private and not a.whole, cut=0)
    found = address(w, array, shape, unique=False, data=w.number(0, 5) == 1, walks=True)
    step = w.choose([1, 16, *shape])
    array.region += step * turns
    p = found.operands[0]
    amount = w.choose([str(step), w.argument(step).name, f"tl.full({shape}, {step}, tl.int32)"])
    operands = ("memory", p, *([found.mask.name] if found.mask else []))
    late = w.chance()

    def compute(memory, indices, *passing):
        kept = np.broadcast_to(passing[0] if passing else True, shape)
        values = memory[array.name][np.where(kept, indices, 0)]
        return np.where(kept, values, dtype.numpy(0))

    def move():
        target = Var(p, I32, shape, array=array)
        w.body.append(Let((target,), f"{p} + {amount}", (p,), lambda x: x + step))

    def begin():
        w.let(dtype, shape, f"tl.load({p}{found.arguments()})", operands, compute)
        if not late:
            move()

    return begin, move if late else lambda: None


def _walkers(w, turns):
    count = w.number(0, 4) == 1
    return [_walker(w, turns) for _ in range(count)]


# -- loops -------------------------------------------------------------------------------------


def _bounds(w):
    """The bounds of a loop, its most turns, and its largest counter."""
    kind = w.number(0, 5)
    turns = w.number(0, MOST)
    if kind == 0:
        return (turns,), turns, MOST
    if kind == 1:
        return (w.argument(turns),), turns, MOST
    if kind == 2:
        step = w.number(1, 3)
        start, stop = w.argument(w.number(0, 2)), step * MOST
        return (start, stop, step), MOST, stop
    if kind == 3:
        return (MOST, 0, -1), MOST, MOST
    if kind == 4:
        return (w.argument(turns), 0, -1), turns, MOST
    v = w.pick(lambda v: v.dtype is I32 and not v.shape, dtype=I32, shape=())
    last = w.let(I32, (), f"{v.name} & 3", (v,), lambda x: x & 3, fixed=True)
    return (0, last), 3, 3


def for_loop(w):
    bounds, turns, most = _bounds(w)
    walkers = _walkers(w, turns)
    carried = _chosen(w)
    inner = [_inside(v) for v in carried]
    with w.block() as body:
        for v in inner:
            w.declare(v)
        counter = w.declare(Var(w.name("i"), I32, (), fixed=True))
        w.counters.append((counter, most))
        _turn(w, walkers, inner)
        w.counters.pop()
    w.body.append(For(counter, bounds, body))
    _leave(w, carried, inner)


def _accumulate(w, v) -> None:
    """Makes a value that `v` may well take in the next turn."""
    if v.dtype is BOOL or not v.shape:
        return
    if w.chance() and len(v.shape) in (2, 3) and v.dtype in ACCUMULATORS.values():
        add_product(w, v)
        return
    x = w.pick(lambda x: x.dtype is v.dtype and x.shape == v.shape and x.name != v.name, like=v)
    bound = bounded(v.dtype, v.bound, x.bound, rule=lambda p, q: p + q)
    w.let(
        v.dtype, v.shape, f"{v.name} + {x.name}", (v, x), lambda p, q: settle(v.dtype, p + q), bound
    )


def _turn(w, walkers, inner):
    for begin, _ in walkers:
        begin()
    w.statements(6)
    for v in inner:
        if w.chance():
            _accumulate(w, v)
    _carry_on(w, inner)
    for _, end in walkers:
        end()
    if w.chance():
        w.store_unused()


def while_loop(w):
    count = w.let(
        I32, (), "tl.full((), 0, tl.int32)", (), lambda: np.int32(0), letter="c", fixed=True
    )
    turns = w.number(0, MOST)
    limit = w.argument(turns)
    walkers = _walkers(w, turns)
    carried = _chosen(w)
    text, tests = f"{count.name} < {limit.name}", []
    tensors = [v.name for v in carried if is_int(v) and v.dtype.bits >= 32 and v.shape]
    if tensors and w.chance():
        tested = tensors[0]
        text = f"({text}) & ((tl.xor_sum({tested}, axis=None) & 3) != 3)"
        tests.append(lambda names: (np.bitwise_xor.reduce(names[tested], None) & 3) != 3)

    def test(names):
        return names[count.name] < names[limit.name] and all(t(names) for t in tests)

    inner = [_inside(v) for v in carried]
    with w.block() as body:
        for v in inner:
            w.declare(v)
        early = w.chance()
        step = Let((count,), f"{count.name} + 1", (count.name,), lambda x: x + np.int32(1))
        if early:
            w.body.append(step)
        w.counters.append((count, MOST))
        _turn(w, walkers, inner)
        w.counters.pop()
        if not early:
            w.body.append(step)
    w.body.append(While(text, test, body))
    _leave(w, carried, inner)


# -- branches ----------------------------------------------------------------------------------


def _condition(w) -> Var:
    found = [v for v in w.visible() if v.dtype is BOOL and not v.shape]
    if found and w.chance():
        return w.pick(lambda v: v.dtype is BOOL and not v.shape)
    x = w.pick(lambda v: v.dtype is I32 and not v.shape)
    last = w.choose([1, 2])
    text = f"({x.name} & {last}) == 0"
    return w.let(BOOL, (), text, (x,), lambda v: (v & last) == 0, fixed=True)


def _branch(w, assigned):
    """One side of a branch, and the bounds it leaves."""
    with w.block() as body:
        inner = [w.declare(replace(v, used=False)) for v in assigned]
        w.statements(4)
        targets = [v for v in inner if w.chance()]
        sources = [
            w.choose([c for c in w.visible() if c.dtype is v.dtype and c.shape == v.shape])
            for v in targets
        ]
        w.assign(targets, sources)
        found = dict(zip((v.name for v in targets), (s.bound for s in sources), strict=True))
        last = {v.name: v.bound for v in w.visible()}
        if w.chance():
            w.store_unused()
    return body, [found.get(v.name, last[v.name]) for v in assigned]


def branch(w):
    condition = _condition(w)
    assigned = _chosen(w)
    yes, some = _branch(w, assigned)
    no, others = _branch(w, assigned) if w.chance() else ([], [v.bound for v in assigned])
    w.body.append(If(condition, yes, no))
    for v, p, q in zip(assigned, some, others, strict=True):
        w.rebind(replace(v, bound=None if p is None or q is None else max(p, q), used=False))


def leave(w):
    """The program ends here if some condition holds."""
    if w.depth:
        return
    condition = _condition(w)

    def finish(names):
        raise Finished

    w.body.append(If(condition, [Act("return", finish)], []))


CONTROL = (for_loop, for_loop, while_loop, branch, branch, leave)
