"""From a file with an `nn.Module` to a problem, or to what is missing for that."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from kerneldojo.errors import InvalidProblem, UsageError, did_you_mean
from kerneldojo.problems.own_module.classes import (
    ModuleClass,
    imported_names,
    module_classes,
    outermost,
    top_level,
)
from kerneldojo.problems.own_module.obstacles import obstacles
from kerneldojo.problems.own_module.skeleton import init_skeleton, inputs_skeleton, model_alias
from kerneldojo.problems.reference import from_text, read_text
from kerneldojo.problems.syntax import parse
from kerneldojo.records import Problem

MODEL = "Model"


@dataclass(frozen=True)
class Draft:
    """A module file, and how far it is from being a problem."""

    path: Path
    source: str
    chosen: ModuleClass
    """The class that is to be made faster."""
    missing: tuple[str, ...]
    """`get_inputs` and `get_init_inputs`, as far as they are needed and not there."""
    obstacles: tuple[str, ...]
    """What has to be changed by hand, with lines."""
    skeleton: str
    """The missing functions, to be pasted and filled in; empty if nothing is missing."""
    alias: str
    """What makes the class the problem's `Model`; empty if it is that already."""

    @property
    def ready(self) -> bool:
        """Whether the file is a problem as it stands."""
        return not self.missing and not self.obstacles

    @property
    def completed(self) -> str:
        """The file with the missing functions at its end, still to be filled in."""
        return _joined(self.source, self.skeleton)

    def explanation(self) -> str:
        """Return what is missing or wrong, in words; empty if nothing is."""
        lines = [f"  {obstacle}" for obstacle in self.obstacles]
        if lines:
            lines.insert(0, f"{self.path} cannot be judged as it stands:")
        if self.missing:
            name = self.chosen.name
            forward = self.chosen.forward if self.chosen.forward is not None else "…"
            takes = {
                "get_inputs": f"forward({forward})",
                "get_init_inputs": f"{name}({self.chosen.init})",
            }
            place = f" (line {self.chosen.line})" if self.chosen.line else ""
            lines.append(f"{self.path} does not say what to run {name}{place} on. It lacks")
            lines += [
                f"  {each}, which returns a list of arguments for {takes[each]}"
                for each in self.missing
            ]
        return "\n".join(lines)

    def problem(self) -> Problem:
        """Return the class as a problem, named after the file.

        Raises:
            InvalidProblem: if something is missing or wrong; the message holds the skeleton.
        """
        if not self.ready:
            hint = f"\n\nPaste and fill in:\n\n{self.skeleton}" if self.skeleton else ""
            raise InvalidProblem(self.explanation() + hint)
        where = str(self.path)
        return from_text(_joined(self.source, self.alias), self.path.stem, where, "unknown")


def load_module(path: str | Path, class_name: str | None = None) -> Problem:
    """Return a class of a module file as a problem.

    Args:
        path: a Python file with an `nn.Module`, and with `get_inputs`.
        class_name: which class; found out if there is one that contains all others.

    Raises:
        ProblemNotFound: if there is no such file.
        UsageError: if it is not clear which class is meant, or there is none of that name.
        InvalidProblem: if the file cannot be a problem, saying what is missing.
    """
    return read_module(path, class_name).problem()


def read_module(path: str | Path, class_name: str | None = None) -> Draft:
    """Return what a module file holds, and what it lacks; the file is not run.

    Raises:
        ProblemNotFound: if there is no such file.
        UsageError: if it is not clear which class is meant, or there is none of that name.
        InvalidProblem: if the file is not Python, or holds no module.
    """
    path = Path(path)
    source = read_text(path)
    if not source.strip():
        raise InvalidProblem(f"{path}: the file is empty")
    tree = parse(source, str(path))
    chosen = _choose(path, tree, class_name)
    bound = _bound(tree)
    missing = []
    if "get_inputs" not in bound:
        missing.append("get_inputs")
    if "get_init_inputs" not in bound and chosen.init is not None and chosen.init.required:
        missing.append("get_init_inputs")
    with_torch = imported_names(tree).get("torch") == "torch"
    parts = {
        "get_inputs": lambda: inputs_skeleton(chosen, with_torch=with_torch),
        "get_init_inputs": lambda: init_skeleton(chosen),
    }
    taken = chosen.name != MODEL and bound.get(MODEL) == chosen.name
    return Draft(
        path=path,
        source=source,
        chosen=chosen,
        missing=tuple(missing),
        obstacles=tuple(obstacles(path, tree, chosen)),
        skeleton="\n\n".join(parts[name]() for name in missing),
        alias="" if taken else model_alias(chosen),
    )


def _choose(path: Path, tree: ast.Module, name: str | None) -> ModuleClass:
    classes = module_classes(tree)
    bound = _bound(tree)
    if name is not None:
        if name in classes:
            return classes[name]
        known = ", ".join(classes) or "none"
        hint = did_you_mean(name, list(classes))
        raise UsageError(f"{path} has no module class {name!r}; there is: {known}.{hint}")
    if MODEL in bound:
        alias = bound[MODEL]
        unseen = ModuleClass(MODEL, 0, None, None, True, frozenset(), "")
        return classes.get(MODEL) or classes.get(alias) or unseen
    if not classes:
        raise InvalidProblem(
            f"{path} has no class at its top level that inherits from torch.nn.Module, "
            "so there is nothing to make faster"
        )
    candidates = outermost(classes) or list(classes.values())
    if len(candidates) > 1:
        these = ", ".join(f"{each.name} (line {each.line})" for each in candidates)
        raise UsageError(f"{path} holds several modules: {these}. Say which with --class NAME.")
    return candidates[0]


def _bound(tree: ast.Module) -> dict[str, str]:
    """Return the names that importing the file binds; for `A = B`, what A stands for."""
    found = dict.fromkeys(imported_names(tree), "")
    for node in top_level(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = ""
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value.id if isinstance(node.value, ast.Name) else ""
            found |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return found


def _joined(source: str, *parts: str) -> str:
    return "\n\n\n".join([source.rstrip("\n"), *filter(None, parts)]).rstrip("\n") + "\n"
