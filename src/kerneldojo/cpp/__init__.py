"""C++ kernels for solutions, through a plain C ABI and without PyTorch's headers.

    from kerneldojo.cpp import load

    lib = load(r'''
    extern "C" void scale(const float* x, float* out, int64_t n, float factor) {
        #pragma omp parallel for
        for (int64_t i = 0; i < n; ++i) out[i] = factor * x[i];
    }
    ''')
    lib.scale(x, out, x.numel(), 2.0)

A build takes a few tenths of a second and is kept for the life of the process.
"""

from kerneldojo.cpp.compiler import CompileError, NoCompiler, asan_runtime, find_compiler
from kerneldojo.cpp.library import Function, Library, Observer, load, loaded_libraries, observe

__all__ = [
    "CompileError",
    "Function",
    "Library",
    "NoCompiler",
    "Observer",
    "asan_runtime",
    "find_compiler",
    "load",
    "loaded_libraries",
    "observe",
]
