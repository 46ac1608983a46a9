"""What a solution's exception is called, and whose lines are shown."""

from __future__ import annotations

import json

import pytest

from kerneldojo.evaluation.player.failure import describe

SOURCE = "solution.py"


def raised(code: str, file: str = SOURCE, **names: object) -> BaseException:
    try:
        exec(compile(code, file, "exec"), dict(names))
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_solutions_own_lines_are_shown() -> None:
    told = describe(raised("x = 1\nx / 0\n"), loading=False, source_file=SOURCE)
    assert told["traceback"].startswith("line 2, in <module>")
    assert (told["category"], told["type"]) == ("RUNTIME_ERROR", "ZeroDivisionError")


def test_a_librarys_lines_are_not_taken_for_the_solutions() -> None:
    error = raised("json.loads('{')", "elsewhere.py", json=json)
    told = describe(error, loading=False, source_file=SOURCE)
    assert "line " not in told["traceback"]
    assert "decoder.py:" in told["traceback"]


@pytest.mark.parametrize(
    ("error", "loading", "category"),
    [
        (MemoryError(), False, "OUT_OF_MEMORY"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), False, "OUT_OF_MEMORY"),
        (SyntaxError("no"), True, "INVALID_SOLUTION"),
        (SyntaxError("no"), False, "RUNTIME_ERROR"),
        (RuntimeError("Error building extension 'k'"), True, "COMPILE_ERROR"),
    ],
)
def test_categories(error: Exception, loading: bool, category: str) -> None:
    assert describe(error, loading=loading, source_file=SOURCE)["category"] == category


class CompilationError(Exception):
    """What Triton's is called."""


def test_what_is_wrong_in_a_function_of_a_kernel_is_told() -> None:
    try:
        try:
            raise CompilationError("at 3:11: no such name")
        except CompilationError as inner:
            raise CompilationError("at 5:31: helper(value)") from inner
    except CompilationError as error:
        told = describe(error, loading=False, source_file="solution.py")
    assert told["category"] == "COMPILE_ERROR"
    assert told["message"] == "at 5:31: helper(value)\nat 3:11: no such name"
