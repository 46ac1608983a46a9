"""Sources that cannot be solutions are named as such before anything runs."""

from __future__ import annotations

import pytest

from kerneldojo.evaluation.static_check import validate_shape
from kerneldojo.records import ErrorInfo, Language, Solution

GOOD = "class ModelNew(nn.Module):\n    def forward(self, x):\n        return x\n"


def shape(source: str) -> ErrorInfo | None:
    return validate_shape(Solution(source=source, language=Language.TRITON))


@pytest.mark.parametrize(
    "source",
    [
        GOOD,
        "# -*- coding: utf-8 -*-\n" + GOOD,
        "if True:\n    class ModelNew:\n        def forward(self): pass\n",
        "class Base:\n    def forward(self): pass\nclass ModelNew(Base): pass\n",
        "class ModelNew(Somewhere): pass\n",
        "class Other:\n    def forward(self): pass\nModelNew = Other\n",
        "class ModelNew(nn.Module):\n    forward = other\n",
        "def ModelNew(*args): return Thing(*args)\n",
        "from kernels import ModelNew\n",
        "x = '\\d'\n" + GOOD,
    ],
)
def test_good_shapes(source: str) -> None:
    assert shape(source) is None


@pytest.mark.parametrize(
    ("source", "type", "message"),
    [
        ("", "EmptySource", "empty"),
        ("  \n", "EmptySource", "empty"),
        ("x = 1\0", "SyntaxError", "NUL"),
        ("x = (\n", "SyntaxError", "line 1"),
        ("x = 1\n  y = 2\n", "IndentationError", "line 2"),
        ("return 3\n", "SyntaxError", "outside function"),
        ("# coding: rot13\nx = 1\n", "SyntaxError", "encoding 'rot13'"),
        ("(" * 5000 + ")" * 5000, "SyntaxError", "nested"),
        ("x = " + "-" * 100_000 + "1", "SyntaxError", "nested too deeply"),
        ("x = " + "+".join(["1"] * 100_000), "SyntaxError", "nested too deeply"),
        ("x = 1\n", "NoEntryPoint", "does not define ModelNew"),
        ("class ModelNw:\n    pass\n", "NoEntryPoint", "Did you mean 'ModelNw'"),
        ("class ModelNew(nn.Module):\n    pass\n", "NoForward", "no forward"),
        ("class A(nn.Module): pass\nclass ModelNew(A): pass\n", "NoForward", "no forward"),
        ("def f():\n    class ModelNew: pass\n", "NoEntryPoint", "does not define"),
    ],
)
def test_bad_shapes(source: str, type: str, message: str) -> None:
    problem = shape(source)
    assert problem is not None
    assert problem.type == type
    assert message in problem.message


def test_a_syntax_error_shows_its_line() -> None:
    problem = shape("x = 1\ny = = 2\n")
    assert problem is not None
    assert "line 2" in problem.message
    assert "y = = 2" in problem.traceback
