"""From a definition with its workloads to a reference in KernelBench's format.

The definition's own reference stays as it is; its axes become constants at the top level, its
workloads become ours, and `Model` calls its `run`.
"""

from __future__ import annotations

import ast
import keyword
from dataclasses import dataclass
from typing import Any

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems.syntax import constants, parse
from kerneldojo.records import ProblemMetadata, Workload

_FLOATS = ("float64", "float32", "float16", "bfloat16")
_INTEGERS = {"int64": 1024, "int32": 1024, "int16": 1024, "int8": 128}
"""Integer types and the bound that random values stay below, as flashinfer-bench draws them."""
_MOST_WORKLOADS = 4
"""Every workload is verified, so a definition's many are thinned out to this many."""
_RESERVED = ("Model", "get_inputs", "get_init_inputs", "torch", "nn", "METADATA", "_run", "_draw")

_MODEL = """\
class Model(torch.nn.Module):
    def forward(self, {parameters}):
        outputs = _run({arguments})
        if isinstance(outputs, dict):
            outputs = tuple(outputs[name] for name in {outputs})
        return outputs[0] if isinstance(outputs, (tuple, list)) and len(outputs) == 1 else outputs
"""

Json = dict[str, Any]


@dataclass(frozen=True)
class Converted:
    """A definition in KernelBench's format."""

    name: str
    source: str
    metadata: ProblemMetadata


def convert(definition: Json, workloads: list[Json], where: str) -> Converted:
    """Return a definition in KernelBench's format.

    Args:
        definition: the definition's JSON object.
        workloads: its workloads' JSON objects.
        where: the file, for messages.

    Raises:
        InvalidProblem: saying what of it cannot be converted.
    """
    try:
        return _Conversion(definition, where).run(workloads)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidProblem(f"{where}: not a definition: {error!r}") from None


class _Conversion:
    def __init__(self, definition: Json, where: str) -> None:
        self.definition = definition
        self.where = where
        self.name = str(definition["name"])
        self.inputs: Json = definition["inputs"]
        self.outputs: Json = definition["outputs"]
        self.axes: Json = definition["axes"]
        self.reference = str(definition["reference"])
        self.entry: str | None = definition.get("custom_inputs_entrypoint")

    def run(self, workloads: list[Json]) -> Converted:
        self._check()
        usable, reasons = [], []
        for workload in workloads:
            reason = self._obstacle(workload)
            if reason:
                reasons.append(reason)
            else:
                usable.append(workload)
        if not usable:
            why = f" that can be used: {reasons[0]}" if reasons else ""
            raise self._refuse(f"it has no workload{why}")
        description = str(self.definition.get("description") or "")
        if len(usable) > _MOST_WORKLOADS:
            description += f" {_MOST_WORKLOADS} of {len(usable)} workloads are kept."
            step = (len(usable) - 1) / (_MOST_WORKLOADS - 1)
            usable = [usable[round(number * step)] for number in range(_MOST_WORKLOADS)]
        values = [self._values(workload) for workload in usable]
        if reasons:
            description += (
                f" {len(reasons)} of {len(workloads)} workloads are left out: {reasons[0]}."
            )
        records = tuple(
            Workload(name=f"w{number}", constants=constants)
            for number, constants in enumerate(values)
        )
        metadata = ProblemMetadata(
            description=description.strip(), tags=self._tags(), workloads=records
        )
        return Converted(self.name, self._source(values[0]), metadata)

    def _check(self) -> None:
        """Refuse what no workload could make up for."""
        if self.definition.get("op_type") == "sampling":
            raise self._refuse("its outputs are random: op_type sampling")
        tree = parse(self.reference, f"{self.where}: reference")
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for needed in filter(None, ("run", self.entry)):
            if needed not in functions:
                raise self._refuse(f"its reference defines no function {needed!r}")
        for kind, tensors in (("input", self.inputs), ("output", self.outputs)):
            for name, spec in tensors.items():
                self._check_tensor(kind, name, spec)
        taken = {*_RESERVED, *functions, *constants(tree), *self.outputs}
        for name in [*self.axes, *self.inputs]:
            if not name.isidentifier() or keyword.iskeyword(name):
                raise self._refuse(f"{name!r} cannot be the name of a constant")
        for name in [*self.axes, *(name for name in self.inputs if self._is_scalar(name))]:
            if name in taken:
                raise self._refuse(f"{name!r} is also a name of its reference")

    def _check_tensor(self, kind: str, name: str, spec: Json) -> None:
        dtype = spec["dtype"]
        if dtype not in (*_FLOATS, *_INTEGERS, "bool"):
            raise self._refuse(f"{kind} {name!r} is of type {dtype}, which cannot be compared")
        if kind == "output" and spec["shape"] is None:
            raise self._refuse(f"output {name!r} is a Python scalar, not a tensor")
        for axis in spec["shape"] or ():
            if axis not in self.axes:
                raise self._refuse(f"{kind} {name!r} has an axis {axis!r} that is not declared")

    def _obstacle(self, workload: Json) -> str:
        """Say why a workload cannot be used, or nothing."""
        for name, axis in self.axes.items():
            size = workload["axes"].get(name)
            if axis["type"] == "var" and not (isinstance(size, int) and size > 0):
                return f"no size is given for axis {name!r}"
        for name in self.inputs:
            kind = workload["inputs"].get(name, {}).get("type", "random")
            if kind == "custom" and self.entry:
                continue
            if kind not in ("random", "scalar"):
                return f"input {name!r} is read from {kind} data"
            if self._is_scalar(name) and kind == "random":
                return f"scalar input {name!r} is given no value"
        return ""

    def _values(self, workload: Json) -> dict[str, Any]:
        """Return a workload's constants: its axes and scalar inputs."""
        values = {
            name: workload["axes"][name]
            for name, axis in self.axes.items()
            if axis["type"] == "var"
        }
        for name in self.inputs:
            spec = workload["inputs"].get(name, {})
            if spec.get("type") == "scalar":
                values[name] = spec["value"]
        return values

    def _source(self, values: dict[str, Any]) -> str:
        lines = [self.reference.rstrip(), "", "", "import torch", "", "_run = run"]
        if self.entry:
            lines.append(f"_draw = {self.entry}")
        lines.append("")
        # An axis may be computed from one that is declared after it.
        for name, axis in sorted(self.axes.items(), key=lambda item: item[1]["type"] == "expr"):
            lines.append(f"{name} = {self._axis(name, axis, values)}")
        scalars = [name for name in self.inputs if self._is_scalar(name)]
        lines += [f"{name} = {values[name]!r}" for name in scalars if name in values]
        names = list(self.inputs)
        model = _MODEL.format(
            parameters=", ".join(names),
            arguments=", ".join(self._arguments(names)),
            outputs=repr(tuple(self.outputs)),
        )
        lines += ["", "", model, "", "def get_inputs():"]
        lines += self._drawing(names, [*self.axes, *(name for name in scalars if name in values)])
        lines += ["", "", "def get_init_inputs():", "    return []", ""]
        return "\n".join(lines)

    def _axis(self, name: str, axis: Json, values: dict[str, Any]) -> str:
        match axis["type"]:
            case "const":
                return repr(int(axis["value"]))
            case "var":
                return repr(int(values[name]))
            case "expr":
                expression = str(axis["expression"])
                used = {
                    node.id
                    for node in ast.walk(parse(expression, f"{self.where}: axis {name!r}"))
                    if isinstance(node, ast.Name)
                }
                if not used <= set(self.axes):
                    raise self._refuse(f"axis {name!r} depends on what is no axis")
                return f"int({expression})"
        raise self._refuse(f"axis {name!r} is of an unknown type, {axis['type']!r}")

    def _arguments(self, names: list[str]) -> list[str]:
        """Pass by keyword if `run` takes exactly these names; by position otherwise."""
        for node in parse(self.reference, self.where).body:
            if isinstance(node, ast.FunctionDef) and node.name == "run":
                taken = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
                if taken == set(names):
                    return [f"{name}={name}" for name in names]
        return names

    def _drawing(self, names: list[str], known: list[str]) -> list[str]:
        if self.entry:
            given = ", ".join(f"{name!r}: {name}" for name in known)
            return [
                f"    drawn = _draw({{{given}}}, torch.device('cpu'))",
                f"    return [drawn[name] for name in {names!r}]",
            ]
        return [
            "    return [",
            *(f"        {self._draw(name, self.inputs[name])}," for name in names),
            "    ]",
        ]

    def _draw(self, name: str, spec: Json) -> str:
        if spec["shape"] is None:
            return name
        shape = f"({''.join(f'{axis}, ' for axis in spec['shape'])})"
        dtype = spec["dtype"]
        if dtype in _FLOATS:
            return f"torch.randn({shape}, dtype=torch.{dtype})"
        low, high = (0, 2) if dtype == "bool" else (-_INTEGERS[dtype], _INTEGERS[dtype])
        return f"torch.randint({low}, {high}, {shape}).to(torch.{dtype})"

    def _tags(self) -> tuple[str, ...]:
        kind = self.definition.get("op_type")
        return (*([str(kind)] if kind else []), *map(str, self.definition.get("tags") or ()))

    def _is_scalar(self, name: str) -> bool:
        return self.inputs[name]["shape"] is None

    def _refuse(self, reason: str) -> InvalidProblem:
        return InvalidProblem(f"{self.where}: {reason}")
