"""The compiler's options, its stages, and what it does to Triton's custom types."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import triton
import triton.language as tl
from triton.backends.compiler import Language
from triton.compiler import make_backend

from kerneldojo.triton_cpu.compiler import CPUBackend, CPUOptions
from kerneldojo.triton_cpu.driver import CPUDriver
from kerneldojo.triton_cpu.errors import UnsupportedOperation


@pytest.fixture(autouse=True)
def on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    previous = triton.runtime.driver._active
    triton.runtime.driver.set_active(CPUDriver())
    yield
    triton.runtime.driver._active = previous


@pytest.fixture
def backend() -> CPUBackend:
    return make_backend(CPUDriver().get_current_target())


@triton.jit
def copy_kernel(x, out, N: tl.constexpr):
    offsets = tl.arange(0, N)
    tl.store(out + offsets, tl.load(x + offsets))


def test_fusion_is_off_unless_asked_for(
    backend: CPUBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRITON_DEFAULT_FP_FUSION", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not backend.parse_options({}).enable_fp_fusion
        assert not backend.parse_options({"enable_fp_fusion": None}).enable_fp_fusion
    assert backend.parse_options({"enable_fp_fusion": True}).enable_fp_fusion
    monkeypatch.setenv("TRITON_DEFAULT_FP_FUSION", "1")
    assert backend.parse_options({}).enable_fp_fusion
    monkeypatch.setenv("TRITON_FORCE_DISABLE_FP_FUSION", "1")
    assert not backend.parse_options({"enable_fp_fusion": True}).enable_fp_fusion


def test_options_have_a_hash_of_their_own(backend: CPUBackend) -> None:
    plain = backend.parse_options({})
    assert plain.hash() == backend.parse_options({"num_warps": None}).hash()
    assert plain.hash() != backend.parse_options({"debug": True}).hash()
    assert isinstance(plain, CPUOptions)


def test_instrumentation_is_for_gpus(backend: CPUBackend) -> None:
    with pytest.raises(ValueError, match="instruments GPU code only"):
        backend.parse_options({"instrumentation_mode": "consan"})


def test_gluon_is_for_gpus(backend: CPUBackend) -> None:
    with pytest.raises(ValueError, match="Gluon"):
        backend.add_stages({}, backend.parse_options({}), Language.GLUON)


def test_the_back_ends_hash_depends_on_its_sources_and_the_host(backend: CPUBackend) -> None:
    target = backend.target
    assert target.arch in backend.hash()
    assert "llvmlite" in backend.hash()
    assert torch.__version__ in backend.hash()
    assert backend.hash() == make_backend(target).hash()


def test_every_stage_can_be_read() -> None:
    kernel = copy_kernel.warmup(torch.float32, torch.float32, N=16, grid=(1,))
    assert list(kernel.asm) == ["source", "ttir", "llir", "so"]
    assert "loc(" in kernel.asm["ttir"]
    assert 'define i32 @"launch.copy_kernel"' in kernel.asm["llir"]
    assert kernel.asm["so"].startswith(b"\x7fELF")
    assert kernel.metadata.arguments == ["ptr", "ptr"]
    assert kernel.metadata.externals == ["GOMP_parallel"]


def test_an_intermediate_stage_can_be_replaced(tmp_path: Path) -> None:
    x, out = torch.arange(16, dtype=torch.float32), torch.zeros(16)
    kernel = copy_kernel[(1,)](x, out, N=16)
    ttir = tmp_path / "copy.ttir"
    ttir.write_text(kernel.asm["ttir"])
    again = triton.compile(str(ttir))
    out.zero_()
    again[(1, 1, 1)](x, out)
    assert torch.equal(out, x)
    llir = tmp_path / "copy.llir"
    head, swapped = "@program(ptr %a0, ptr %a1,", "@program(ptr %a1, ptr %a0,"
    llir.write_text(kernel.asm["llir"].replace(head, swapped))
    copy_kernel[(1,)](x, out.fill_(7), N=16, ir_override=str(llir))
    assert x.tolist() == [7.0] * 16


def test_errors_name_the_line_of_the_kernel() -> None:
    @triton.jit
    def assembly(x):
        value = tl.load(x)
        tl.store(x, tl.inline_asm_elementwise("mov $0, $1;", "=r,r", [value], tl.int32, True, 1))

    line = assembly.starting_line_number + 3
    with pytest.raises(UnsupportedOperation, match=rf"'assembly'.*{Path(__file__).name}:{line}"):
        assembly[(1,)](torch.zeros(1, dtype=torch.int32))


@triton.jit
def upcast_kernel(x, out, N: tl.constexpr):
    offsets = tl.arange(0, N)
    tl.store(out + offsets, tl.load(x + offsets).to(out.dtype.element_ty))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_every_fp8e4b15_value_is_read(dtype: torch.dtype) -> None:
    codes = torch.arange(256, dtype=torch.int32).to(torch.int8)
    out = torch.zeros(256, dtype=dtype)
    upcast_kernel[(1,)](triton.reinterpret(codes, tl.float8e4b15), out, N=256)
    bytes_ = np.arange(256)
    magnitude, sign = bytes_ & 127, np.where(bytes_ < 128, 1.0, -1.0)
    exponent, mantissa = magnitude >> 3, magnitude & 7
    normal = 2.0 ** (exponent - 15.0) * (1 + mantissa / 8)
    want = sign * np.where(exponent > 0, normal, 2.0**-14 * mantissa / 8)
    assert out.tolist() == want.tolist()


def test_fp8e4b15_is_written_rounded_and_saturated() -> None:
    largest = 1.75
    x = torch.linspace(-2.5, 2.5, 4096, dtype=torch.float32).to(torch.float16)
    codes = torch.zeros(4096, dtype=torch.int8)
    upcast_kernel[(1,)](x, triton.reinterpret(codes, tl.float8e4b15), N=4096)
    back = torch.zeros(4096, dtype=torch.float32)
    upcast_kernel[(1,)](triton.reinterpret(codes, tl.float8e4b15), back, N=4096)
    clamped = x.float().clamp(-largest, largest)
    step = 2.0 ** (clamped.abs().clamp(min=2.0**-14).log2().floor() - 3)
    assert ((back - clamped).abs() <= step / 2).all()
    assert torch.equal(back.signbit(), x.signbit())
