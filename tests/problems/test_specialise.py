import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems import specialise


def run(source: str) -> dict:
    namespace: dict = {}
    exec(source, namespace)
    return namespace


def test_only_the_named_constant_changes():
    source = "N = 1024  # rows\nM: int = 8\n\ndef f():\n    N = 3\n    return N, M\n"
    assert specialise(source, {"N": 7}) == source.replace("1024", "7")
    assert run(specialise(source, {"M": 9}))["f"]() == (3, 9)


def test_no_constants_means_the_same_text():
    assert specialise("N =   1\r\n", {}) == "N =   1\r\n"


def test_line_numbers_survive_a_value_of_several_lines():
    source = "SHAPE = [\n    1,\n    2,\n]  # two\nLAST = 5\n"
    special = specialise(source, {"SHAPE": [3]})
    assert run(special)["SHAPE"] == [3]
    assert special.splitlines()[4] == "LAST = 5"


def test_text_before_the_value_may_be_wider_than_one_byte():
    special = specialise("Größe = 1; X = 'é'; N = 2; M = 3\n", {"Größe": 4, "N": 5})
    values = run(special)
    assert (values["Größe"], values["N"], values["M"]) == (4, 5, 3)


def test_a_name_assigned_twice_changes_twice():
    assert specialise("N = 1\nN = 2\n", {"N": 3}) == "N = 3\nN = 3\n"


def test_two_constants_on_one_line():
    assert specialise("A = 1; B = 2\n", {"A": 1000, "B": 3}) == "A = 1000; B = 3\n"


def test_names_that_share_a_value_change_together():
    assert specialise("A = B = 1\n", {"A": 2}) == "A = B = 2\n"
    assert specialise("A = B = 1\n", {"A": 2, "B": 2}) == "A = B = 2\n"
    with pytest.raises(InvalidProblem, match="shares its value"):
        specialise("A = B = 1\n", {"A": 2, "B": 3})


def test_names_that_are_unpacked_change_alone():
    assert specialise("A, (B, C) = 1, (2, 3)\n", {"B": 9}) == "A, (B, C) = 1, (9, 3)\n"


def test_derived_constants_follow():
    assert run(specialise("N = 4\nHALF = N // 2\n", {"N": 10}))["HALF"] == 5


@pytest.mark.parametrize(
    ("source", "name", "complaint"),
    [
        ("ROWS = 1\n", "ROW", "no top-level constant named 'ROW'. Did you mean 'ROWS'"),
        ("A, *B = 1, 2, 3\n", "A", "no top-level constant"),
        ("A += 1\n", "A", "no top-level constant"),
        ("A: int\n", "A", "no top-level constant"),
        ("def f():\n    N = 1\n", "N", "no top-level constant"),
        ("def N(): pass\n", "N", "no top-level constant"),
        ("N = = 1\n", "N", "line 1"),
    ],
)
def test_what_is_not_a_simple_constant_is_refused(source, name, complaint):
    with pytest.raises(InvalidProblem, match=complaint):
        specialise(source, {name: 1})


@pytest.mark.parametrize("value", [object(), {1: 2}, b"x", [{}]])
def test_a_value_without_a_literal_is_refused(value):
    with pytest.raises(InvalidProblem, match="no literal form"):
        specialise("N = 1\n", {"N": value})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(SCALARS, st.lists, max_leaves=5))
def test_any_constant_arrives_as_it_was(value):
    special = specialise("N = (1,\n     2)  # old\nM = 1\n", {"N": value})
    ast.parse(special)
    arrived = run(special)["N"]
    if isinstance(value, float) and math.isnan(value):
        assert math.isnan(arrived)
    else:
        assert repr(arrived) == repr(value)
