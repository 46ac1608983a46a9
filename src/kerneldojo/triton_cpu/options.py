"""The options of one compilation: what Triton's front end reads, and what its users may pass.

A kernel written for a GPU is launched with hints for that GPU. They change nothing that can be
observed here, so they are accepted; a name that no back end knows is refused by Triton itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from triton import knobs
from triton._C.libtriton import getenv


@dataclass(frozen=True)
class CPUOptions:
    """The options of one compilation.

    Attributes:
        enable_fp_fusion: whether a product and a sum may be rounded once, together.
        debug: whether `tl.device_assert` is compiled.
        sanitize_overflow: whether, with `debug`, integer overflow is asserted not to happen.
    """

    num_warps: int = 4
    num_ctas: int = 1
    num_stages: int = 3
    warp_size: int = 1
    enable_fp_fusion: bool = False
    debug: bool = False
    sanitize_overflow: bool = True
    arch: str = ""
    backend_name: str = "cpu"
    supported_fp8_dtypes: tuple[str, ...] = ("fp8e4b15", "fp8e4b8", "fp8e4nv", "fp8e5", "fp8e5b16")
    deprecated_fp8_dot_operand_dtypes: tuple[str, ...] = ()
    default_dot_input_precision: str = "ieee"
    allowed_dot_input_precisions: tuple[str, ...] = ("ieee", "tf32", "tf32x3", "bf16x3", "bf16x6")
    max_num_imprecise_acc_default: int = 0
    extern_libs: tuple[tuple[str, str], ...] = ()
    ir_override: str | None = None
    instrumentation_mode: str = ""
    fpsan_homomorphic_casts: bool = False

    # hints for NVIDIA's GPUs
    maxnreg: int | None = None
    ptx_version: int | None = None
    ptx_options: str | None = None
    sched4reg: bool = False
    enable_reflect_ftz: bool = True
    launch_cooperative_grid: bool = False
    launch_pdl: bool = False
    clc: bool = False
    min_shared_mem: int | None = None

    # hints for AMD's GPUs
    waves_per_eu: int = 0
    matrix_instr_nonkdim: int = 0
    kpack: int = 1
    allow_flush_denorm: bool = False
    schedule_hint: str = ""
    llvm_fn_attrs: str = ""
    wgp_cu_mode: str = "wgp"

    def __post_init__(self) -> None:
        object.__setattr__(self, "extern_libs", tuple(dict(self.extern_libs).items()))
        if self.num_warps <= 0 or self.num_warps & (self.num_warps - 1):
            raise ValueError(f"num_warps must be a power of 2, not {self.num_warps}")
        if self.instrumentation_mode:
            raise ValueError(
                f"The instrumentation {self.instrumentation_mode!r} instruments GPU code only; "
                "unset TRITON_INSTRUMENTATION_MODE."
            )

    def hash(self) -> str:
        """Differs wherever the options do."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()


def parse(given: Mapping[str, Any], arch: str) -> CPUOptions:
    """The options that a launch asked for; what it left out, or None, is as by default."""
    known = {field.name for field in fields(CPUOptions)}
    chosen = {name: value for name, value in given.items() if name in known and value is not None}
    chosen["arch"] = arch
    chosen["enable_fp_fusion"] = _fp_fusion(given.get("enable_fp_fusion"))
    return CPUOptions(**chosen)


def _fp_fusion(requested: bool | None) -> bool:
    """Off unless someone asks for it: results are then those of IEEE arithmetic."""
    if requested is None and getenv("TRITON_DEFAULT_FP_FUSION") is None:
        return False
    return bool(knobs.language.fp_fusion_enabled(requested))
