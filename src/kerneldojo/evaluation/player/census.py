"""Which library operators ran, and where the answer first appeared.

A dispatch mode sees every operator whatever its spelling. It also follows *provenance*:
memory that a kernel of the solution's own has written is the solution's work, and so is
whatever a library operator derives from it. Values at a few secret positions of every
answer-sized tensor are reported; the referee, who alone knows the answer, decides whether
it existed before any kernel of the solution's own had a hand in it.

A kernel that only copies one of its arguments hands that argument's provenance on: copying
is no work.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from kerneldojo.evaluation.player.launches import Call, Watch, tensors_in
from kerneldojo.evaluation.player.poison import Poison, is_fresh, overwrite

_MOVES = frozenset(
    """clone copy_ _to_copy contiguous cat stack detach alias lift lift_fresh fill_ zero_ zeros ones
    full zeros_like ones_like full_like new_zeros new_ones new_full arange eye scalar_tensor
    constant_pad_nd set_ resize_ record_stream _local_scalar_dense item is_pinned pin_memory empty
    empty_like new_empty empty_strided new_empty_strided normal_ uniform_ random_ randn rand randint
    bernoulli_ randperm _reshape_alias _unsafe_view unbind sym_size sym_stride sym_numel
    is_same_size equal accumulate_grad""".split()
)
"""Operators that move or make data without computing an answer."""
_OVERWRITES_SELF = frozenset(
    {"copy_", "fill_", "zero_", "normal_", "uniform_", "random_", "bernoulli_"}
)
_MOST_SIGHTINGS = 400
_ROW_WORDS = 1024
_FLOPS_PER_BYTE = 8.0
"""Arithmetic that costs as much as moving a byte, for the estimate of shares."""


class Census(TorchDispatchMode):
    """Observes one call.

    Of every tensor whose size lies within `sizes` the values at `fractions` of its length are
    reported, so that parts of the answer can be recognised as well as the whole.
    """

    def __init__(
        self,
        fractions: torch.Tensor,
        sizes: tuple[int, int],
        *,
        ghost: bool,
        known: list[torch.Tensor],
    ) -> None:
        super().__init__()
        self.operators: Counter[str] = Counter()
        self.operator_cost: dict[str, float] = defaultdict(float)
        self.kernel_cost: dict[str, float] = defaultdict(float)
        self.sightings: list[dict[str, Any]] = []
        self.poison = Poison()
        self._fractions = fractions
        self._least, self._most = sizes
        self._ghost = ghost
        self._own: dict[int, torch.Tensor] = {}
        self._replaced: Counter[int] = Counter()
        self._inputs = {_storage(tensor) for tensor in known}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        full_name = str(func)
        out = func(*args, **kwargs)
        if is_fresh(full_name):
            return self.poison.replace(out)
        name = func.overloadpacket.__name__
        results = tensors_in(out)
        own = self._derives_from_own(name, args, kwargs)
        for tensor in results if name != "set_" else ():  # other memory, as own as it was
            if name in _OVERWRITES_SELF and not own and _storage(tensor) in self._own:
                self._replaced[_storage(tensor)] += tensor.numel()
            else:
                self._mark(tensor, own)
        if name not in _MOVES and not func.is_view:
            self.operators[name] += 1
            self.operator_cost[name] += _cost(func, args, kwargs, out)
            for tensor in results:
                self._sight(f"operator {name}", tensor)
        return out

    def around_launch(
        self, name: str, tensors: list[torch.Tensor], call: Call, leave_out: Call
    ) -> Any:
        """Run (or, as a ghost, leave out) one launch of the solution's own."""
        if self._ghost:
            return self._ghost_launch(name, tensors, call, leave_out)
        for tensor in tensors:
            if _storage(tensor) not in self._inputs:
                self._sight(f"argument of kernel {name}", tensor)
        before = [_fingerprint(tensor) for tensor in tensors]
        own_before = [self._is_own(tensor) for tensor in tensors]
        copies = dict(zip(before, own_before, strict=True))
        partly = [(t, t.detach().clone()) for t in tensors if self._replaced[_storage(t)]]
        result = self._run_launch(name, call)
        for tensor, earlier in partly:
            changed = int((_bits(tensor) != _bits(earlier)).sum())
            key = _storage(tensor)
            self._replaced[key] = max(0, self._replaced[key] - changed)
        for tensor, mark in zip(tensors, before, strict=True):
            after = _fingerprint(tensor)
            if after != mark:
                self._mark(tensor, copies.get(after, True))
        for tensor in tensors_in(result):
            self._mark(tensor, copies.get(_fingerprint(tensor), True))
        distinct = {tensor.data_ptr(): tensor for tensor in [*tensors, *tensors_in(result)]}
        self.kernel_cost[name] += sum(_bytes(tensor) for tensor in distinct.values())
        return result

    def around_foreign(self, name: str, tensors: list[torch.Tensor], call: Call) -> Any:
        """Run one launch of somebody else's kernel: what it writes is as a library's."""
        before = [_fingerprint(tensor) for tensor in tensors]
        result = call()
        written: list[torch.Tensor] = []
        read: list[torch.Tensor] = []
        for tensor, mark in zip(tensors, before, strict=True):
            (read if _fingerprint(tensor) == mark else written).append(tensor)
        own = any(self._is_own(tensor) for tensor in read)
        for tensor in written:
            self._mark(tensor, own)
            self._sight(f"foreign kernel {name}", tensor)
        return result

    def _run_launch(self, name: str, call: Call) -> Any:
        """Launch; what host code does on the way (a grid, a hook) is watched like any other."""
        if name.endswith("()"):
            return call()
        with self:
            return call()

    def final(self, outputs: Any) -> None:
        """Report the outputs themselves."""
        for tensor in tensors_in(outputs):
            self._sight("the output", tensor)

    def report(self) -> dict[str, Any]:
        """Return everything seen, as plain data."""
        return {
            "operators": dict(self.operators),
            "operator_cost": dict(self.operator_cost),
            "kernel_cost": dict(self.kernel_cost),
            "sightings": self.sightings,
            "out_of_bounds": self.poison.written_outside(),
        }

    def _ghost_launch(
        self, name: str, tensors: list[torch.Tensor], call: Call, leave_out: Call
    ) -> Any:
        if not name.endswith("()"):
            return self._run_launch(name, leave_out)
        # an inline extension makes its own outputs: let it, then take them away again
        before = [_fingerprint(tensor) for tensor in tensors]
        with self:
            result = call()
        overwrite(result)
        for tensor, mark in zip(tensors, before, strict=True):
            if _fingerprint(tensor) != mark:
                overwrite(tensor)
        return result

    def _derives_from_own(self, name: str, args: Any, kwargs: dict[str, Any]) -> bool:
        sources = tensors_in([args, {key: v for key, v in kwargs.items() if key != "out"}])
        if name in _OVERWRITES_SELF:
            sources = sources[1:]
        return any(self._is_own(tensor) for tensor in sources)

    def _is_own(self, tensor: torch.Tensor) -> bool:
        """Whether it is the solution's own work, but for less than half of it put in later."""
        key = _storage(tensor)
        return key in self._own and 2 * self._replaced[key] < tensor.numel()

    def _mark(self, tensor: torch.Tensor, own: bool) -> None:
        key = _storage(tensor)
        if own:
            self._own[key] = tensor  # kept alive, lest its memory be reused within the call
        else:
            self._own.pop(key, None)
            self._replaced.pop(key, None)

    def _sight(self, where: str, tensor: torch.Tensor) -> None:
        size = tensor.numel()
        if not self._least <= size <= self._most or len(self.sightings) >= _MOST_SIGHTINGS:
            return
        if self._is_own(tensor):
            return
        if tensor.layout is not torch.strided or tensor.is_complex():
            return
        positions = (self._fractions * size).to(torch.int64)
        values = tensor.detach().reshape(-1)[positions].to(torch.float64)
        raw = values.cpu().numpy().tobytes()
        self.sightings.append(
            {"where": where, "size": size, "values": base64.b64encode(raw).decode()}
        )


def count_only(watch: Watch) -> dict[str, Any]:
    """Return the launches counted since the last reset, as plain data."""
    return {"own": dict(watch.own), "foreign": dict(watch.foreign)}


def _storage(tensor: torch.Tensor) -> int:
    return (
        int(tensor.untyped_storage().data_ptr()) if tensor.layout is torch.strided else id(tensor)
    )


def _bytes(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    """Return the elements, flat, as integers of their width; complex ones stay as they are."""
    flat = tensor.detach().contiguous().reshape(-1)
    if flat.dtype is torch.bool:
        return flat.view(torch.uint8)
    if flat.is_complex():
        return flat
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return flat.view(width[flat.element_size()])


def _fingerprint(tensor: torch.Tensor) -> tuple[int, ...]:
    """Return a content hash that ignores shape but not order.

    The content is read as rows of 64-bit words; the sums of rows and columns, by their place,
    take a fraction of the time that widening and weighting every element would.
    """
    flat = tensor.detach().contiguous().reshape(-1)
    if flat.is_complex():
        flat = torch.view_as_real(flat).reshape(-1)
    if flat.data_ptr() % 8 or flat.storage_offset() % 8:
        flat = flat.clone()
    raw = flat.view(torch.uint8)
    whole = raw.numel() // 8
    words = raw[: 8 * whole].view(torch.int64)
    square = words[: whole // _ROW_WORDS * _ROW_WORDS].view(-1, _ROW_WORDS)
    parts = (square.sum(0), square.sum(1), words[square.numel() :], raw[8 * whole :])
    return (tensor.numel(), *(_weighted(part.to(torch.int64)) for part in parts))


def _weighted(words: torch.Tensor) -> int:
    order = torch.arange(1, words.numel() + 1, device=words.device)
    return int((words * (order * 2654435761 % 1000003)).sum())


def _cost(func: Any, args: Any, kwargs: dict[str, Any], out: Any) -> float:
    """Estimate an operator's cost in bytes moved, arithmetic included."""
    moved = sum(_bytes(tensor) for tensor in tensors_in([args, kwargs, out]))
    formula = flop_registry.get(func.overloadpacket)
    if formula is None:
        return float(moved)
    return moved + float(formula(*args, **kwargs, out_val=out)) / _FLOPS_PER_BYTE
