"""Which of Triton's tests need a GPU, and what the others are about.

A test is GPU-only if one of these rules says so, each for the reason it names. Rules by file and
by name hold whatever the outcome; rules by message hold for tests that failed, for there the
message is the proof.
"""

from __future__ import annotations

import re

GPU_FILES = {
    "test_warp_specialization.py": "warp specialisation",
    "test_clc.py": "cluster launch control",
}
GPU_NAMES = {
    "test_compile_only_": "compiles for a GPU",
    "test_fp8_compiles_for_multiple_architectures": "compiles for a GPU",
    "test_fp8_support": "expects that a type no GPU has is refused",
    "test_pointer_arguments": "expects that the CPU's memory is refused",
    "test_print[device_print_scalar": "expects a line from each thread of a warp",
    "test_print[no_arg_print": "expects a line from each thread of a warp",
    "test_print[print_no_arg": "expects a line from each thread of a warp",
    "test_print[device_print_2d_tensor": "its tensor has the shape of a warp",
    "test_atomic_poll_no_timeout_uses_no_shared_memory": "looks at shared memory",
}
GPU_MESSAGES = {
    r"Unknown key: '(ttgir|ptx|cubin|amdgcn|hsaco|sass)'": "looks into a GPU's code",
    r"make_ttgir": "looks for the compiler passes of a GPU",
    r"Torch not compiled with (CUDA|XPU)": "wants tensors on a GPU",
    r"compiled without XPU support": "wants tensors on a GPU",
    r"no pinned memory allocator": "wants pinned memory",
    r"elementwise_inline_asm": "inline assembly of a GPU",
}

CATEGORIES = {
    "front end": r"test_(frontend|compile_errors|module|decorator|annotations|tuple|reproducer)"
    r"|_err|err_|static|constexpr|mangling|invalid|signature|dtype_codegen|jit_function_arg",
    "dot and matmul": r"dot|matmul|mxfp|scale|gemm|mma",
    "reductions and scans": r"reduc|reduce|scan|sum|cumsum|histogram|sort|topk|max_returns"
    r"|argm|max_min|flip|thread_locality|rematerial|swizzle",
    "atomics": r"atomic",
    "descriptors": r"test_tensor_descriptor|descriptor|tma",
    "casts": r"test_conversions|cast|convert|fp8|bitcast",
    "random numbers": r"test_random",
    "shapes": r"reshape|trans|permute|cat|join|split|interleave|broadcast|expand_dims|slice|squeeze"
    r"|index1d|view|gather|unsplat|ravel|swizzle",
    "control flow": r"for_iv|_if|if_|while|noinline|call|range|loop|short_circuit|unroll|pipelin"
    r"|return|map_elementwise",
    "memory": r"load|store|masked|cache|evict|strided|indirect|vectoriz|aliasing|pointer|assume",
    "prints, lines, debugging": r"print|line_info|reproducer|assert",
}


def category(test: str) -> str:
    """What a test is about, by its file's and its function's name; element-wise if nothing else."""
    name = test.rsplit("/", 1)[-1].split("[")[0]
    for title, pattern in CATEGORIES.items():
        if re.search(pattern, name):
            return title
    return "element-wise and other"


def by_name(test: str) -> str:
    """Why a test is GPU-only whatever becomes of it; empty if it is not."""
    file, _, name = test.rsplit("/", 1)[-1].partition("::")
    if file in GPU_FILES:
        return GPU_FILES[file]
    return next((why for start, why in GPU_NAMES.items() if name.startswith(start)), "")


def judge(test: str, outcome: str, message: str) -> tuple[str, str]:
    """The column of a test, and the reason why it is not `passed`."""
    why = by_name(test)
    if why:
        return "GPU-only", why
    if outcome != "failed":
        return outcome, message.splitlines()[0] if message else ""
    for pattern, reason in GPU_MESSAGES.items():
        if re.search(pattern, message):
            return "GPU-only", reason
    lines = message.splitlines() or [""]
    for line in lines:
        if "UnsupportedOperation" in line:
            return "unsupported", line
    return "failed", lines[0]
