"""Runs code the lowering emits on arrays: one emitting function inside one vector loop."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from llvmlite import binding

from kerneldojo.triton_cpu import externals
from kerneldojo.triton_cpu.host import Host, detect
from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import EXTERNALS, Module
from kerneldojo.triton_cpu.llvm.types import vector

Emitting = Callable[..., Value]

NUMPY = {
    "float": np.float32,
    "double": np.float64,
    "half": np.float16,
    "i8": np.uint8,
    "i16": np.uint16,
    "i32": np.uint32,
    "i64": np.uint64,
}


def narrow_host(bits: int) -> Host:
    """This processor with registers of at most `bits`."""
    host = detect()
    if not host.is_x86 or bits >= host.vector_bits:
        return host
    lost = {name for name in host.flags if name.startswith("avx512")}
    if bits < 256:
        lost |= {name for name in host.flags if name.startswith("avx")} | {
            "fma",
            "f16c",
            "fma4",
            "xop",
        }
    kept = [
        f"{'-' if name[1:] in lost else name[0]}{name[1:]}" for name in host.features.split(",")
    ]
    return replace(host, cpu="x86-64", features=",".join(kept))


def assembly(module: Module, host: Host) -> str:
    """The machine code of a module, to read."""
    reference, machine = _compiled(module.text(host.triple), host, jit=False)
    return str(machine.emit_assembly(reference))


def called_by_name(module: Module, host: Host) -> set[str]:
    """The functions a module calls that are not its own: there should be none."""
    calls = re.findall(r"^\s+(?:callq?|jmp|bl|b)\s+([A-Za-z_][\w.]*)", assembly(module, host), re.M)
    return {name for name in calls if not name.startswith("kd.")}


def write_loop(
    emit: Emitting, result: str, arguments: Sequence[str], lanes: int, host: Host
) -> Module:
    """`kernel(out, in..., count, repeats)`: `out[i] = emit(in[i]...)`, `lanes` at a time."""
    module = Module(host=host)
    pointers = ["ptr noalias %out", *(f"ptr noalias %in{i}" for i in range(len(arguments)))]
    b = Builder(module, f"define void @kernel({', '.join(pointers)}, i64 %count, i64 %repeats)")
    zero, one = b.const("i64", 0), b.const("i64", 1)
    step = b.const("i64", max(lanes, 1))
    with (
        b.loop(zero, Value("i64", "%repeats"), one),
        b.loop(zero, Value("i64", "%count"), step) as at,
    ):
        values = [_load(b, scalar, f"%in{i}", at, lanes) for i, scalar in enumerate(arguments)]
        out = emit(b, *values)
        place = b.gep(result, Value("ptr", "%out"), at)
        if result == "i8" and out.type.endswith(("i1", "i1>")):
            out = b.cast("zext", out, "i8")
        b.store(out, place, 1)
    b.ret()
    module.functions.append(b.finish())
    return module


def _load(b: Builder, scalar: str, pointer: str, at: Value, lanes: int) -> Value:
    place = b.gep(scalar, Value("ptr", pointer), at)
    return b.load(vector(scalar, lanes) if lanes else scalar, place, 1)


class Loop:
    """A compiled loop; call it with one array per argument."""

    def __init__(
        self,
        emit: Emitting,
        result: str,
        arguments: Sequence[str],
        lanes: int = 16,
        host: Host | None = None,
    ) -> None:
        host = host or detect()
        module = write_loop(emit, result, arguments, lanes, host)
        self.text = module.text(host.triple)
        self._result, self._arguments, self._lanes = result, list(arguments), max(lanes, 1)
        reference, machine = _compiled(self.text, host)
        self._engine = binding.create_mcjit_compiler(reference, machine)
        self._engine.finalize_object()
        if module.externals:
            table = self._engine.get_global_value_address(EXTERNALS)
            for place, name in enumerate(module.externals):
                ctypes.c_void_p.from_address(table + 8 * place).value = externals.address(name)
        kinds = [ctypes.c_void_p] * (1 + len(arguments)) + [ctypes.c_int64] * 2
        self._function = ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address("kernel"))

    def __call__(self, *arrays: np.ndarray, repeats: int = 1) -> np.ndarray:
        """Each array is read as the argument's type, bit by bit; so is the result written."""
        count = arrays[0].size
        padded = -(-count // self._lanes) * self._lanes
        inputs = []
        for array, scalar in zip(arrays, self._arguments, strict=True):
            whole = np.zeros(padded, NUMPY[scalar])
            whole[:count] = np.ascontiguousarray(array).reshape(-1).view(NUMPY[scalar])
            inputs.append(whole)
        out = np.empty(padded, NUMPY[self._result])
        self._function(out.ctypes.data, *(array.ctypes.data for array in inputs), padded, repeats)
        return out[:count]


@lru_cache(maxsize=1)
def _initialize() -> None:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()


def _compiled(
    text: str, host: Host, *, jit: bool = True
) -> tuple[binding.ModuleRef, binding.TargetMachine]:
    _initialize()
    reference = binding.parse_assembly(text)
    reference.verify()
    target = binding.Target.from_triple(host.triple)
    kind = {"jit": True} if jit else {"reloc": "pic", "codemodel": "small"}
    machine = target.create_target_machine(cpu=host.cpu, features=host.features, opt=3, **kind)
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(reference, passes)
    return reference, machine
