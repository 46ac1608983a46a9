"""Reading Triton IR's text."""

from __future__ import annotations

import pytest

from kerneldojo.triton_cpu.ttir.ir import Type, walk
from kerneldojo.triton_cpu.ttir.parser import ParseError, parse
from kerneldojo.triton_cpu.ttir.types import parse_type, split_top

MODULE = """
#loc = loc("kernel.py":3:0)
#loc1 = loc("kernel.py":7:9)
#loc2 = loc("/site/triton/language/standard.py":40:1)
#loc3 = loc(callsite(#loc2 at #loc1))
#loc4 = loc("v"(#loc3))
module {
  tt.func public @k(ARGUMENTS) attributes {noinline = false} {
    %c0 = arith.constant 0 : i32 loc(#loc1)
    %o = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32> loc(#loc1)
    %p = tt.splat %x : !tt.ptr<f32> -> tensor<8x!tt.ptr<f32>> loc(#loc1)
    %q = tt.addptr %p, %o : tensor<8x!tt.ptr<f32>>, tensor<8xi32> loc(#loc1)
    %v = tt.load %q : tensor<8x!tt.ptr<f32>> loc(#loc1)
    %m:2 = "tt.reduce"(%v, %o) <{axis = 0 : i32}> ({
    ^bb0(%a: f32 loc(unknown), %b: i32 loc(unknown), %c: f32 loc(unknown), %d: i32 loc(unknown)):
      %g = arith.cmpf ogt, %a, %c : f32 loc(#loc4)
      %s = arith.select %g, %a, %c : f32 loc(#loc4)
      %t = arith.select %g, %b, %d : i32 loc(#loc4)
      tt.reduce.return %s, %t : f32, i32 loc(#loc4)
    }) : (tensor<8xf32>, tensor<8xi32>) -> (f32, i32) loc(#loc4)
    %r:2 = scf.for %i = %c0 to %n step %c0 CARRIED  : i32 {
      %z = arith.cmpi slt, %i, %n : i32 loc(#loc1)
      %y = scf.if %z -> (i32) {
        scf.yield %w : i32 loc(#loc1)
      } else {
        scf.yield %i : i32 loc(#loc1)
      } loc(#loc1)
      scf.yield %u, %y : tensor<8x!tt.ptr<f32>>, i32 loc(#loc1)
    } loc(#loc1)
    tt.assert %g1, "a } brace, a \\"quote\\" and a : colon" : i1 loc(#loc1)
    tt.return loc(#loc1)
  } loc(#loc)
} loc(#loc)
"""
ARGUMENTS = '%x: !tt.ptr<f32> {tt.divisibility = 16 : i32} loc("x"(#loc)), %n: i32 loc("n"(#loc))'
CARRIED = "iter_args(%u = %q, %w = %m#1) -> (tensor<8x!tt.ptr<f32>>, i32)"
MODULE = MODULE.replace("ARGUMENTS", ARGUMENTS).replace("CARRIED", CARRIED)
MODULE = MODULE.replace(
    "    tt.assert %g1", "    %g1 = arith.constant true loc(#loc1)\n    tt.assert %g1"
)


def test_a_module_with_every_kind_of_region() -> None:
    (function,) = parse(MODULE)
    ops = {op.name: op for op in walk(function.blocks)}
    assert function.name == "k"
    assert [str(argument.type) for argument in function.arguments] == ["ptr<f32>", "i32"]
    assert function.hints == [{"tt.divisibility": "16"}, {}]
    assert ops["tt.load"].result.type == Type("f32", (8,))
    reduce = ops["tt.reduce"]
    assert [str(result.type) for result in reduce.results] == ["f32", "i32"]
    assert reduce.attributes["axis"] == "0"
    assert len(reduce.regions[0][0].arguments) == 4
    loop = ops["scf.for"]
    assert loop.operands[4] is reduce.results[1]
    assert len(ops["scf.if"].regions) == 2
    assert ops["scf.if"].result.users == [loop.regions[0][0].terminator]
    assert ops["tt.assert"].operands[0].type == Type("i1")


def test_places_lead_to_the_users_own_file() -> None:
    (function,) = parse(MODULE)
    by_name = {op.name: op for op in walk(function.blocks)}
    assert by_name["tt.load"].location == "kernel.py:7"
    assert by_name["arith.cmpf"].location == "kernel.py:7"


def test_operations_are_numbered_in_program_order() -> None:
    (function,) = parse(MODULE)
    positions = [op.position for op in walk(function.blocks)]
    assert positions == sorted(positions)


def test_a_line_that_is_not_understood_is_quoted() -> None:
    with pytest.raises(ParseError, match="what is this"):
        parse("module {\n  tt.func public @k() {\n    what is this\n  }\n}")


def test_a_value_nobody_defined() -> None:
    with pytest.raises(ParseError, match="%nobody"):
        parse(
            "module {\n  tt.func public @k() {\n    %0 = arith.addi %nobody, %nobody : i32\n  }\n}"
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f32", Type("f32")),
        ("tensor<4x1xi1>", Type("i1", (4, 1))),
        ("!tt.ptr<f16, 1>", Type("ptr", None, "f16")),
        ("tensor<64x32x!tt.ptr<!tt.ptr<f8E5M2>>>", Type("ptr", (64, 32), "!tt.ptr<f8E5M2>")),
    ],
)
def test_types(text: str, expected: Type) -> None:
    assert parse_type(text) == expected


def test_splitting_respects_brackets_arrows_and_strings() -> None:
    assert split_top('(a, b) -> c, <d, e>, "f, g"') == ["(a, b) -> c", "<d, e>", '"f, g"']
    assert split_top("") == []
