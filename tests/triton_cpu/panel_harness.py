"""Compiles one function that works on matrices in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from llvmlite import binding

from kerneldojo.triton_cpu.host import Host, detect
from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import Module

DTYPES = {
    "f32": np.float32,
    "f64": np.float64,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
}


class Compiled:
    """`emit(b, pointers, integers)` as a function of arrays and integers."""

    def __init__(
        self,
        emit: Callable[[Builder, list[Value], list[Value]], None],
        pointers: int,
        integers: int = 0,
        host: Host | None = None,
    ) -> None:
        host = host or detect()
        module = Module(host=host)
        names = [f"%p{i}" for i in range(pointers)], [f"%n{i}" for i in range(integers)]
        values = (
            [Value("ptr", name) for name in names[0]],
            [Value("i64", name) for name in names[1]],
        )
        parameters = ", ".join(str(value) for group in values for value in group)
        b = Builder(module, f"define void @run({parameters})")
        emit(b, *values)
        b.ret()
        module.functions.append(b.finish())
        self.text = module.text(host.triple)
        self._reference, self._machine = _optimised(self.text, host)
        self._kinds = [ctypes.c_void_p] * pointers + [ctypes.c_int64] * integers

    @property
    def assembly(self) -> str:
        """The machine code, to read."""
        return str(self._machine.emit_assembly(self._reference))

    def __call__(self, *arrays: np.ndarray, integers: Sequence[int] = ()) -> None:
        """Runs the function on the arrays' memory."""
        engine = binding.create_mcjit_compiler(self._reference, self._machine)
        engine.finalize_object()
        function = ctypes.CFUNCTYPE(None, *self._kinds)(engine.get_function_address("run"))
        function(*(array.ctypes.data for array in arrays), *integers)


def aligned(array: np.ndarray, offset: int = 0) -> np.ndarray:
    """A copy that starts `offset` bytes after a multiple of 64."""
    room = np.zeros(array.nbytes + 128, np.uint8)
    start = -room.ctypes.data % 64 + offset
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


@cache
def _initialise() -> None:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()


def _optimised(text: str, host: Host) -> tuple[binding.ModuleRef, binding.TargetMachine]:
    _initialise()
    reference = binding.parse_assembly(text)
    reference.verify()
    target = binding.Target.from_triple(host.triple)
    machine = target.create_target_machine(cpu=host.cpu, features=host.features, opt=3, jit=True)
    reference.data_layout = str(machine.target_data)
    options = binding.create_pipeline_tuning_options(speed_level=3)
    passes = binding.create_pass_builder(machine, options)
    passes.getModulePassManager().run(reference, passes)
    return reference, machine
