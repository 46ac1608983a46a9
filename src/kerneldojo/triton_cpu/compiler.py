"""The CPU as Triton's compiler sees a back end: Triton IR in, a shared object out.

- ttir: Triton's own clean-up passes
- llir: our lowering, LLVM IR as text with the entry point in it
- so: LLVM's optimiser and code generator, and lld
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from triton import knobs
from triton._C.libtriton import ir, passes
from triton.backends.compiler import BaseBackend, GPUTarget, Language

from kerneldojo.triton_cpu import toolchain
from kerneldojo.triton_cpu.errors import CompilerFault, TritonCpuError
from kerneldojo.triton_cpu.host import detect
from kerneldojo.triton_cpu.options import CPUOptions, parse

Metadata = dict[str, Any]


class CPUBackend(BaseBackend):  # type: ignore[misc]
    """Compiles kernels for the host's processor."""

    binary_ext = "so"

    @staticmethod
    def supports_target(target: GPUTarget) -> bool:
        """Whether this back end compiles for `target`."""
        return bool(target.backend == "cpu")

    def hash(self) -> str:
        """Everything but the kernel and its options that the machine code depends on."""
        host = detect()
        return "-".join((_sources(), toolchain.version(), _torch(), host.cpu, host.features))

    def parse_options(self, options: dict[str, Any]) -> CPUOptions:
        """The options a launch or a caller of `triton.compile` asked for."""
        return parse(options, self.target.arch)

    def pack_metadata(self, metadata: Any) -> tuple[int, int, int]:
        """What launch hooks are told about a kernel."""
        return metadata.num_warps, metadata.num_ctas, metadata.shared

    def load_dialects(self, context: Any) -> None:
        """Triton's own dialects are all there are."""

    def get_module_map(self) -> dict[str, ModuleType]:
        """`libdevice` is NVIDIA's: its functions are known by their names in CUDA."""
        from triton.language.extra.cuda import libdevice

        return {"triton.language.extra.libdevice": libdevice}

    def get_codegen_implementation(self, options: CPUOptions) -> dict[str, Callable[..., Any]]:
        """What the front end leaves to a back end."""
        from kerneldojo.triton_cpu.custom_types import convert_fp8e4b15

        return {
            "convert_custom_types": convert_fp8e4b15,
            "min_dot_size": lambda left, right: (1, 1, 1),
        }

    def add_stages(self, stages: dict[str, Any], options: CPUOptions, language: Language) -> None:
        """The stages from the front end's output to a shared object."""
        if language != Language.TRITON:
            raise ValueError("Gluon is a language for GPUs; the CPU compiles Triton kernels only")
        if knobs.compilation.store_binary_only:
            raise ValueError(
                "TRITON_STORE_BINARY_ONLY keeps binaries for GPUs only; unset it to compile "
                "for the CPU"
            )
        stages["ttir"] = lambda module, metadata: _clean_up(module)
        stages["llir"] = lambda module, metadata: _lower(module, metadata, options)
        stages["so"] = _assemble
        if knobs.runtime.add_stages_inspection_hook is not None:
            knobs.runtime.add_stages_inspection_hook(
                self, stages, options, language, self.target.arch
            )


def _clean_up(module: Any) -> Any:
    manager = ir.pass_manager(module.context)
    manager.enable_debug()
    passes.common.add_inliner(manager)
    passes.ttir.add_rewrite_tensor_descriptor_to_pointer(manager)
    passes.common.add_canonicalizer(manager)
    passes.ttir.add_combine(manager)
    passes.ttir.add_reorder_broadcast(manager)
    passes.common.add_cse(manager)
    passes.ttir.add_triton_licm(manager)
    passes.common.add_symbol_dce(manager)
    passes.ttir.add_loop_unroll(manager)
    manager.run(module, "make_ttir")
    return module


def _lower(module: Any, metadata: Metadata, options: CPUOptions) -> str:
    from kerneldojo.triton_cpu.binary import names_global
    from kerneldojo.triton_cpu.entry import emit_entry
    from kerneldojo.triton_cpu.lowering.kernel import lower

    host = detect()
    try:
        lowered = lower(str(module), host, fuse=options.enable_fp_fusion)
    except TritonCpuError:
        raise
    except Exception as error:
        raise CompilerFault(f"the lowering failed: {type(error).__name__}: {error}") from error
    emit_entry(lowered.module, lowered.name, lowered.arguments, lowered.scratch_bytes)
    outside = tuple(lowered.module.externals)
    metadata.update(
        name=lowered.name,
        arguments=lowered.arguments,
        messages=lowered.messages,
        externals=outside,
        scratch_bytes=lowered.scratch_bytes,
        shared=max(1, lowered.scratch_bytes),  # occupancy arithmetic divides by it
        tensordesc_meta=[],
    )
    return lowered.module.text(host.triple) + names_global(outside)


def _assemble(text: str, metadata: Metadata) -> bytes:
    return toolchain.build(text, detect(), metadata["name"])


@cache
def _sources() -> str:
    """A digest of this package, so that a change of it never meets an old cache."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _torch() -> str:
    """PyTorch's version: it brings functions that kernels call."""
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""
