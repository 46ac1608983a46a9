"""The reference model of a problem, at one workload, built and run in this trusted process."""

from __future__ import annotations

import copy
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from kerneldojo.errors import InvalidProblem
from kerneldojo.evaluation import tree
from kerneldojo.problems import specialise
from kerneldojo.records import Problem, Workload

_MODULE = "kerneldojo_reference_"


class Reference:
    """A problem's `Model`, its init inputs and a source of inputs, for one workload."""

    def __init__(self, problem: Problem, workload: Workload, seed: int) -> None:
        self.workload = workload
        self.source = specialise(problem.source, workload.constants)
        self.training = problem.metadata.training
        self.backward = problem.metadata.backward
        namespace = _execute(self.source, problem.name)
        self._get_inputs: Callable[[], Any] = _required(namespace, "get_inputs", problem.name)
        kind: Callable[..., Any] = _required(namespace, "Model", problem.name)
        get_init_inputs = namespace.get("get_init_inputs", list)
        self.seed = seed
        with _blaming(problem.name, "building the reference"):
            torch.manual_seed(seed)
            self.init = split_init(get_init_inputs())
            args, kwargs = copy.deepcopy(self.init)
            torch.manual_seed(seed)
            model = kind(*args, **kwargs)
            if not isinstance(model, nn.Module):
                raise TypeError("Model is not a torch.nn.Module")
            self.model = model.train(self.training)
            tree.encode(list(self.init), lambda tensor: {})
        self.state = {name: value.detach().clone() for name, value in _state(self.model)}
        self.parameter_names = [name for name, _ in self.model.named_parameters()]
        self._wide: nn.Module | None = None
        self._pointwise: bool | None = None

    def inputs(self, seed: int) -> list[Any]:
        """Return a fresh list of forward arguments drawn under a secret seed."""
        with _blaming(self.workload.name, "get_inputs()"):
            torch.manual_seed(seed)
            drawn = self._get_inputs()
            if not isinstance(drawn, (list, tuple)):
                raise TypeError(f"get_inputs() must return a list, not {type(drawn).__name__}")
            tree.encode(list(drawn), lambda tensor: {})
            return list(drawn)

    def run(self, inputs: list[Any], cotangents: list[torch.Tensor] | None = None) -> Any:
        """Return the reference's answer in the problem's own precision."""
        self._restore(self.model)
        return _call(self.model, inputs, cotangents, self.parameter_names)

    def run_wide(self, inputs: list[Any], cotangents: list[torch.Tensor] | None = None) -> Any:
        """Return the answer in float64, or None where an operation refuses it."""
        try:
            if self._wide is None:
                self._wide = copy.deepcopy(self.model).double()
            self._restore(self._wide)
            wide = [_widen(value) for value in inputs]
            gradients = None if cotangents is None else [_widen(value) for value in cotangents]
            return _call(self._wide, wide, gradients, self.parameter_names)
        except Exception:  # whatever a forward that insists on its own dtype may raise
            return None

    def is_pointwise(self, inputs: Callable[[], list[Any]]) -> bool:
        """Whether the reference, forward only, consists of elementwise operators alone.

        `inputs` makes some to try it on; it is asked once.
        """
        if self._pointwise is None:
            watcher = _PointwiseOnly()
            with watcher:
                self.run(inputs())
            self._pointwise = watcher.holds and not self.backward
        return self._pointwise

    def _restore(self, model: nn.Module) -> None:
        """Undo what training mode does to buffers, so that every call starts alike."""
        if self.training:
            with torch.no_grad():
                for name, value in _state(model):
                    value.copy_(self.state[name])


def split_init(raw: Any) -> tuple[list[Any], dict[str, Any]]:
    """Read both forms of init inputs: a positional list, or `[[args], {kwargs}]`."""
    if (
        isinstance(raw, (list, tuple))
        and len(raw) == 2
        and isinstance(raw[0], (list, tuple))
        and isinstance(raw[1], dict)
    ):
        return list(raw[0]), dict(raw[1])
    if not isinstance(raw, (list, tuple)):
        raise TypeError(f"get_init_inputs() must return a list, not {type(raw).__name__}")
    return list(raw), {}


def cotangents_for(outputs: Any, seed: int) -> list[torch.Tensor]:
    """Return a secret random cotangent for each floating output."""
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(value.shape, generator=generator).to(value.dtype)
        for _, value in tree.leaves(outputs)
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    ]


class _PointwiseOnly(TorchDispatchMode):
    """Notes whether any operator is not elementwise."""

    holds = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False: PyTorch would load its compiler, for seconds, merely to skip it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if not (func.is_view or torch.Tag.pointwise in func.tags):
            self.holds = False
        return func(*args, **(kwargs or {}))


class _blaming:
    """Turns whatever problem code raises into InvalidProblem."""

    def __init__(self, name: str, doing: str) -> None:
        self._name, self._doing = name, doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        ours = isinstance(error, InvalidProblem)
        if isinstance(error, (Exception, SystemExit)) and not ours:
            raise InvalidProblem(
                f"{self._name}: {self._doing} failed{_line(trace)}: {type(error).__name__}: {error}"
            ) from error


def _line(trace: Any) -> str:
    """Return the innermost line of the problem's own that an error came through, in words."""
    own = [
        number
        for frame, number in traceback.walk_tb(trace)
        if frame.f_globals.get("__name__", "").startswith(_MODULE)
    ]
    return f" in line {own[-1]}" if own else ""


def answer(
    reference: Reference, inputs: list[Any], cotangents: list[torch.Tensor] | None = None
) -> Any:
    """Run the reference, blaming the problem for whatever goes wrong."""
    with _blaming(reference.workload.name, "the reference's forward"):
        outputs = reference.run(inputs, cotangents)
        tree.encode(outputs, lambda tensor: {})
        return outputs


def _execute(source: str, name: str) -> dict[str, Any]:
    module = types.ModuleType(f"{_MODULE}{abs(hash(source)):x}")
    sys.modules[module.__name__] = module
    with _blaming(name, "importing the reference"):
        exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    return module.__dict__


def _required(namespace: dict[str, Any], name: str, problem: str) -> Any:
    value = namespace.get(name)
    if not callable(value):
        raise InvalidProblem(f"{problem}: the file defines no {name}")
    return value


def _state(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def _widen(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        value = value.detach()
        if value.is_complex():
            return value.to(torch.complex128)
        return value.double() if value.is_floating_point() else value
    if isinstance(value, dict):
        return {key: _widen(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_widen(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _call(
    model: nn.Module,
    inputs: list[Any],
    cotangents: list[torch.Tensor] | None,
    names: list[str],
) -> Any:
    if cotangents is None:
        with torch.no_grad():
            return model(*inputs)
    inputs = [_leaf(value) for value in inputs]
    outputs = model(*inputs)
    floating = [
        value
        for _, value in tree.leaves(outputs)
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    ]
    parameters = dict(model.named_parameters())
    leaves = [v for _, v in tree.leaves(inputs) if isinstance(v, torch.Tensor) and v.requires_grad]
    leaves += [parameters[name] for name in names]
    pairs = [(o, c) for o, c in zip(floating, cotangents, strict=True) if o.requires_grad]
    if not pairs:
        raise TypeError("gradients are to be judged, but no output is differentiable")
    gradients = torch.autograd.grad(
        [output for output, _ in pairs],
        leaves,
        [cotangent for _, cotangent in pairs],
        allow_unused=True,
    )
    return {"outputs": _detach(outputs), "gradients": list(gradients)}


def _leaf(value: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.detach().clone().requires_grad_()
    return value


def _detach(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, dict):
        return {key: _detach(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_detach(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value
