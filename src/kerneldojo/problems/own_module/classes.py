"""The `nn.Module` classes of a file, with what their constructor and `forward` take."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MODULE = ("torch.nn.Module", "torch.nn.modules.Module", "nn.Module", "Module")
"""`nn.Module`, also as it is called in files that forgot the import."""
_SAY_NOTHING = ("object", "abc.ABC", "ABC", "typing.Generic", "typing.Protocol")
"""Base classes that bring neither a constructor nor a `forward`."""
_BLOCKS = ("body", "orelse", "finalbody")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method, `self` left out."""

    name: str
    annotation: str = ""
    default: str | None = None
    """Its source text; None if it has to be given."""
    by_keyword: bool = False
    """Whether it can be given by keyword only."""

    def __str__(self) -> str:
        kind = f": {self.annotation}" if self.annotation else ""
        equals = " = " if kind else "="
        return self.name + kind + (f"{equals}{self.default}" if self.default is not None else "")


@dataclass(frozen=True)
class Signature:
    """What a method takes."""

    parameters: tuple[Parameter, ...] = ()
    rest: str = ""
    """`*args`, if there is such a parameter."""
    keywords: str = ""
    """`**kwargs`, if there is such a parameter."""

    def __str__(self) -> str:
        plain = [str(each) for each in self.parameters if not each.by_keyword]
        named = [str(each) for each in self.parameters if each.by_keyword]
        star = self.rest or ("*" if named else "")
        return ", ".join(filter(None, [*plain, star, *named, self.keywords]))

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The parameters that have to be given."""
        return tuple(each for each in self.parameters if each.default is None)

    @property
    def optional(self) -> tuple[Parameter, ...]:
        """The parameters that have a default."""
        return tuple(each for each in self.parameters if each.default is not None)


@dataclass(frozen=True)
class ModuleClass:
    """A class that is, or very likely is, an `nn.Module`."""

    name: str
    line: int
    init: Signature | None
    """What its constructor takes; None if that is said in another file."""
    forward: Signature | None
    """What `forward` takes; None if that is said in another file."""
    has_forward: bool
    """Whether there is a `forward`, as far as can be seen."""
    mentions: frozenset[str]
    """Every name that its body and its bases mention."""
    unbound: str
    """The name that its base begins with, if nothing in the file binds it."""


def module_classes(tree: ast.Module) -> dict[str, ModuleClass]:
    """Return the module classes at the top level of a file, by name, in order."""
    nodes = {node.name: node for node in top_level(tree) if isinstance(node, ast.ClassDef)}
    reader = _Reader(nodes, imported_names(tree))
    return {name: reader.read(node) for name, node in nodes.items() if reader.is_module(node)}


def outermost(classes: Mapping[str, ModuleClass]) -> list[ModuleClass]:
    """Return the classes that no other one of them builds on or contains."""
    return [
        each
        for each in classes.values()
        if not any(each.name in other.mentions for other in classes.values() if other != each)
    ]


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements that run when the file is imported, also within `if` and `try`.

    What stands below `if __name__ == "__main__"` does not run then.
    """
    pending = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            inner = list(node.orelse)
        else:
            inner = [child for part in _BLOCKS for child in getattr(node, part, [])]
            inner += [child for one in getattr(node, "handlers", []) for child in one.body]
        pending.extend(reversed(inner))


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name stands for, e.g. `{"nn": "torch.nn"}`."""
    found = {}
    for node in top_level(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                found[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                found[alias.asname or alias.name] = f"{module}.{alias.name}"
    return found


class _Reader:
    def __init__(self, nodes: Mapping[str, ast.ClassDef], imported: Mapping[str, str]) -> None:
        self._nodes = nodes
        self._imported = imported

    def is_module(self, node: ast.ClassDef) -> bool:
        """Say whether a class is a module, or is likely to be where a base is out of sight."""
        foreign = self._foreign(node)
        if any(path in _MODULE or path.startswith("torch.nn.") for path in foreign):
            return True
        return bool(foreign) and self._method(node, "forward") is not None

    def read(self, node: ast.ClassDef) -> ModuleClass:
        """Return what there is to know about a class."""
        init, forward = self._method(node, "__init__"), self._method(node, "forward")
        out_of_sight = any(path not in _MODULE for path in self._foreign(node))
        assigned = any(
            isinstance(target, ast.Name) and target.id == "forward"
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
        )
        roots = [ast.unparse(base).partition(".")[0].partition("[")[0] for base in node.bases]
        bound = {*self._imported, *self._nodes, *dir(builtins)}
        return ModuleClass(
            name=node.name,
            line=node.lineno,
            init=_signature(init) if init else None if out_of_sight else Signature(),
            forward=_signature(forward) if forward else None,
            has_forward=forward is not None or assigned or out_of_sight,
            mentions=frozenset(child.id for child in ast.walk(node) if isinstance(child, ast.Name)),
            unbound=next((root for root in roots if root.isidentifier() and root not in bound), ""),
        )

    def _line(self, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """Yield a class and those of its bases that are in the file, nearest first."""
        pending, seen = [node], {node.name}
        while pending:
            here = pending.pop(0)
            yield here
            for path in map(self._path, here.bases):
                if path in self._nodes and path not in seen:
                    seen.add(path)
                    pending.append(self._nodes[path])

    def _foreign(self, node: ast.ClassDef) -> list[str]:
        """Return the full names of the bases that are not in the file and say something."""
        paths = [self._path(base) for here in self._line(node) for base in here.bases]
        return [path for path in paths if path not in self._nodes and path not in _SAY_NOTHING]

    def _method(self, node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
        found = (
            statement
            for here in self._line(node)
            for statement in here.body
            if isinstance(statement, ast.FunctionDef) and statement.name == name
        )
        return next(found, None)

    def _path(self, base: ast.expr) -> str:
        """Return the full name of a base class, as far as the imports tell."""
        if isinstance(base, ast.Subscript):  # Generic[T]
            base = base.value
        root, dot, rest = ast.unparse(base).partition(".")
        return self._imported.get(root, root) + dot + rest


def _signature(method: ast.FunctionDef) -> Signature:
    given = method.args
    static = any(ast.unparse(each) == "staticmethod" for each in method.decorator_list)
    positional = [*given.posonlyargs, *given.args]
    absent: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    pairs = list(zip(positional, [*absent, *given.defaults], strict=True))
    parameters = [_parameter(*pair) for pair in pairs[0 if static else 1 :]]
    parameters += [
        _parameter(argument, default, by_keyword=True)
        for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    return Signature(
        tuple(parameters),
        rest=f"*{given.vararg.arg}" if given.vararg else "",
        keywords=f"**{given.kwarg.arg}" if given.kwarg else "",
    )


def _parameter(
    argument: ast.arg, default: ast.expr | None, *, by_keyword: bool = False
) -> Parameter:
    return Parameter(
        argument.arg,
        ast.unparse(argument.annotation) if argument.annotation else "",
        ast.unparse(default) if default is not None else None,
        by_keyword,
    )
