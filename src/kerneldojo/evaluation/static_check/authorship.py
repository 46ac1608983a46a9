"""Rules about whose work the answer is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerneldojo.evaluation.static_check.rules import Hit, fatal, under, warning
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind, Language

_COMPILERS = (
    "torch.compile", "torch.jit.script", "torch.jit.trace", "torch.jit.trace_module",
    "torch.jit.script_if_tracing", "torch.jit.optimize_for_inference", "torch.jit.freeze",
    "torch.jit.optimized_execution", "torch._dynamo.optimize", "torch._dynamo.optimize_assert",
    "torch._inductor.compile", "torch._inductor.compile_fx", "torch._inductor.aot_compile",
    "torch._inductor.aoti_compile_and_package", "torch._inductor.aoti_load_package",
    "torch._inductor.standalone_compile", "torch._inductor.async_compile",
    "torch._inductor.codecache", "torch._inductor.select_algorithm", "torch._inductor.kernel",
    "torch._inductor.lowering", "torch._inductor.graph", "torch._functorch.aot_autograd",
    "functorch.compile", "torch.cuda.jiterator",
)  # fmt: skip
_HIDING = (
    "torch._C._DisableTorchDispatch", "torch._C._ExcludeDispatchKeyGuard",
    "torch._C._ForceDispatchKeyGuard", "torch._C._IncludeDispatchKeyGuard",
    "torch._C._pop_torch_dispatch_stack", "torch._C._set_torch_dispatch_mode",
    "torch._C._pop_torch_function_stack", "torch._C._PreserveDispatchKeyGuard",
    "torch.utils._python_dispatch._disable_current_modes",
    "torch.utils._python_dispatch._pop_mode", "torch.utils._python_dispatch._pop_mode_temporarily",
    "torch._C._unset_dispatch_mode", "torch._C._dispatch_tls_set_dispatch_key_excluded",
)  # fmt: skip
_RAW = (
    "torch.ops.aten", "torch.ops.prims", "torch.ops.mkldnn", "torch.ops.mkl", "torch.ops.quantized",
    "torch._C._nn", "torch._C._VariableFunctions", "torch._C._TensorBase", "torch._VF",
    "torch._C._linalg", "torch._C._special", "torch._C._fft", "torch._C._jit_get_operation",
    "torch._refs", "torch._prims", "torch._decomp", "torch._meta_registrations",
)  # fmt: skip
_TRAPS = (
    "torch.utils._python_dispatch.TorchDispatchMode", "torch.overrides.TorchFunctionMode",
    "torch._subclasses", "torch.Tensor._make_subclass", "torch.Tensor._make_wrapper_subclass",
)  # fmt: skip
_PRECISION = (
    "torch.set_float32_matmul_precision", "torch.set_default_dtype", "torch.autocast",
    "torch.amp.autocast", "torch.cuda.amp.autocast", "torch.set_deterministic_debug_mode",
    "torch.use_deterministic_algorithms", "torch.set_flush_denormal",
)  # fmt: skip
_PROBES = (
    "TRITON_INTERPRET", "KERNELDOJO_SANITIZE", "LD_PRELOAD", "PYTEST_CURRENT_TEST", "ASAN_OPTIONS",
)  # fmt: skip


def _references(view: SourceView, *paths: str) -> Iterator[Hit]:
    for use in view.references:
        if under(use.path, *paths):
            yield Hit(use.line, use.path)
    for one in view.imports:
        if under(one.path, *paths):
            yield Hit(one.line, one.path)


@fatal(
    "compiler-used",
    FindingKind.FOREIGN_KERNEL,
    "Hands the work to PyTorch's own compilers.",
)
def compiler_used(view: SourceView) -> Iterator[Hit]:
    """torch.compile, TorchScript and Inductor write the kernels themselves."""
    yield from _references(view, *_COMPILERS)


@warning("compiler-internals", "Uses parts of PyTorch's compilers.")
def compiler_internals(view: SourceView) -> Iterator[Hit]:
    """Harmless helpers live there too, so this alone proves nothing."""
    for hit in _references(view, "torch._inductor", "torch.fx", "torch.export", "torch._export"):
        if not under(hit.detail, *_COMPILERS):
            yield hit


@warning("module-compiled", "Calls a module's compile method.")
def module_compiled(view: SourceView) -> Iterator[Hit]:
    """`self.compile()` and `self.layer.compile()` are torch.compile by another name."""
    for node in view.calls():
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "compile" and not view.paths(func):
            root = func.value
            while isinstance(root, (ast.Attribute, ast.Call)):
                root = root.value if isinstance(root, ast.Attribute) else root.func
            if isinstance(root, ast.Name) and root.id in ("self", "super", "model", "module"):
                yield Hit(node.lineno)


@fatal(
    "operators-replaced",
    FindingKind.TAMPERING,
    "Registers its own implementation of a library operator.",
)
def operators_replaced(view: SourceView) -> Iterator[Hit]:
    """`torch.library` on a namespace that is not the solution's."""
    own = {"torch.library.Library", "torch.library.impl", "torch.library.register_kernel",
           "torch.library.impl_abstract", "torch.library.custom_op"}  # fmt: skip
    for node in view.calls():
        if view.paths(node.func) & own and node.args:
            name = view.folder.text(node.args[0]) or ""
            if name.split("::")[0] in ("aten", "prims", "_", "mkldnn", "prim", "quantized"):
                yield Hit(node.lineno, name)


@fatal(
    "operators-hidden",
    FindingKind.TAMPERING,
    "Switches off the hooks by which library operators are counted.",
)
def operators_hidden(view: SourceView) -> Iterator[Hit]:
    """Dispatch guards that no kernel has a use for."""
    yield from _references(view, *_HIDING)


@warning("operators-raw", "Calls library operators by their internal names.")
def operators_raw(view: SourceView) -> Iterator[Hit]:
    """An unusual spelling, as if to avoid notice."""
    yield from _references(view, *_RAW)


@warning("operators-trapped", "Defines a dispatch mode or a kind of tensor of its own.")
def operators_trapped(view: SourceView) -> Iterator[Hit]:
    """Such objects can change what others compute or compare."""
    yield from _references(view, *_TRAPS)
    for node in view.of(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        if any(view.paths(base) & {"torch.Tensor", "torch.nn.Parameter"} for base in node.bases):
            yield Hit(node.lineno)
    for node in view.of(ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        if node.name in ("__torch_function__", "__torch_dispatch__"):
            yield Hit(node.lineno)


@warning("precision-global", "Changes numerical settings for the whole process.")
def precision_global(view: SourceView) -> Iterator[Hit]:
    """TF32, default dtypes and autocast lower the precision the problem asks for."""
    yield from _references(view, *_PRECISION)
    for write in view.stores:
        if under(write.path, "torch.backends"):
            yield Hit(write.line, write.path)


@warning("no-kernel-written", "Holds no kernel in the language it is given as.")
def no_kernel_written(view: SourceView) -> Iterator[Hit]:
    """A Triton solution without a jitted function, a C++ one that builds nothing."""
    used = {use.path for use in view.references} | {one.path for one in view.imports}
    if view.solution.language is Language.TRITON:
        jits = {"triton.jit", "triton.runtime.jit", "triton.runtime.jit.jit",
                "triton.runtime.JITFunction", "triton.experimental.gluon.jit"}  # fmt: skip
        if not used & jits:
            yield Hit(1, "no @triton.jit function")
    elif not any(path.rpartition(".")[2] in ("load", "load_inline") for path in used):
        yield Hit(1, "no call of kerneldojo.cpp.load or load_inline")


@warning("kernel-unused", "Defines a kernel that nothing refers to.")
def kernel_unused(view: SourceView) -> Iterator[Hit]:
    """A kernel for show: no path of mentions leads to it from the entry class."""
    defined = {
        node.name: node
        for node in view.tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    waiting: list[ast.AST] = [one for one in view.tree.body if one not in defined.values()]
    waiting += [view.entry] if view.entry else []
    seen: set[str] = {view.solution.entry_point}
    while waiting:
        for name in _mentioned(waiting.pop()) & set(defined) - seen:
            seen.add(name)
            waiting.append(defined[name])
    for name, node in defined.items():
        if name not in seen and isinstance(node, ast.FunctionDef) and is_kernel(view, node):
            yield Hit(node.lineno, name)


def _mentioned(node: ast.AST) -> set[str]:
    inner = list(ast.walk(node))
    names = {one.id for one in inner if isinstance(one, ast.Name)}
    texts = [one.value for one in inner if isinstance(one, ast.Constant)]
    return names | {one for one in texts if isinstance(one, str)}  # may be looked up in globals()


def is_kernel(view: SourceView, node: ast.FunctionDef) -> bool:
    """Whether a function is jitted by Triton."""
    return any(
        "triton.jit" in view.paths(one.func if isinstance(one, ast.Call) else one)
        for one in node.decorator_list
    )


@fatal(
    "launcher-replaced",
    FindingKind.TAMPERING,
    "Changes how kernels or other objects of a library behave.",
)
def launcher_replaced(view: SourceView) -> Iterator[Hit]:
    """Writing to `type(kernel)` or `kernel.__class__`, or replacing a kernel's `run`."""
    kernels = {
        node.name
        for node in view.nodes
        if isinstance(node, ast.FunctionDef) and is_kernel(view, node)
    }
    parts = ("run", "fn", "warmup", "src", "cache", "device_caches", "__getitem__", "__class__")
    for node in view.of(ast.Attribute):
        assert isinstance(node, ast.Attribute)
        if not isinstance(node.ctx, (ast.Store, ast.Del)):
            continue
        owner = node.value
        if isinstance(owner, ast.Name) and owner.id in kernels and node.attr in parts:
            yield Hit(node.lineno, f"{owner.id}.{node.attr}")
        elif _foreign_class(view, owner):
            yield Hit(node.lineno)
    for call in view.calls():
        if "builtins.setattr" in view.paths(call.func) and call.args:
            owner = call.args[0]
            named = isinstance(owner, ast.Name) and owner.id in kernels
            if _foreign_class(view, owner) or (named and view.folder.text(call.args[1]) in parts):
                yield Hit(call.lineno)


def _foreign_class(view: SourceView, node: ast.expr) -> bool:
    """Whether an expression is the class of something other than `self`."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        inner = node.args[0] if "builtins.type" in view.paths(node.func) else None
    else:
        known = isinstance(node, ast.Attribute) and node.attr == "__class__"
        inner = node.value if known and isinstance(node, ast.Attribute) else None
    return inner is not None and not (isinstance(inner, ast.Name) and inner.id in ("self", "cls"))


@warning("fallback", "Answers with library operators when its own kernel raises.")
def fallback(view: SourceView) -> Iterator[Hit]:
    """A `try` whose handler computes the result another way."""
    for node in view.of(ast.ExceptHandler):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and isinstance(inner.value, (ast.Call, ast.BinOp)):
                yield Hit(inner.lineno)
            elif isinstance(inner, ast.Call):
                paths = view.paths(inner.func)
                if any(_computes(path) for path in paths):
                    yield Hit(inner.lineno)


def _computes(path: str) -> bool:
    harmless = ("torch.cuda", "torch.backends", "torch.empty", "torch.zeros", "torch.device",
                "torch.empty_like", "torch.zeros_like", "torch.version", "torch.utils")  # fmt: skip
    return under(path, "torch") and path != "torch" and not under(path, *harmless)


@warning("reference-inherited", "Builds on a copy of the reference's class.")
def reference_inherited(view: SourceView) -> Iterator[Hit]:
    """`class ModelNew(Model)`, or a `Model` held inside."""
    for node in view.of(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id == "Model":
                yield Hit(node.lineno)
    for call in view.calls():
        if isinstance(call.func, ast.Name) and call.func.id == "Model":
            yield Hit(call.lineno)


@warning("environment-probed", "Asks whether it is being tested or interpreted.")
def environment_probed(view: SourceView) -> Iterator[Hit]:
    """A kernel that behaves otherwise under observation is not the kernel that was observed."""
    for node in view.of(ast.Constant):
        assert isinstance(node, ast.Constant)
        if node.value in _PROBES and node not in view.docstrings:
            yield Hit(node.lineno)
    probes = ("sys.argv", "sys.orig_argv", "sys.gettrace", "sys.getprofile", "os.getppid",
              "triton.knobs.runtime.interpret")  # fmt: skip
    yield from _references(view, *probes)
    for node in view.of(ast.Compare):
        assert isinstance(node, ast.Compare)
        if any("sys.modules" in view.paths(one) for one in node.comparators):
            yield Hit(node.lineno)
