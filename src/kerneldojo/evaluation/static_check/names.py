"""Follow names to what they stand for, through aliases and the usual disguises."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from kerneldojo.evaluation.static_check.folding import Folder

ANY = "?"
"""The last part of a path whose attribute is chosen at run time."""

_MAX_MEANINGS = 8
_MAX_PATH = 12
# C twins of modules, under the name everyone knows
_TWINS = {
    "posix": "os",
    "_io": "io",
    "_ctypes": "ctypes",
    "_socket": "socket",
    "_signal": "signal",
    "_thread": "threading",
    "_posixsubprocess": "subprocess",
    "_winapi": "subprocess",
}
# modules that nearly every other module imports, so `torch.sys` is `sys`
_REACHABLE = frozenset(
    ["sys", "os", "gc", "ctypes", "inspect", "subprocess", "importlib", "builtins", "socket",
     "threading", "time"]
)  # fmt: skip
_IMPORTERS = frozenset(["builtins.__import__", "importlib.import_module", "importlib.__import__"])
_UNKNOWN = ast.Constant(value=None)
_SETTERS = frozenset(["builtins.setattr", "builtins.delattr"])


class Names:
    """What each name of a file may stand for; flow is ignored, every binding counts."""

    def __init__(self, nodes: tuple[ast.AST, ...], folder: Folder) -> None:
        self._folder = folder
        self._meanings: dict[str, set[str]] = {}
        self._stars: set[str] = set()
        self._own: set[str] = set()
        self._known: dict[int, frozenset[str]] = {}
        folder.names["__name__"] = "__solution__"
        bindings = list(_bindings(nodes))
        self._read_imports(nodes)
        self._read_constants(bindings)
        # three rounds follow chains such as a = torch; b = a; c = b.compile
        for _ in range(3):
            self._known = {}
            for name, value in bindings:
                self._bind(name, self.resolve(value))
        self._known = {}

    def _bind(self, name: str, paths: Iterable[str]) -> None:
        meanings = self._meanings.setdefault(name, set())
        for path in sorted(paths):
            if len(meanings) < _MAX_MEANINGS:
                meanings.add(path)

    def _read_imports(self, nodes: tuple[ast.AST, ...]) -> None:
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.split(".")[0]
                    name, path = (alias.asname, alias.name) if alias.asname else (top, top)
                    self._bind(name, [_canonical(path)])
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    if alias.name == "*":
                        self._stars.add(node.module)
                    else:
                        path = _canonical(f"{node.module}.{alias.name}")
                        self._bind(alias.asname or alias.name, [path])
        module = next((node for node in nodes if isinstance(node, ast.Module)), None)
        for node in module.body if module else ():
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                self._own.add(node.name)
            elif isinstance(node, ast.Assign):
                self._own.update(one.id for one in node.targets if isinstance(one, ast.Name))

    def _read_constants(self, bindings: list[tuple[str, ast.expr]]) -> None:
        counts: dict[str, int] = {}
        for name, _ in bindings:
            counts[name] = counts.get(name, 0) + 1
        for _ in range(2):
            for name, value in bindings:
                if counts[name] == 1 and name not in self._folder.names:
                    known = self._folder.value(value)
                    if known is not None:
                        self._folder.names[name] = known

    def resolve(self, node: ast.AST | None, depth: int = 0) -> frozenset[str]:
        """Return the dotted names an expression may stand for; empty when unknown."""
        if node is None or depth > 60:
            return frozenset()
        known = self._known.get(id(node))
        if known is None:
            paths = {_canonical(path) for path in self._paths(node, depth + 1)}
            known = frozenset(path for path in paths if path.count(".") < _MAX_PATH)
            self._known[id(node)] = known
        return known

    def _paths(self, node: ast.AST, depth: int) -> Iterable[str]:
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth)
        if isinstance(node, ast.IfExp):
            return self.resolve(node.body, depth) | self.resolve(node.orelse, depth)
        if isinstance(node, ast.BoolOp):
            return frozenset().union(*(self.resolve(one, depth) for one in node.values))
        if isinstance(node, ast.NamedExpr):
            return self.resolve(node.value, depth)
        return ()

    def _name(self, name: str) -> Iterable[str]:
        meanings = set(self._meanings.get(name, ()))
        if name == "__builtins__":
            meanings.add("builtins")
        elif not meanings and name not in self._own:
            if hasattr(builtins, name):
                meanings.add(f"builtins.{name}")
            meanings.update(f"{module}.{name}" for module in self._stars)
        return meanings

    def _attribute(self, node: ast.Attribute, depth: int) -> Iterable[str]:
        paths = {f"{base}.{node.attr}" for base in self.resolve(node.value, depth)}
        if isinstance(node.value, ast.Name):
            paths.update(self._meanings.get(f"{node.value.id}.{node.attr}", ()))
        return paths

    def _subscript(self, node: ast.Subscript, depth: int) -> Iterator[str]:
        for base in self.resolve(node.value, depth):
            key = self._folder.text(node.slice) or ANY
            if base == "sys.modules":
                yield key if key != ANY else f"sys.modules.{ANY}"
            elif base.endswith(".__dict__"):
                yield f"{base.removesuffix('.__dict__')}.{key}"
            elif base == "builtins":
                yield f"builtins.{key}"
            elif base == "builtins.globals()":
                yield from self._name(key)

    def _call(self, node: ast.Call, depth: int) -> Iterator[str]:
        for function in self.resolve(node.func, depth):
            if function in ("builtins.globals", "builtins.locals"):
                yield "builtins.globals()"
            elif function == "builtins.vars" and node.args:
                yield from (f"{one}.__dict__" for one in self.resolve(node.args[0], depth))
            elif function in _IMPORTERS or function in ("sys.modules.get", "sys.modules.pop"):
                if node.args and (name := self._folder.text(node.args[0])):
                    yield name.split(".")[0] if function == "builtins.__import__" else name
            else:
                yield from self._getter(function, node, depth)
        if isinstance(node.func, ast.Call) and node.args:
            inner = self.resolve(node.func.func, depth)
            if "operator.attrgetter" in inner and node.func.args:
                key = self._folder.text(node.func.args[0]) or ANY
                yield from (f"{one}.{key}" for one in self.resolve(node.args[0], depth))

    def _getter(self, function: str, node: ast.Call, depth: int) -> Iterator[str]:
        arguments = node.args
        base, _, last = function.rpartition(".")
        lookup = last in ("__getattribute__", "__getattr__")
        if len(arguments) >= 2 and (function == "builtins.getattr" or lookup):
            owners, key = self.resolve(arguments[0], depth), arguments[1]
        elif lookup and arguments:
            owners, key = frozenset([base]), arguments[0]
        elif last in ("get", "__getitem__") and base.endswith(".__dict__") and arguments:
            owners, key = frozenset([base.removesuffix(".__dict__")]), arguments[0]
        else:
            return
        yield from (f"{owner}.{self._folder.text(key) or ANY}" for owner in owners)

    def imports_dynamically(self, node: ast.Call) -> bool:
        """Whether a call is an import."""
        return bool(self.resolve(node.func) & _IMPORTERS)

    def stores_of(self, node: ast.Call) -> Iterator[str]:
        """Yield the dotted names of attributes that a call sets or deletes."""
        for function in self.resolve(node.func):
            base, _, last = function.rpartition(".")
            arguments = node.args
            if function in _SETTERS or (
                last in ("__setattr__", "__delattr__") and len(arguments) > 2
            ):
                key = self._folder.text(arguments[1]) if len(arguments) > 1 else None
                owners: Iterable[str] = self.resolve(arguments[0]) if arguments else ()
                yield from (_canonical(f"{owner}.{key or ANY}") for owner in owners)
            elif last in ("__setattr__", "__delattr__") and arguments:
                yield f"{base}.{self._folder.text(arguments[0]) or ANY}"
            elif last in ("update", "setdefault", "pop", "__setitem__", "__delitem__", "clear"):
                key = self._folder.text(arguments[0]) if arguments else None
                if base == "sys.modules":
                    yield key or f"sys.modules.{ANY}"
                elif base.endswith(".__dict__"):
                    yield f"{base.removesuffix('.__dict__')}.{key or ANY}"
            elif function in ("unittest.mock.patch", "mock.patch") and arguments:
                yield self._folder.text(arguments[0]) or ANY
            elif function in ("unittest.mock.patch.object", "mock.patch.object") and arguments:
                key = self._folder.text(arguments[1]) if len(arguments) > 1 else None
                yield from (f"{owner}.{key or ANY}" for owner in self.resolve(arguments[0]))


def _canonical(path: str) -> str:
    parts = path.split(".")
    for index in range(len(parts) - 1, 0, -1):
        if parts[index] in _REACHABLE and parts[0] not in ("sys", parts[index]):
            parts = parts[index:]
            break
    parts[0] = _TWINS.get(parts[0], parts[0])
    return ".".join(parts)


def _bindings(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.expr]]:
    """Yield (name, expression) for every binding; `a.b` names an attribute of a local name."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and node.value:
            yield from _pairs(node.target, node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            if isinstance(node.iter, (ast.Tuple, ast.List, ast.Set)):
                for value in node.iter.elts:
                    yield from _pairs(node.target, value)
            else:
                yield from _pairs(node.target, _UNKNOWN)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield from _pairs(node.optional_vars, node.context_expr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _defaults(node.args)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        yield f"{target.value.id}.{target.attr}", value
    elif isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                yield from _pairs(one, its)
        else:
            for one in target.elts:
                yield from _pairs(one, _UNKNOWN)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    if arguments.defaults:
        named = positional[-len(arguments.defaults) :]
        yield from ((one.arg, value) for one, value in zip(named, arguments.defaults, strict=True))
    for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield one.arg, value
