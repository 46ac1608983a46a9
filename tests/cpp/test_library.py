"""Building, calling and watching C++ kernels."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from kerneldojo import cpp
from kerneldojo.cpp.compiler import _relevant

SOURCE = r"""
extern "C" void axpy(const float* x, const float* y, float* out, int64_t n, float a) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; ++i) out[i] = a * x[i] + y[i];
}
extern "C" int count(const bool* mask, int n) {
    int total = 0;
    for (int i = 0; i < n; ++i) total += mask[i];
    return total;
}
extern "C" void widen(const uint16_t* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        uint32_t bits = (uint32_t)x[i] << 16;
        __builtin_memcpy(out + i, &bits, 4);
    }
}
extern "C" int is_null(const float* x) { return x == nullptr; }
"""


@pytest.fixture(scope="module")
def library() -> cpp.Library:
    return cpp.load(SOURCE)


@pytest.fixture
def no_observer() -> Iterator[None]:
    yield
    cpp.observe(None)


def test_calls_compute_on_tensors(library: cpp.Library) -> None:
    x, y, out = torch.randn(1000), torch.randn(1000), torch.empty(1000)
    assert library.axpy(x, y, out, x.numel(), 2) is None
    torch.testing.assert_close(out, 2 * x + y)
    assert library.count(torch.tensor([True, False, True]), 3) == 2
    assert library.is_null(None) == 1


def test_bfloat16_travels_as_its_bits(library: cpp.Library) -> None:
    x, out = torch.randn(64).bfloat16(), torch.empty(64)
    library.widen(x, out, 64)
    assert torch.equal(out, x.float())


def test_the_same_source_is_built_once(library: cpp.Library) -> None:
    assert cpp.load(SOURCE) is library
    assert library in cpp.loaded_libraries()
    assert library.path.exists()


@pytest.mark.parametrize(
    ("position", "value", "error", "message"),
    [
        (0, torch.ones(3, dtype=torch.float64), TypeError, "argument `x`.*float32, got torch.flo"),
        (1, torch.ones(4, 4).t(), TypeError, "argument `y` wants a contiguous tensor"),
        (2, torch.ones(3, device="meta"), TypeError, "argument `out` wants a tensor on the CPU"),
        (0, [1.0], TypeError, "argument `x`.*wants a tensor, got list"),
        (0, torch.ones(3).to_sparse(), TypeError, "dense"),
        (3, 3.0, TypeError, "argument `n`.*wants an int, got float"),
        (3, 2**63, OverflowError, "argument `n`.*got 9223372036854775808"),
        (4, "a", TypeError, "argument `a` wants a float, got str 'a'"),
        (4, torch.ones(1), TypeError, "use .item"),
    ],
)
def test_wrong_arguments_are_named(
    library: cpp.Library, position: int, value: Any, error: type[Exception], message: str
) -> None:
    arguments: list[Any] = [torch.ones(3), torch.ones(3), torch.ones(3), 3, 1.0]
    arguments[position] = value
    with pytest.raises(error, match=message):
        library.axpy(*arguments)


def test_wrong_number_of_arguments(library: cpp.Library) -> None:
    with pytest.raises(TypeError, match=r"axpy.*takes 5 arguments, got 1"):
        library.axpy(torch.ones(3))


def test_unknown_function_has_a_suggestion(library: cpp.Library) -> None:
    with pytest.raises(AttributeError, match="Did you mean 'axpy'"):
        _ = library.axpi


def test_calls_are_cheap(library: cpp.Library) -> None:
    x = torch.ones(1)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(2000):
            library.is_null(x)
        best = min(best, (time.perf_counter() - started) / 2000)
    assert best < 20e-6  # generous: about 1 µs on an idle core


def test_an_observer_sees_and_may_skip_calls(library: cpp.Library, no_observer: None) -> None:
    x, out = torch.ones(8), torch.zeros(8)
    seen = []

    def skip(name: str, arguments: tuple[Any, ...], call: Any) -> int | None:
        seen.append((name, len(arguments), arguments[0] is x))
        return None

    cpp.observe(skip)
    library.axpy(x, x, out, 8, 1.0)
    assert seen == [("axpy", 5, True)]
    assert torch.equal(out, torch.zeros(8))
    cpp.observe(lambda name, arguments, call: call())
    library.axpy(x, x, out, 8, 1.0)
    assert torch.equal(out, 2 * x)


def test_compile_errors_show_the_compilers_words() -> None:
    with pytest.raises(cpp.CompileError, match=r"kernel.cpp:2:\d+: error: .*undeclared_thing"):
        cpp.load('extern "C" void f(float* x) {\n  x[0] = undeclared_thing; }')


def test_a_missing_definition_is_a_compile_error() -> None:
    with pytest.raises(cpp.CompileError, match="undefined reference to `missing"):
        cpp.load('void missing(); extern "C" void f() { missing(); }')


def test_a_source_without_callable_functions_is_a_compile_error() -> None:
    with pytest.raises(cpp.CompileError, match='no extern "C" function'):
        cpp.load("int x = 3;")


def test_long_compiler_output_is_cut() -> None:
    output = "\n".join(f"kernel.cpp:{line}:1: error: no" for line in range(100))
    assert _relevant(output, 1, ["g++"]).splitlines()[-1] == "... 60 more lines"
    assert "exit code 4" in _relevant("", 4, ["g++"])


def test_no_compiler_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(cpp.NoCompiler, match="apt install g"):
        cpp.load('extern "C" void f() {}')
    assert cpp.asan_runtime() is None


def test_cxx_chooses_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/compiler")
    with pytest.raises(cpp.NoCompiler, match="no/such/compiler"):
        cpp.find_compiler()
    monkeypatch.setenv("CXX", "g++ -fno-exceptions")
    assert cpp.find_compiler()[1:] == ("-fno-exceptions",)


def test_the_built_files_are_gone_after_the_process(tmp_path: Path) -> None:
    program = "from kerneldojo.cpp import load; load('extern \"C\" void f() {}')"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_loading_does_not_import_torch() -> None:
    program = (
        "import sys; from kerneldojo.cpp import load; load('extern \"C\" void f() {}').f; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
