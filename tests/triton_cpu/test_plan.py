"""Which operations share a loop nest, and which values are stored."""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.induction import rewrite
from kerneldojo.triton_cpu.lowering.plan import Planner
from kerneldojo.triton_cpu.lowering.steps import Nest
from kerneldojo.triton_cpu.ttir.ir import walk
from kerneldojo.triton_cpu.ttir.parser import parse

HEAD = """module {
  tt.func public @k(%x: !tt.ptr<f32>, %y: !tt.ptr<f32>, %n: i32) {
    %o = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %sx = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %sy = tt.splat %y : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %px = tt.addptr %sx, %o : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %py = tt.addptr %sy, %o : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %v = tt.load %px : tensor<64x!tt.ptr<f32>>
"""
TAIL = "    tt.return\n  }\n}\n"
SUM = """    %s = "tt.reduce"(%{0}) <{{axis = 0 : i32}}> ({{
    ^bb0(%a: f32, %b: f32):
      %c = arith.addf %a, %b : f32
      tt.reduce.return %c : f32
    }}) : (tensor<64xf32>) -> f32
    %ss = tt.splat %s : f32 -> tensor<64xf32>
"""


def nests(body: str) -> tuple[list[list[str]], set[str]]:
    """The anchors of each nest of a kernel's only block, and the names of the kept values."""
    (function,) = parse(HEAD + body + TAIL)
    plan = Planner().plan(function.blocks[0])
    named = [
        [
            a.op.name if a.op is not None else f"keep {a.value.name}"
            for a in step.anchors
            if a.value or a.op
        ]
        for step in plan.steps
        if isinstance(step, Nest)
    ]
    return named, {value.name for value in plan.kept}


def test_a_chain_of_elementwise_operations_is_one_nest_without_buffers() -> None:
    found, kept = nests(
        "    %w = arith.addf %v, %v : tensor<64xf32>\n"
        "    %e = math.exp %w : tensor<64xf32>\n"
        "    tt.store %py, %e : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["tt.store"]]
    assert kept == set()


def test_a_cheap_value_is_read_again_after_a_reduction() -> None:
    found, kept = nests(
        SUM.format("v")
        + "    %d = arith.divf %v, %ss : tensor<64xf32>\n"
        + "    tt.store %py, %d : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["tt.reduce"], ["tt.store"]]
    assert kept == set()


def test_an_expensive_value_is_kept_across_a_reduction() -> None:
    found, kept = nests(
        "    %e = math.exp %v : tensor<64xf32>\n"
        + SUM.format("e")
        + "    %d = arith.divf %e, %ss : tensor<64xf32>\n"
        + "    tt.store %py, %d : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["keep %e", "tt.reduce"], ["tt.store"]]
    assert kept == {"%e"}


def test_a_load_is_not_done_after_a_store_that_follows_it() -> None:
    found, kept = nests(
        "    tt.store %px, %v : tensor<64x!tt.ptr<f32>>\n"
        + SUM.format("v")
        + "    %d = arith.addf %v, %ss : tensor<64xf32>\n"
        + "    tt.store %py, %d : tensor<64x!tt.ptr<f32>>\n"
    )
    assert "%v" in kept
    assert found[0][0] == "keep %v"


def test_a_store_that_shifts_what_is_still_to_be_loaded_has_a_nest_of_its_own() -> None:
    found, kept = nests(
        "    %one = arith.constant dense<1> : tensor<64xi32>\n"
        "    %next = tt.addptr %px, %one : tensor<64x!tt.ptr<f32>>, tensor<64xi32>\n"
        "    tt.store %next, %v : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["keep %v"], ["tt.store"]]
    assert kept == {"%v"}


def test_a_later_load_waits_for_the_store_before_it() -> None:
    found, _ = nests(
        "    tt.store %py, %v : tensor<64x!tt.ptr<f32>>\n"
        "    %again = tt.load %py : tensor<64x!tt.ptr<f32>>\n"
        "    tt.store %px, %again : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["tt.store"], ["tt.store"]]


def test_independent_reductions_share_a_nest() -> None:
    square = (
        SUM.format("q").replace("%s ", "%t ").replace("%ss", "%tt").replace("splat %s", "splat %t")
    )
    found, _ = nests(
        SUM.format("v")
        + "    %q = arith.mulf %v, %v : tensor<64xf32>\n"
        + square
        + "    %d = arith.addf %ss, %tt : tensor<64xf32>\n"
        + "    tt.store %py, %d : tensor<64x!tt.ptr<f32>>\n"
    )
    assert found == [["tt.reduce", "tt.reduce"], ["tt.store"]]


def test_carried_pointers_become_a_distance() -> None:
    (function,) = parse(
        HEAD
        + """    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %step = arith.constant dense<64> : tensor<64xi32>
    %l = scf.for %i = %c0 to %n step %c1 iter_args(%p = %px) -> (tensor<64x!tt.ptr<f32>>)  : i32 {
      %w = tt.load %p : tensor<64x!tt.ptr<f32>>
      tt.store %py, %w : tensor<64x!tt.ptr<f32>>
      %q = tt.addptr %p, %step : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
      scf.yield %q : tensor<64x!tt.ptr<f32>>
    }
"""
        + TAIL
    )
    rewrite(function)
    (loop,) = [op for op in walk(function.blocks) if op.name == "scf.for"]
    (body,) = loop.regions[0]
    assert [str(argument.type) for argument in body.arguments] == ["i32", "i64"]
    assert [str(result.type) for result in loop.results] == ["i64"]
    planner = Planner()
    planner.plan(function.blocks[0])
    load = next(op for op in body.ops if op.name == "tt.load")
    assert planner.strides.of(load.operands[0]) == (1,)
