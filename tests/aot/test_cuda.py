"""CUDA C++ compiles for GPUs that are not there, where nvcc is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kerneldojo.errors import DeviceUnavailable
from kerneldojo.evaluation.aot_cuda import NvccMissing, compile_cuda, cuda_sources
from kerneldojo.records import Language, Solution

SOURCE = """
template <int N> __global__ void scale(const float* x, float* out, int n) {
    __shared__ float tile[256];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) { tile[threadIdx.x] = x[i]; __syncthreads(); out[i] = N * tile[threadIdx.x ^ 1]; }
}
void launch(const float* x, float* out, int n) { scale<2><<<(n + 255) / 256, 256>>>(x, out, n); }
"""
needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")


@needs_nvcc
def test_a_kernel_compiles_with_real_figures() -> None:
    (build,) = compile_cuda(SOURCE, "sm_90")
    assert build.name == "scale<2>"
    assert build.error is None
    assert build.registers is not None and build.registers > 0
    assert (build.spills, build.shared_bytes) == (0, 1024)


@needs_nvcc
def test_errors_are_the_compilers_with_lines_of_the_source() -> None:
    (build,) = compile_cuda("__global__ void f(float* x) {\n  x[0] = nothing; }", "sm_80")
    assert build.error is not None
    assert "kernel.cu(2): error" in build.error and "nothing" in build.error


def test_without_nvcc_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("kerneldojo.evaluation.aot_cuda.shutil.which", lambda name: None)
    with pytest.raises(NvccMissing, match="Install the CUDA toolkit"):
        compile_cuda(SOURCE, "sm_80")
    assert issubclass(NvccMissing, DeviceUnavailable)


def test_sources_are_found_in_solutions() -> None:
    text = f"A = r'''{SOURCE}'''\nB = 'void launch(int n) {{}}'\n# __global__ void k()\n"
    found = cuda_sources(Solution(source=text, language=Language.CUDA))
    assert len(found) == 1
    assert "tile[256]" in found[0]
