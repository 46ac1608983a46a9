"""Every door through which a solution's own kernels are launched, under one watch.

Triton's `run` methods, functions of `kerneldojo.cpp` and of inline extensions all pass
through `Watch.launch`. By default it only counts; the census looks at arguments before and
after; the ghost replay leaves the launch out.
"""

from __future__ import annotations

import functools
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

Call = Callable[[], Any]
Around = Callable[[str, list[torch.Tensor], Call, Call], Any]
"""What to do about a launch: its name and tensors, the launch itself, and what leaves it out."""
AroundForeign = Callable[[str, list[torch.Tensor], Call], Any]
"""What to do about a launch of somebody else's kernel."""


def _nothing() -> None:
    return None


def _any_times() -> list[float]:
    """Return what autotuning is told about launches that were left out."""
    return [1.0, 1.0, 1.0]


class Watch:
    """Counts launches by kernel name; `around` may replace what a launch does.

    `around_foreign` sees launches of kernels that are not the solution's own, wherever they
    happen: also in the function that an own launch asks for its grid.
    """

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        self.around: Around | None = None
        self.around_foreign: AroundForeign | None = None
        self.solution_file = ""
        self._depth = 0

    def launch(self, name: str, arguments: Any, call: Call, leave_out: Call = _nothing) -> Any:
        """Run one launch of the solution's own; nested launches belong to the outer one.

        `leave_out` returns what `call` would, without computing anything.
        """
        if self._depth:
            return call()
        self.own[name] += 1
        self._depth += 1
        try:
            if self.around is None:
                return call()
            with _disable_current_modes():
                return self.around(name, tensors_in(arguments), call, leave_out)
        finally:
            self._depth -= 1

    def launch_triton(
        self, function: Any, arguments: Any, call: Call, leave_out: Call = _nothing
    ) -> Any:
        """Run one launch of the Triton kernel written as `function`, whoever wrote it."""
        name = getattr(function, "__name__", "kernel")
        if self.is_own(function):
            return self.launch(name, arguments, call, leave_out)
        name = f"{getattr(function, '__module__', '?')}.{name}"
        self.foreign[name] += 1
        if self.around_foreign is None:
            return call()
        with _disable_current_modes():
            return self.around_foreign(name, tensors_in(arguments), call)

    def is_own(self, function: Any) -> bool:
        """Whether a Triton kernel was written in the solution's file."""
        code = getattr(function, "__code__", None)
        return code is not None and code.co_filename == self.solution_file

    def reset(self) -> None:
        """Forget all counts."""
        self.own.clear()
        self.foreign.clear()


def tensors_in(arguments: Any) -> list[torch.Tensor]:
    """Return the tensors among (possibly nested) launch arguments."""
    found: list[torch.Tensor] = []
    stack = [arguments]
    while stack:
        item = stack.pop()
        if isinstance(item, torch.Tensor):
            found.append(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
        elif isinstance(getattr(item, "base", None), torch.Tensor):
            stack.append(item.base)
    return found[::-1]


def watch_triton(watch: Watch) -> None:
    """Route Triton's launches, compiled or interpreted, through the watch."""
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    _wrap_run(InterpretedFunction, watch, compiled=False)
    _wrap_run(JITFunction, watch, compiled=True)
    _wrap_compiled(watch)
    _wrap_tuning(watch)


def _wrap_run(kind: type[Any], watch: Watch, *, compiled: bool) -> None:
    original = kind.run

    @functools.wraps(original)
    def run(self: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
        def call() -> Any:
            return original(self, *args, grid=grid, warmup=warmup, **kwargs)

        def compile_only() -> Any:
            return original(self, *args, grid=grid, warmup=True, **kwargs)

        if warmup:
            return call()
        leave_out = compile_only if compiled else _nothing
        return watch.launch_triton(self.fn, (args, kwargs), call, leave_out)

    del run.__wrapped__
    kind.run = run


def _wrap_compiled(watch: Watch) -> None:
    """See launches of what `kernel.warmup` or an earlier launch returned."""
    from triton.compiler import CompiledKernel

    original = CompiledKernel.__getitem__

    def launcher(self: Any, grid: Any) -> Callable[..., Any]:
        run = original(self, grid)
        function = getattr(getattr(self.src, "fn", None), "fn", None)

        def launch(*args: Any, **kwargs: Any) -> Any:
            return watch.launch_triton(function, (args, kwargs), lambda: run(*args, **kwargs))

        return launch

    CompiledKernel.__getitem__ = launcher


def _wrap_tuning(watch: Watch) -> None:
    """Let autotuning time bare launches while a call is observed: each choice counts as one."""
    from triton.runtime.autotuner import Autotuner

    original = Autotuner._bench

    def bench(self: Any, *args: Any, config: Any, **meta: Any) -> Any:
        def call() -> Any:
            return original(self, *args, config=config, **meta)

        if watch.around is None:
            return call()
        return watch.launch_triton(self.base_fn, (args, meta), call, _any_times)

    Autotuner._bench = bench


def interpret_library_functions() -> None:
    """Let interpreted kernels call Triton's own functions, which were made to be compiled."""
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    interpreted: dict[Any, Any] = {}

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.fn not in interpreted:
            interpreted[self.fn] = InterpretedFunction(self.fn)
        return interpreted[self.fn](*args, **kwargs)

    JITFunction.__call__ = call


def first_configuration_only() -> None:
    """Let `@triton.autotune` work where there is nothing to time: take the first choice."""
    from triton.runtime.autotuner import Autotuner

    prune = Autotuner.prune_configs

    def prune_configs(self: Any, kwargs: dict[str, Any]) -> list[Any]:
        return list(prune(self, kwargs))[:1]

    Autotuner.prune_configs = prune_configs


def watch_cpp(watch: Watch) -> None:
    """Route functions of `kerneldojo.cpp` through the watch."""
    from kerneldojo import cpp

    cpp.observe(watch.launch)


def watch_inline_extensions(watch: Watch) -> None:
    """Route functions of `torch.utils.cpp_extension.load_inline` modules through the watch."""
    from torch.utils import cpp_extension

    for name in ("load_inline", "load"):
        original = getattr(cpp_extension, name)
        setattr(cpp_extension, name, _watched_loader(original, watch))


def _watched_loader(original: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    def loader(*args: Any, **kwargs: Any) -> Any:
        module = original(*args, **kwargs)
        watched = types.SimpleNamespace()
        for name in dir(module):
            value = getattr(module, name)
            if callable(value) and not name.startswith("__"):
                value = _watched_function(name, value, watch)
            setattr(watched, name, value) if not name.startswith("__") else None
        return watched

    return loader


def _watched_function(name: str, function: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    def launch(*args: Any, **kwargs: Any) -> Any:
        return watch.launch(f"{name}()", (args, kwargs), lambda: function(*args, **kwargs))

    return launch
