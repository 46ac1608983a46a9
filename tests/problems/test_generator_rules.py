"""What the generator refuses, and what it knows about programs made by hand."""

from __future__ import annotations

import math

import pytest

from kerneldojo.problems.generator import Layout, Program, Recipe, Source, Step, probe, rules
from kerneldojo.problems.generator.fusion import difficulty, fusion
from kerneldojo.problems.generator.problem_source import describe
from kerneldojo.problems.generator.program import OPERATORS, Precision
from kerneldojo.problems.generator.rules import Facts

LAYOUT = Layout((64,), 256, 32)
NORMAL = Recipe()


def chain(*names: str, precision: Precision = "float32", recipe: Recipe = NORMAL) -> Program:
    """Return a program of operators that take one tensor each."""
    steps = [Step(name, (place,), OPERATORS[name].constants[0]) for place, name in enumerate(names)]
    return Program((Source("tensor", "x", recipe), *steps), LAYOUT, precision)


def refusal(*names: str) -> str | None:
    """Return why the last operator must not follow the others."""
    facts = Facts()
    for name in names[:-1]:
        operator = OPERATORS[name]
        assert rules.refuse(operator, facts, operator.constants[0]) is None, name
        facts = rules.derive(operator, facts, operator.constants[0])
    last = OPERATORS[names[-1]]
    return rules.refuse(last, facts, last.constants[0])


REDUNDANT = [
    ("sigmoid", "relu"),
    ("square", "abs"),
    ("softplus", "leaky_relu"),
    ("tanh", "tanh"),
    ("sigmoid", "tanh"),
    ("sigmoid", "clamp"),
    ("scale", "shift"),
    ("exp",),
    ("square", "exp"),
    ("mean_centre", "softmax"),
    ("max_subtract", "log_softmax"),
    ("shift", "layer_norm"),
    ("scale", "rms_norm"),
    ("rms_norm", "layer_norm"),
    ("l2_normalise", "relu", "rms_norm"),
    ("softmax", "sum"),
    ("softmax", "scale", "mean"),
    ("mean_centre", "sum"),
    ("layer_norm", "var"),
    ("layer_norm", "square", "mean"),
    ("rms_norm", "abs", "norm"),
    ("max_subtract", "amax"),
    ("max_subtract", "tanh", "amax"),
    ("log_softmax", "logsumexp"),
]


@pytest.mark.parametrize("names", REDUNDANT, ids="-".join)
def test_algebra_refuses(names: tuple[str, ...]) -> None:
    assert refusal(*names)


@pytest.mark.parametrize(
    "names",
    [
        ("relu", "sum"),
        ("tanh", "exp"),
        ("log_softmax", "amin"),
        ("layer_norm", "relu", "mean"),
        ("softmax", "amax"),
        ("softmax", "square", "sum"),
        ("gelu", "softmax"),
        ("relu", "layer_norm"),
    ],
    ids="-".join,
)
def test_algebra_allows(names: tuple[str, ...]) -> None:
    assert refusal(*names) is None


@pytest.mark.parametrize(
    "names",
    [
        ("softmax", "sum"),
        ("mean_centre", "mean"),
        ("layer_norm", "square", "mean"),
        ("sigmoid", "relu"),
        ("mean_centre", "softmax"),
        ("scale", "rms_norm"),
        ("max_subtract", "amax"),
        ("softmax", "tanh"),
    ],
    ids="-".join,
)
def test_measuring_finds_what_algebra_knows(names: tuple[str, ...]) -> None:
    assert probe.complaint(chain(*names))


def test_measuring_finds_dead_sources() -> None:
    x, shift = Source("tensor", "x"), Source("row", "shift")
    program = Program((x, shift, Step("add", (0, 1)), Step("softmax", (2,))), LAYOUT)
    assert probe.complaint(program) == "the answer hardly depends on shift"
    program = Program((x, shift, Step("mul", (0, 1)), Step("softmax", (2,))), LAYOUT)
    assert probe.complaint(program) is None


def test_numbers_out_of_range_are_refused() -> None:
    big = chain("square", "square", "square", "exp", recipe=Recipe(factor=50.0))
    assert probe.complaint(big) == "a number leaves the range of floats"
    assert probe.complaint(chain("softmax", precision="float16")) is None
    tiny = chain("softmax", "square", precision="float16")
    assert probe.complaint(tiny) == "the answer is too small for float16"


def test_a_value_and_its_own_image() -> None:
    plain, curved = Facts(), Facts(curved=1)
    add, sub = OPERATORS["add"], OPERATORS["sub"]
    assert rules.refuse_pair(add, plain, plain, related=True)
    assert rules.refuse_pair(sub, curved, plain, related=True)
    assert rules.refuse_pair(add, curved, plain, related=True) is None
    assert rules.refuse_pair(sub, plain, plain, related=False) is None


def test_bounds_follow_the_operators() -> None:
    unit = Facts(low=-1.0, high=2.0)
    for name, low, high in (
        ("relu", 0.0, 2.0),
        ("abs", 0.0, 2.0),
        ("square", 0.0, 4.0),
        ("complement", -1.0, 2.0),
        ("tanh", math.tanh(-1.0), math.tanh(2.0)),
    ):
        operator = OPERATORS[name]
        found = rules.derive(operator, unit, operator.constants[0])
        assert (found.low, found.high) == pytest.approx((low, high)), name


def test_structures_leave_out_what_does_not_matter() -> None:
    x, y, bias = Source("tensor", "x"), Source("tensor", "y"), Source("column", "bias")
    one = Program((x, bias, Step("add", (0, 1)), Step("gelu", (2,))), LAYOUT)
    other = Program(
        (
            bias,
            Source("tensor", "other", Recipe(factor=2.0)),
            Step("scale", (1,), (3.0,)),
            Step("add", (0, 2)),
            Step("gelu_tanh", (3,)),
        ),
        Layout((3, 4), 17),
        "mixed-bfloat16",
    )
    assert one.structure == other.structure == "gelu(add(column0,tensor1))"
    same = Program((x, Step("relu", (0,)), Step("add", (0, 1))), LAYOUT)
    two = Program((x, y, Step("relu", (1,)), Step("add", (0, 2))), LAYOUT)
    assert same.structure != two.structure
    assert one.pairs == {("add", "gelu")} == other.pairs


def test_costs_are_counted_by_hand() -> None:
    elements, width = 64 * 256, 4
    bias = Source("column", "bias")
    program = Program(
        (Source("tensor", "x"), bias, Step("add", (0, 1)), Step("gelu", (2,))), LAYOUT
    )
    cost = fusion(program)
    assert (cost.eager_kernels, cost.fused_kernels) == (2, 1)
    assert cost.eager_bytes == (4 * elements + 256) * width
    assert cost.fused_bytes == (2 * elements + 256) * width
    assert cost.traffic_ratio == pytest.approx(2.0, rel=0.01)

    mixed = fusion(chain("relu", precision="mixed-float16"))
    assert mixed.eager_kernels == 3
    assert mixed.eager_bytes == elements * (2 + 4 + 4 + 4 + 4 + 2)
    assert mixed.fused_bytes == elements * (2 + 2)

    reduced = fusion(chain("square", "sum"))
    assert reduced.eager_bytes == (3 * elements + 64) * width
    assert reduced.fused_bytes == (elements + 64) * width


def test_a_row_operator_after_a_product_takes_a_second_kernel() -> None:
    product = (Source("left", "x"), Source("right", "y"), Step("matmul", (0, 1)))
    plain = Program((*product, Step("relu", (2,))), LAYOUT)
    rows = Program((*product, Step("softmax", (2,))), LAYOUT)
    assert (fusion(plain).fused_kernels, difficulty(plain)) == (1, 4)
    assert (fusion(rows).fused_kernels, difficulty(rows)) == (2, 5)
    assert fusion(plain).fused_bytes == 4 * (64 * 32 + 32 * 256 + 64 * 256)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("relu",), 1),
        (("relu", "tanh", "square"), 2),
        (("softmax",), 2),
        (("gelu", "square", "softmax"), 3),
        (("relu", "tanh", "sin", "gelu", "erf", "silu"), 3),
        (("softmax", "amax"), 4),
        (("layer_norm", "gelu", "softmax", "amax"), 5),
    ],
)
def test_difficulty(names: tuple[str, ...], expected: int) -> None:
    assert difficulty(chain(*names)) == expected


def test_descriptions_name_the_operators() -> None:
    bias = Source("column", "bias")
    program = Program(
        (Source("tensor", "x"), bias, Step("add", (0, 1)), Step("gelu", (2,))), LAYOUT
    )
    assert describe(program) == "Addition of bias, then GELU."
