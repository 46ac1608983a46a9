"""Minimal bad problems for each complaint, each with a look-alike that is fine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerneldojo.records import ComplaintKind as Kind
from kerneldojo.records import Gravity, Problem
from tests.evaluation.samples import model, problem

X = "[torch.randn(33, 40)]"
XY = "[torch.randn(33, 40), torch.randn(33, 40)]"


@dataclass(frozen=True)
class Pair:
    """A bad problem and its look-alike, as forward, inputs and setup."""

    kind: Kind
    severity: Gravity
    bad: tuple[str, ...]
    good: tuple[str, ...]
    metadata: dict[str, Any] = field(default_factory=dict)

    def problems(self) -> tuple[Problem, Problem]:
        """Return both as problems."""
        return self._problem(self.bad, "bad"), self._problem(self.good, "good")

    def _problem(self, parts: tuple[str, ...], which: str) -> Problem:
        forward, inputs, *setup = parts
        source = model(forward, inputs, setup=setup[0] if setup else "")
        return problem(source, f"{which}/{self.kind}", **self.metadata)


FATAL, WARNING, NOTE = Gravity.FATAL, Gravity.WARNING, Gravity.NOTE

PAIRS = (
    Pair(Kind.BROKEN_REFERENCE, FATAL, ("raise ValueError('no')", X), ("return args[0] + 1", X)),
    Pair(Kind.NO_OUTPUT, FATAL, ("return None", X), ("return args[0] + 1", X)),
    Pair(
        Kind.NONDETERMINISTIC,
        FATAL,
        ("return args[0] + torch.rand(33, 40)", X),
        ("return args[0] + torch.linspace(0, 1, 40)", X),
    ),
    Pair(
        Kind.NON_FINITE,
        FATAL,
        ("return args[0].clamp(max=0).sub(0.5).log()", X),
        ("return args[0].abs().add(0.5).log()", X),
    ),
    Pair(
        Kind.NO_FLOAT64,
        WARNING,
        ("return args[0] @ torch.ones(40, 8, dtype=torch.float32)", X),
        ("return args[0] @ torch.ones(40, 8, dtype=args[0].dtype)", X),
    ),
    Pair(
        Kind.ROUNDING_NOISE,
        FATAL,
        ("return (args[0] - args[0].mean(1, keepdim=True)).sum(1)", X),
        ("return (args[0] - args[0].mean(1, keepdim=True)).abs().sum(1)", X),
    ),
    Pair(
        Kind.CONSTANT_OUTPUT,
        FATAL,
        ("return torch.softmax(args[0], 1).mean(1)", X),
        ("return torch.softmax(args[0], 1).amax(1)", X),
    ),
    Pair(
        Kind.CONSTANT_OUTPUT,
        WARNING,
        ("return torch.relu(args[0] - 30) ", X),
        ("return torch.relu(args[0] - 0.3)", X),
    ),
    Pair(
        Kind.UNIFORM_OUTPUT,
        WARNING,
        ("return args[0].abs().sum().expand(33, 40) * 1.0", X),
        ("return args[0].abs().sum(1, keepdim=True) * args[0]", X),
    ),
    Pair(
        Kind.UNIFORM_AXIS,
        WARNING,
        ("return args[0].abs().sum(1, keepdim=True).expand(33, 40) * 1.0", X),
        ("return args[0].abs().cumsum(1)", X),
    ),
    Pair(
        Kind.DOMINANT_VALUE,
        WARNING,
        ("return args[0].clamp(min=2.0)", X),
        ("return args[0].clamp(min=0.0)", X),
    ),
    Pair(
        Kind.IDENTITY,
        FATAL,
        ("return args[0].reshape(40, 33).reshape(33, 40)", X),
        ("return args[0].t().contiguous()", X),
    ),
    Pair(
        Kind.HIDDEN_IN_TOLERANCE,
        WARNING,
        ("return torch.cat([args[0] * 1e-3 + 1000, args[0]])", X),
        ("return torch.cat([args[0] * 0.1 + 1, args[0]]).sin()", X),
    ),
    Pair(
        Kind.TRIVIAL_SOLUTION,
        FATAL,
        ("return torch.relu(-args[0].abs())", X),
        ("return torch.relu(args[0])", X),
    ),
    Pair(
        Kind.IGNORED_INPUT,
        FATAL,
        ("return args[0].sin() + 0 * args[1]", XY),
        ("return args[0].sin() + 0.01 * args[1]", XY),
    ),
    Pair(
        Kind.IGNORED_PARAMETER,
        WARNING,
        (
            "return torch.nn.functional.layer_norm(args[0] + self.shift, (40,)).sin()",
            X,
            "self.shift = nn.Parameter(torch.randn(()))",
        ),
        (
            "return torch.nn.functional.layer_norm(args[0] + self.shift, (40,)).sin()",
            X,
            "self.shift = nn.Parameter(torch.randn(40))",
        ),
    ),
    Pair(
        Kind.NEUTRAL_PARAMETER,
        WARNING,
        ("return args[0].sin() * self.scale", X, "self.scale = nn.Parameter(torch.ones(40))"),
        ("return args[0].sin() * self.scale", X, "self.scale = nn.Parameter(torch.rand(40))"),
    ),
    Pair(
        Kind.REDUNDANT_OPERATION,
        WARNING,
        ("return torch.sigmoid(args[0]).relu().sin()", X),
        ("return torch.relu(args[0]).sigmoid().sin()", X),
    ),
    Pair(
        Kind.REDUNDANT_OPERATION,
        WARNING,
        ("return (args[0].sin() + 1e-9 * args[0].cos()).tanh()", X),
        ("return (args[0].sin() + 1e-2 * args[0].cos()).tanh()", X),
    ),
    Pair(
        Kind.REDUNDANT_OPERATION,
        WARNING,
        ("return args[0].sin().sum(1, keepdim=True).logsumexp(1, keepdim=True)", X),
        ("return args[0].sin().sum(1, keepdim=True).logsumexp(0, keepdim=True)", X),
    ),
    Pair(
        Kind.PARTIAL_WORK,
        FATAL,
        ("return args[0].amax(1)", "[torch.rand(33, 1) * torch.randint(0, 2, (33, 400))]"),
        ("return args[0].amax(1)", "[torch.rand(33, 1) * torch.rand(33, 400)]"),
        {"distributions": ("default",)},
    ),
    Pair(
        Kind.TOO_BRIEF,
        WARNING,
        ("return args[0].sin()", "[torch.randn(8)]"),
        ("return args[0].sin()", "[torch.randn(512, 512)]"),
    ),
    Pair(
        Kind.SINGLE_ELEMENT, NOTE, ("return args[0].norm()", X), ("return args[0].norm(dim=1)", X)
    ),
    Pair(Kind.SINGLE_WORKLOAD, NOTE, ("return args[0].sin()", X), ("", "")),
    Pair(Kind.UNFINISHED, WARNING, ("return args[0].sin()", X), ("return args[0].sin()", X)),
)
