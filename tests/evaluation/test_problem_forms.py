"""Problems of every form: what they take, what they return, how they are built."""

from __future__ import annotations

from typing import Any

import pytest

from kerneldojo.records import Evaluation, Language, Solution, Status
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import cpp, model, problem

OWN = '''
import torch
from torch import nn
from kerneldojo.cpp import load

lib = load(r"""
extern "C" void add(const float* x, float y, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] + y;
}
extern "C" void put(float* out, int64_t index, float y) { out[index] = y; }
extern "C" void iota(float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = i * i;
}
""")


def add(x, y):
    x = x.contiguous()
    out = torch.empty_like(x)
    lib.add(x, float(y), out, x.numel())
    return out


def put(x, index, y):
    lib.put(x, index, y)
    return x


class ModelNew(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        SETUP

    def forward(self, *args):
        FORWARD
'''


def own(forward: str, setup: str = "pass") -> Solution:
    return cpp(OWN.replace("SETUP", setup).replace("FORWARD", forward))


def right(found: Evaluation) -> Evaluation:
    assert found.status is Status.CORRECT, (found.error, found.findings, found.correctness)
    return found


X = "[torch.randn(8, 16)]"
FORMS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "one tensor": ("return args[0] + 2", "return add(args[0], 2)", X, {}),
    "a tuple": (
        "return args[0] + 2, args[0] + 3",
        "return add(args[0], 2), add(args[0], 3)",
        X,
        {},
    ),
    "a dict": (
        "return {'a': args[0] + 2, 'b': args[0] + 3}",
        "return {'b': add(args[0], 3), 'a': add(args[0], 2)}",
        X,
        {},
    ),
    "nested": (
        "return {'a': [args[0] + 2, (args[0] + 3,)], 'n': 5}",
        "return {'a': [add(args[0], 2), (add(args[0], 3),)], 'n': 5}",
        X,
        {},
    ),
    "integers and booleans": (
        "return (args[0] + 2 > 0), (args[0] + 2).argmax(-1)",
        "y = add(args[0], 2)\n        return y > 0, y.argmax(-1)",
        X,
        {},
    ),
    "a python number": (
        "return float((args[0] + 2).sum()), args[0].numel(), None",
        "return float(add(args[0], 2).sum()), args[0].numel(), None",
        X,
        {},
    ),
    "a scalar tensor": (
        "return (args[0] + 2).sum()",
        "return add(args[0], 2).sum()",
        X,
        {},
    ),
    "numbers, text and nothing as inputs": (
        "return args[0] + args[1] + args[2]['k'] + len(args[3]) + (args[4] is None)",
        "return add(args[0], args[1] + args[2]['k'] + len(args[3]) + (args[4] is None))",
        "[torch.randn(8, 16), 2, {'k': 1.5}, 'text', None]",
        {},
    ),
    "lists of tensors as inputs": (
        "return args[0][0] + 2, args[0][1] + 3",
        "return add(args[0][0], 2), add(args[0][1], 3)",
        "[[torch.randn(8, 16), torch.randn(4)]]",
        {},
    ),
    "no tensor as input": (
        "return torch.arange(args[0]).float().square()",
        "out = torch.empty(args[0])\n        lib.iota(out, args[0])\n        return out",
        "[40]",
        {},
    ),
    "a non-contiguous input": (
        "return args[0] + 2",
        "return add(args[0], 2)",
        "[torch.randn(16, 8).t()]",
        {},
    ),
    "a non-contiguous output": (
        "return (args[0] + 2).t()",
        "return add(args[0], 2).t()",
        X,
        {},
    ),
    "a zero-dimensional input": (
        "return args[0] + args[1]",
        "return add(args[0], args[1].item())",
        "[torch.randn(8, 16), torch.randn(())]",
        {},
    ),
    "an empty tensor beside another": (
        "return args[0] + 2, args[1] + 2",
        "return add(args[0], 2), add(args[1], 2)",
        "[torch.randn(8, 16), torch.empty(0, 3)]",
        {},
    ),
    "an input that requires no gradient": (
        "return args[0] + 2",
        "return add(args[0], 2)",
        "[torch.randn(8, 16, requires_grad=True)]",
        {},
    ),
    "a mutated input": (
        "args[0].add_(2); return args[0] * 1",
        "lib.add(args[0], 2.0, args[0], args[0].numel()); return args[0] * 1",
        X,
        {},
    ),
}


@pytest.mark.parametrize("name", list(FORMS))
def test_forms(judge: Judge, name: str) -> None:
    reference, solution, inputs, metadata = FORMS[name]
    found = right(judge(own(solution), problem(model(reference, inputs), **metadata)))
    assert found.correctness is not None and found.correctness.passed


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_floating_types(judge: Judge, dtype: str) -> None:
    inputs = f"[torch.randn(8, 16).to(torch.{dtype})]"
    solution = own(f"return add(args[0].float(), 2).to(torch.{dtype})")
    if dtype == "float64":  # single precision is not enough there
        assert judge(solution, problem(model("return args[0] + 2", inputs))).status is (
            Status.WRONG_VALUE
        )
    else:
        right(judge(solution, problem(model("return args[0] + 2", inputs))))


def test_eight_bit_floats(judge: Judge) -> None:
    reference = "return (args[0] + 2).to(torch.float8_e4m3fn)"
    solution = own("return add(args[0], 2).to(torch.float8_e4m3fn)")
    right(judge(solution, problem(model(reference, X))))
    wrong = own("return add(args[0], 3).to(torch.float8_e4m3fn)")
    assert judge(wrong, problem(model(reference, X))).status is Status.WRONG_VALUE


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "-float('inf')"])
def test_answers_that_are_not_finite(judge: Judge, value: str) -> None:
    reference = f"y = args[0] + 2; y[0, 0] = {value}; return y"
    right(judge(own(f"return put(add(args[0], 2), 0, {value})"), problem(model(reference, X))))
    swept = own("return put(add(args[0], 2), 0, 0.0)")
    assert judge(swept, problem(model(reference, X))).status is Status.WRONG_VALUE


@pytest.mark.parametrize(
    "init", ["[2.0, 3]", "(2.0, 3)", "[[2.0], {'b': 3}]", "[[], {'a': 2.0, 'b': 3}]"]
)
def test_both_forms_of_constructor_arguments(judge: Judge, init: str) -> None:
    source = model("return args[0] + self.y", X, init=init).replace(
        "*args, **kwargs):\n        super().__init__()\n        pass",
        "a, b):\n        super().__init__()\n        self.y = a * b",
    )
    solution = OWN.replace("*args, **kwargs", "a, b").replace("SETUP", "self.y = a * b")
    right(judge(cpp(solution.replace("FORWARD", "return add(args[0], self.y)")), problem(source)))


def test_tensors_as_constructor_arguments(judge: Judge) -> None:
    source = model("return args[0] + self.w", X, init="[torch.randn(())]", setup="self.w = args[0]")
    right(judge(own("return add(args[0], self.w)", "self.w = args[0]"), problem(source)))


def test_parameters_are_those_of_the_reference(judge: Judge) -> None:
    source = model("return args[0] + self.w", X, setup="self.w = nn.Parameter(torch.randn(1))")
    solution = own("return add(args[0], self.w)", "self.w = nn.Parameter(torch.zeros(1))")
    right(judge(solution, problem(source)))


def test_training_mode_starts_every_call_from_the_same_buffers(judge: Judge) -> None:
    source = model(
        "self.n += args[0].mean() if self.training else 100; return args[0] + self.n",
        X,
        setup="self.register_buffer('n', torch.ones(()))",
    )
    forward = "assert self.training; n = self.n + args[0].mean(); return add(args[0], n)"
    solution = own(forward, "self.register_buffer('n', torch.zeros(()))")
    right(judge(solution, problem(source, training=True)))


GRADIENT = '''
import torch
from torch import nn
from kerneldojo.cpp import load

lib = load(r"""
extern "C" void scale(const float* x, float w, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = x[i] * w;
}
extern "C" void dot(const float* x, const float* y, float* out, int64_t n) {
    out[0] = 0;
    for (int64_t i = 0; i < n; ++i) out[0] += x[i] * y[i];
}
""")


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        out = torch.empty_like(x)
        lib.scale(x, w.item(), out, x.numel())
        return out

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gx = torch.empty_like(x)
        lib.scale(g.contiguous(), w.item(), gx, x.numel())
        gw = torch.empty_like(w)
        lib.dot(g.contiguous(), x, gw, x.numel())
        return gx, gw


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return Scale.apply(x, self.w)
'''


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("", ""), Status.CORRECT),
        (("return gx, gw", "return gx * 2, gw"), Status.WRONG_VALUE),
        (("return gx, gw", "return gx, None"), Status.WRONG_SHAPE),
        (("Scale.apply(x, self.w)", "Scale.apply(x, self.w).detach()"), Status.RUNTIME_ERROR),
        (("self.w", "self.v"), Status.RUNTIME_ERROR),
    ],
    ids=["right", "wrong", "missing gradient", "detached", "missing parameter"],
)
def test_gradients(judge: Judge, change: tuple[str, str], status: Status) -> None:
    source = model("return args[0] * self.w", X, setup="self.w = nn.Parameter(torch.randn(1))")
    found = judge(cpp(GRADIENT.replace(*change)), problem(source, backward=True))
    assert found.status is status, (found.error, found.findings, found.correctness)
    if status is Status.RUNTIME_ERROR:
        assert found.error is not None and found.error.type == "NotASolution"
        assert "gradients are judged" in found.error.message


def test_several_workloads_the_first_is_timed(judge: Judge) -> None:
    source = "N = 64\n" + model("return args[0] + 2", "[torch.randn(N, 16)]")
    workloads = [
        {"name": "base", "constants": {"N": 64}},
        {"name": "odd", "constants": {"N": 7}},
        {"name": "one", "constants": {"N": 1}},
    ]
    found = right(
        judge(own("return add(args[0], 2)"), problem(source, workloads=workloads), samples.TIMED)
    )
    assert found.timing is not None and found.timing.workload == "base"
    assert found.correctness is not None
    seen = {trial.name.partition("/")[0] for trial in found.correctness.trials}
    assert seen == {"base", "odd", "one"}
    only_64 = own("assert args[0].shape[0] in (64, 1); return add(args[0], 2)")
    assert judge(only_64, problem(source, workloads=workloads)).status is Status.RUNTIME_ERROR


def test_a_constant_that_is_not_there_is_the_problem_s_fault(judge: Judge) -> None:
    source = "N = 64\n" + model("return args[0] + 2", "[torch.randn(N, 16)]")
    workloads = [{"name": "base", "constants": {"M": 64}}]
    found = judge(own("return add(args[0], 2)"), problem(source, workloads=workloads))
    assert found.status is Status.INVALID_PROBLEM


def test_distributions_are_verified_and_catch_what_the_default_does_not(judge: Judge) -> None:
    settings = samples.QUICK.model_copy(
        update={"trials": samples.QUICK.trials.model_copy(update={"distributions": True})}
    )
    reference = model("return args[0] + 2", X)
    found = right(judge(own("return add(args[0], 2)"), problem(reference), settings))
    assert found.correctness is not None
    names = {trial.name.partition("#")[0] for trial in found.correctness.trials}
    assert names == {f"base/{d}" for d in ("default", "scaled", "offset", "sparse", "extreme")}
    clamped = own("return add(args[0].clamp(-8, 8), 2)")
    assert judge(clamped, problem(reference), settings).status is Status.WRONG_VALUE
    assert judge(clamped, problem(reference)).status is Status.CORRECT


def test_both_languages_are_compiled_for_the_cpu(judge: Judge) -> None:
    for source, language in ((samples.TRITON, Language.TRITON), (samples.CPP, Language.CPP)):
        found = judge(Solution(source=source, language=language))
        assert found.environment.target == "cpu"
        assert right(found).language == language
