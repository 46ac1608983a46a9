"""Turns a solution's source into a module ready to be called, and calls it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn


class NotASolution(Exception):
    """The source runs, but is no solution of the problem."""


def load(source_file: Path, entry_point: str) -> Callable[..., Any]:
    """Import the source and return its entry point.

    Raises:
        NotASolution: if there is no such entry point.
    """
    spec = importlib.util.spec_from_file_location("solution", source_file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    spec.loader.exec_module(module)
    kind = getattr(module, entry_point, None)
    if not callable(kind):
        raise NotASolution(f"the source defines no {entry_point}")
    return kind  # type: ignore[no-any-return]


def construct(kind: Callable[..., Any], init: Any, seed: int, *, training: bool) -> nn.Module:
    """Construct the entry point under the given seed.

    Raises:
        NotASolution: if it is no module, or its constructor takes other arguments.
    """
    args, kwargs = init
    torch.manual_seed(seed)
    try:
        model = kind(*args, **kwargs)
    except TypeError as error:
        if "__init__()" in str(error) or "positional argument" in str(error):
            raise NotASolution(f"it has another constructor: {error}") from error
        raise
    if not isinstance(model, nn.Module):
        raise NotASolution("it is not a torch.nn.Module")
    return model.train(training)


def adopt_state(model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Copy the reference's parameters and buffers where name and shape match."""
    own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    with torch.no_grad():
        for name, value in state.items():
            target = own.get(name)
            if target is not None and target.shape == value.shape:
                target.copy_(value)


def forward(model: nn.Module, inputs: list[Any]) -> Any:
    """Call the model without recording gradients."""
    with torch.no_grad():
        return model(*inputs)


def forward_and_backward(
    model: nn.Module, inputs: list[Any], cotangents: list[torch.Tensor], names: list[str]
) -> Any:
    """Call the model and differentiate; returns outputs and gradients.

    Raises:
        NotASolution: a parameter of the reference is missing, or nothing is differentiable.
    """
    with torch.enable_grad():
        outputs = model(*inputs)
        floating = [tensor for tensor in _tensors(outputs) if tensor.is_floating_point()]
        parameters = dict(model.named_parameters())
        missing = [name for name in names if name not in parameters]
        if missing:
            raise NotASolution(f"gradients are judged, but there is no parameter {missing[0]!r}")
        leaves = [tensor for tensor in _tensors(inputs) if tensor.requires_grad]
        leaves += [parameters[name] for name in names]
        if not any(tensor.requires_grad for tensor in floating):
            raise NotASolution("gradients are judged, but no output is differentiable")
        pairs = [
            (output, cotangent)
            for output, cotangent in zip(floating, cotangents, strict=False)
            if output.requires_grad
        ]
        gradients = torch.autograd.grad(
            [output for output, _ in pairs],
            leaves,
            [cotangent for _, cotangent in pairs],
            allow_unused=True,
        )
    detached = _detach(outputs)
    return {"outputs": detached, "gradients": list(gradients)}


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _detach(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, dict):
        return {key: _detach(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_detach(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value
