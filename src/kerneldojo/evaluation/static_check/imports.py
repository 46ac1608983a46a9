"""Rules about what a solution brings in."""

from __future__ import annotations

from collections.abc import Iterator

from kerneldojo.evaluation.static_check.names import ANY
from kerneldojo.evaluation.static_check.rules import Hit, fatal, under, warning
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind

_UNNEEDED = (
    "subprocess", "multiprocessing", "torch.multiprocessing", "socket", "signal", "pty", "fcntl",
    "resource", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib",
    "ssl", "asyncio", "mmap", "cffi", "faulthandler", "tracemalloc", "dis", "bytecode", "psutil",
    "unittest.mock", "code", "codeop", "pdb", "runpy", "webbrowser",
)  # fmt: skip
_FOREIGN = (
    "flash_attn", "flashinfer", "xformers", "apex", "liger_kernel", "bitsandbytes", "deepspeed",
    "transformer_engine", "fla", "torchao", "cupy", "jax", "tensorflow", "numba", "onnxruntime",
    "tvm", "vllm", "sgl_kernel", "quack", "thunder", "torch_tensorrt", "tensorrt", "mlx",
    "openvino", "iree", "pyopencl", "numexpr", "scipy", "sklearn", "unsloth", "kernels", "aiter",
    "deep_gemm", "torch_scatter", "torch_sparse", "triton.ops", "triton_kernels",
)  # fmt: skip
_SERIALISERS = ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "_pickle")


@fatal(
    "import-evaluator",
    FindingKind.TAMPERING,
    "Imports the evaluator itself; only kerneldojo.cpp is meant for solutions.",
)
def import_evaluator(view: SourceView) -> Iterator[Hit]:
    """Anything of kerneldojo but its C++ helper."""
    for one in view.imports:
        bare = one.path == "kerneldojo" and _only_helper(view)
        if under(one.path, "kerneldojo") and not under(one.path, "kerneldojo.cpp") and not bare:
            yield Hit(one.line)
    for use in view.references:
        parts = use.path.split(".")
        if parts[0] == "kerneldojo" and len(parts) > 1 and parts[1] != "cpp":
            yield Hit(use.line, use.path)


def _only_helper(view: SourceView) -> bool:
    return any(use.path.startswith("kerneldojo.cpp.") for use in view.references)


@warning("import-unneeded", "Imports a module that no kernel needs.")
def import_unneeded(view: SourceView) -> Iterator[Hit]:
    """Processes, network, debuggers and the like; their use is judged by other rules."""
    for one in view.imports:
        if under(one.path, *_UNNEEDED):
            yield Hit(one.line)


@warning("import-foreign", "Imports a package that brings finished kernels.")
def import_foreign(view: SourceView) -> Iterator[Hit]:
    """Kernels of others are not the solution's own work."""
    for one in view.imports:
        if under(one.path, *_FOREIGN):
            yield Hit(one.line)


@warning("import-serialiser", "Imports a serialiser that runs code when it loads.")
def import_serialiser(view: SourceView) -> Iterator[Hit]:
    """Pickles can carry code and precomputed answers."""
    for one in view.imports:
        if under(one.path, *_SERIALISERS):
            yield Hit(one.line)


@warning("import-star", "Imports everything from a module, which hides what is used.")
def import_star(view: SourceView) -> Iterator[Hit]:
    """`from torch import *` and the like."""
    for one in view.imports:
        if one.path.endswith(".*"):
            yield Hit(one.line)


@warning("import-dynamic", "Imports a module through a function call.")
def import_dynamic(view: SourceView) -> Iterator[Hit]:
    """`__import__`, `importlib`: there is a statement for that."""
    for node in view.calls():
        if view.names.imports_dynamically(node):
            yield Hit(node.lineno)
    for use in view.references:
        if under(use.path, "importlib.util", "importlib.machinery", "importlib.reload", "pkgutil"):
            yield Hit(use.line, use.path)


@warning("attribute-dynamic", "Chooses an attribute of a library at run time.")
def attribute_dynamic(view: SourceView) -> Iterator[Hit]:
    """`getattr(torch, name)` with a name that the text does not tell."""
    watched = ("torch", "sys", "os", "gc", "builtins", "triton", "ctypes", "time", "kerneldojo")
    for use in view.references:
        parts = use.path.split(".")
        # dtypes looked up by name are common and harmless, and so are entries of globals()
        if ANY in parts and parts[0] in watched and not _dtype_lookup(view, use.line):
            yield Hit(use.line, use.path.replace(ANY, "..."))


def _dtype_lookup(view: SourceView, line: int) -> bool:
    return "dtype" in view.text_at(line)
