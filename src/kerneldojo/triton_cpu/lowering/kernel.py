"""From Triton IR to LLVM IR: `lower`."""

from __future__ import annotations

from dataclasses import dataclass

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.host import Host
from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.lowering import scaled
from kerneldojo.triton_cpu.lowering.control import Control
from kerneldojo.triton_cpu.lowering.elements import register
from kerneldojo.triton_cpu.lowering.frame import Frame, Program
from kerneldojo.triton_cpu.lowering.induction import rewrite
from kerneldojo.triton_cpu.lowering.plan import Planner
from kerneldojo.triton_cpu.ttir.ir import Function
from kerneldojo.triton_cpu.ttir.parser import parse


@dataclass(frozen=True, slots=True)
class Lowered:
    """A kernel as an LLVM module with an internal function `@program`.

    Attributes:
        module: holds the function; the entry point is added to it.
        name: the kernel's name.
        arguments: the element types of its parameters.
        scratch_bytes: scratch memory one program needs.
        messages: what to say when assertion 1, 2, … fails.
    """

    module: Module
    name: str
    arguments: tuple[str, ...]
    scratch_bytes: int
    messages: tuple[str, ...]


def lower(ttir: str, host: Host, *, fuse: bool = False) -> Lowered:
    """Lowers the public function of a Triton IR module.

    With `fuse`, a product may be added without being rounded first.

    Raises:
        UnsupportedOperation: naming the operation, the kernel and its place in the source.
        ParseError: if the text is not the Triton IR this version knows.
    """
    functions = {function.name: function for function in parse(ttir)}
    kernel = next(function for function in functions.values() if function.public)
    for function in functions.values():
        scaled.rewrite(function)
        rewrite(function)
    module = Module(host=host, fuse=fuse)
    kinds = tuple(_kind(kernel, number) for number in range(len(kernel.arguments)))
    names = [f"%a{number}" for number in range(len(kinds))]
    parameters = [f"{register(kind)} {name}" for kind, name in zip(kinds, names, strict=True)]
    parameters += [f"i32 %{word}" for word in ("px", "py", "pz", "gx", "gy", "gz")]
    parameters += ["ptr noalias %scratch", "ptr %context"]
    b = Builder(module, f"define internal i32 @program({', '.join(parameters)})")
    frame = _frame(kernel, b, functions)
    for argument, kind, name in zip(kernel.arguments, kinds, names, strict=True):
        frame.scalars[argument] = Value(register(kind), name)
    start = b.open("start")
    b.move(start)
    Control(frame).function(kernel)
    b.move(frame.entry)
    b.branch(start)
    b.move(frame.exit)
    b.ret(b.load("i32", frame.status, 4))
    module.functions.append(b.finish())
    return Lowered(module, kernel.name, kinds, frame.scratch.total, tuple(frame.messages))


def _kind(kernel: Function, number: int) -> str:
    type = kernel.arguments[number].type
    try:
        register(type.element)
    except KeyError:
        raise UnsupportedOperation(
            f"an argument of type {type.pointee or type}", kernel=kernel.name
        ) from None
    return type.element


def _frame(kernel: Function, b: Builder, functions: dict[str, Function]) -> Frame:
    words = {word: Value("i32", f"%{word}") for word in ("px", "py", "pz", "gx", "gy", "gz")}
    program = Program(
        (words["px"], words["py"], words["pz"]),
        (words["gx"], words["gy"], words["gz"]),
        Value("ptr", "%scratch"),
    )
    return Frame(
        kernel=kernel.name,
        b=b,
        module=b.module,
        planner=Planner(),
        program=program,
        entry=b.block,
        exit=b.open("exit"),
        status=b.entry_slot("i32"),
        vector_bits=b.module.host.vector_bits,
        functions=functions,
    )
