"""From LLVM's text to the bytes of a shared object, without leaving the process.

llvmlite parses, optimises and emits the object; the lld inside Triton's own library links it.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from kerneldojo.triton_cpu.errors import CompilerFault, TritonCpuError
from kerneldojo.triton_cpu.host import Host

Linker = Callable[[str, str], None]
LLVMLITE = "0.50"
_LOCK = threading.Lock()


def build(llvm_ir: str, host: Host, kernel: str) -> bytes:
    """Compiles a module and links it into a shared object.

    Args:
        llvm_ir: the module's text.
        host: the machine to compile for.
        kernel: the kernel's name, for messages.

    Raises:
        CompilerFault: if LLVM or the linker refuses the module.
    """
    with _LOCK:
        return _link(_object(llvm_ir, host, kernel), kernel)


def version() -> str:
    """The compiler's version, on which the machine code depends."""
    llvm = _llvm()
    number = ".".join(map(str, llvm.llvm_version_info))
    return f"LLVM {number} (llvmlite {importlib.import_module('llvmlite').__version__})"


def _object(llvm_ir: str, host: Host, kernel: str) -> bytes:
    llvm = _llvm()
    try:
        module = llvm.parse_assembly(llvm_ir, context=llvm.create_context())
        module.verify()
    except RuntimeError as error:
        raise CompilerFault(f"kernel {kernel!r}: LLVM refused its code: {error}") from error
    machine = _machine(host.triple, host.cpu, host.features)
    builder = llvm.create_pass_builder(machine, _tuning(llvm))
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _tuning(llvm: ModuleType) -> Any:
    """Vectors are explicit already: the vectorisers would only tear them apart.

    Loops are written as wide as they pay, and unrolling those of a sorting network makes its
    code four times as long and ten times as slow to compile.
    """
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = False
    tuning.slp_vectorization = False
    tuning.loop_interleaving = False
    tuning.loop_unrolling = False
    return tuning


@cache
def _llvm() -> ModuleType:
    try:
        llvm = importlib.import_module("llvmlite.binding")
    except ImportError as error:
        raise TritonCpuError(
            f"Compiling Triton kernels for the CPU needs llvmlite {LLVMLITE}: "
            "pip install 'kerneldojo[torch]'"
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _machine(triple: str, cpu: str, features: str) -> Any:
    target = _llvm().Target.from_triple(triple)
    return target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small"
    )


# -- linking ---------------------------------------------------------------------------------


def _link(code: bytes, kernel: str) -> bytes:
    link = _lld() or _system_linker()
    with tempfile.TemporaryDirectory(prefix="kerneldojo-link-") as folder:
        source, target = Path(folder, "kernel.o"), Path(folder, "kernel.so")
        source.write_bytes(code)
        try:
            link(str(source), str(target))
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            detail = getattr(error, "stderr", "") or error
            raise CompilerFault(f"kernel {kernel!r}: the linker failed: {detail}") from error
        return target.read_bytes()


def _lld() -> Linker | None:
    """The linker in Triton's library; what its binding is named for, it links any ELF object."""
    try:
        from triton._C.libtriton import amd
    except ImportError:
        return None
    return getattr(amd, "link_hsaco", None)


def _system_linker() -> Linker:
    for name in ("ld.lld", "ld", "cc", "gcc", "clang"):
        if program := shutil.which(name):
            flags = ["-shared"] if name.startswith("ld") else ["-shared", "-nostdlib"]
            break
    else:
        raise TritonCpuError(
            "No linker: this build of Triton has no lld in it, and none is installed. "
            "Install binutils or lld."
        )

    def link(source: str, target: str) -> None:
        command = [program, *flags, "-o", target, source]
        subprocess.run(command, check=True, capture_output=True, text=True)

    return link
