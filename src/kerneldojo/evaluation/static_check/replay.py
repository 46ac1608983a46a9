"""Rules about answers that are kept instead of computed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerneldojo.evaluation.static_check.rules import Hit, warning
from kerneldojo.evaluation.static_check.view import SourceView

_IDENTITIES = ("data_ptr", "untyped_storage", "_cdata")


@warning("identity-remembered", "Recognises a tensor by its address, version or identity.")
def identity_remembered(view: SourceView) -> Iterator[Hit]:
    """`data_ptr()`, `_version` or `id()` compared or used as a key; alignment tests are fine."""
    for node in view.nodes:
        version = isinstance(node, ast.Attribute) and node.attr in ("_version", "_cdata")
        if isinstance(node, (ast.Attribute, ast.Call)) and (version or _is_key(view, node)):
            yield Hit(node.lineno)


def _is_key(view: SourceView, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _is_identity(view, node) and _as_key(view, node)


def _is_identity(view: SourceView, node: ast.Call) -> bool:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in _IDENTITIES
    return "builtins.id" in view.paths(node.func)


def _as_key(view: SourceView, node: ast.AST) -> bool:
    for above in view.ancestors(node):
        if isinstance(above, ast.BinOp) and isinstance(above.op, (ast.Mod, ast.BitAnd)):
            return False
        if isinstance(above, (ast.Compare, ast.Subscript, ast.Tuple)):
            return True
        method = above.func if isinstance(above, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.attr in ("get", "setdefault", "add", "pop"):
            return True
        if isinstance(above, ast.Assign) and above.value is node:
            names = {one.id for one in above.targets if isinstance(one, ast.Name)}
            return bool(names & _key_names(view))
        if isinstance(above, ast.stmt):
            return False
    return False


def _key_names(view: SourceView) -> frozenset[str]:
    """Names that are compared or used as a key somewhere."""
    known = view.__dict__.get("_key_names")
    if known is None:
        view.__dict__["_key_names"] = frozenset()  # no names of names of names
        known = view.__dict__["_key_names"] = frozenset(
            node.id
            for node in view.nodes
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and _as_key(view, node)
        )
    return known


@warning("result-memoised", "Keeps results of calls for the next call.")
def result_memoised(view: SourceView) -> Iterator[Hit]:
    """`functools.cache` on a method of the entry class or on a function that takes tensors."""
    caches = {"functools.cache", "functools.lru_cache", "functools.cached_property"}
    for node in view.of(ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list:
            inner = decorator.func if isinstance(decorator, ast.Call) else decorator
            if view.paths(inner) & caches and (node.name == "forward" or _takes_tensors(node)):
                yield Hit(node.lineno, node.name)
    functions = {node.name: node for node in view.nodes if isinstance(node, ast.FunctionDef)}
    for call in view.calls():
        inner = call.func.func if isinstance(call.func, ast.Call) else call.func
        if view.paths(inner) & caches and call.args and isinstance(call.args[0], ast.Name):
            wrapped = functions.get(call.args[0].id)
            if wrapped is not None and _takes_tensors(wrapped):
                yield Hit(call.lineno, wrapped.name)


def _takes_tensors(node: ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any("Tensor" in ast.unparse(one.annotation) for one in arguments if one.annotation)


@warning("calls-counted", "Counts its calls and decides by the count.")
def calls_counted(view: SourceView) -> Iterator[Hit]:
    """`self.calls += 1` in forward together with a condition on it."""
    if view.entry is None:
        return
    for method in view.entry.body:
        if isinstance(method, ast.FunctionDef) and method.name != "__init__":
            counters = {
                ast.unparse(node.target): node.lineno
                for node in ast.walk(method)
                if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute)
            }
            tests = [
                node.test
                for node in ast.walk(method)
                if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert))
            ]
            asked = {
                ast.unparse(part)
                for test in tests
                for part in ast.walk(test)
                if isinstance(part, ast.Attribute)
            }
            yield from (Hit(line, name) for name, line in counters.items() if name in asked)


@warning("input-marked", "Hangs attributes of its own on the tensors it is given.")
def input_marked(view: SourceView) -> Iterator[Hit]:
    """An attribute on an input is found again when the same object comes back."""
    if view.entry is None:
        return
    for method in view.entry.body:
        if isinstance(method, ast.FunctionDef) and method.name == "forward":
            arguments = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
            given = {one.arg for one in arguments} - {"self"}
            for node in ast.walk(method):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    owner = node.value
                    if isinstance(owner, ast.Name) and owner.id in given:
                        yield Hit(node.lineno)


@warning("result-kept", "Stores tensors of a call on itself and returns a stored one.")
def result_kept(view: SourceView) -> Iterator[Hit]:
    """`self.out = ...` and `return self.out` in forward: a reused buffer, or an old answer."""
    if view.entry is None:
        return
    for method in view.entry.body:
        if isinstance(method, ast.FunctionDef) and method.name == "forward":
            for node in ast.walk(method):
                if isinstance(node, ast.Return) and _own_attribute(node.value):
                    yield Hit(node.lineno)


def _own_attribute(node: ast.AST | None) -> bool:
    while isinstance(node, ast.Subscript):
        node = node.value
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )
