"""Record Triton launches and compile each kernel for an absent GPU."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from triton import knobs
from triton.runtime.autotuner import OutOfResources
from triton.runtime.jit import JITFunction

from kerneldojo.evaluation.aot import KernelBuild
from kerneldojo.evaluation.aot_host import shared_limit

MOST_CONFIGURATIONS = 6
"""Configurations of an autotuned kernel that are compiled; the others count as slower."""

_REGISTERS = re.compile(r"Used (\d+) registers")
_SPILLS = re.compile(r"(\d+) bytes spill stores")
_OPTIONS = ("num_warps", "num_stages", "num_ctas")


class AheadKernel:
    """Stands for a compiled kernel: its figures can be asked for, launching does nothing."""

    def __init__(self, build: KernelBuild, compiled: Any) -> None:
        self.n_regs = build.registers
        self.n_spills = (build.spills or 0) // 4
        self.n_max_threads = 1024
        self.metadata = compiled.metadata if compiled else SimpleNamespace(shared=0)
        self.asm = compiled.asm if compiled else {}
        self.name = build.name
        self.function = None

    def _init_handles(self) -> None:
        """Do nothing: there is no device to load it on."""

    def __getitem__(self, grid: Any) -> Callable[..., None]:
        """Return a launcher that does nothing."""
        return lambda *args, **kwargs: None


class Recorder:
    """Takes the place of `JITFunction.run` and compiles instead of launching."""

    def __init__(self, number: int) -> None:
        self._limit = shared_limit(number)
        self._found: dict[str, tuple[str, KernelBuild, AheadKernel, bool]] = {}
        self._binders: dict[int, tuple[Any, ...]] = {}
        self._tuned: dict[str, int] = {}
        self._tuning = False
        self.launched = False

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Replace launches for the time being."""
        original = JITFunction.run
        recorder = self

        def run(function: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
            return recorder._run(function, args, grid, kwargs)

        JITFunction.run = run
        try:
            yield
        finally:
            JITFunction.run = original

    def benchmark(self, call: Callable[[], Any], quantiles: Any = None, **options: Any) -> Any:
        """Stand for Triton's benchmark: build once, call all configurations equally fast."""
        before, self._tuning = self._tuning, True
        try:
            call()
        finally:
            self._tuning = before
        return [1.0] * len(quantiles) if quantiles else 1.0

    def builds(self) -> list[KernelBuild]:
        """Return what was built; failed autotuning candidates only if nothing else remains."""
        sound = {owner for owner, build, _, _ in self._found.values() if build.error is None}
        return [
            build
            for owner, build, _, tuned in self._found.values()
            if build.error is None or not tuned or owner not in sound
        ]

    def _run(
        self, function: Any, args: tuple[Any, ...], grid: Any, kwargs: dict[str, Any]
    ) -> AheadKernel:
        self.launched = True
        kwargs["debug"] = kwargs.get("debug", function.debug) or knobs.runtime.debug
        kwargs["instrumentation_mode"] = knobs.compilation.instrumentation_mode
        kwargs["fpsan_homomorphic_casts"] = knobs.compilation.fpsan_homomorphic_casts
        for hook in function.pre_run_hooks:
            hook(*args, **kwargs)
        if id(function) not in self._binders:
            # the function rides along, so that its id is not given to another
            self._binders[id(function)] = (*function.create_binder(), function)
        target, backend, binder = self._binders[id(function)][2:5]
        bound, specialisation, options = binder(*args, **kwargs)
        if callable(grid):
            grid = grid(bound)
        owner = f"{function.module}.{function.fn.__qualname__}"
        key = f"{id(function)}{specialisation}{options}"
        if key not in self._found:
            self._admit(owner)
            pack = (backend, kwargs, bound, specialisation, options)
            built = self._build(function, target, pack)
            self._found[key] = (owner, *built, self._tuning)
        _, build, kernel, _ = self._found[key]
        if self._tuning and build.error is not None:
            raise OutOfResources(0, 0, build.error)  # autotuning then passes over it
        return kernel

    def _admit(self, owner: str) -> None:
        if self._tuning:
            self._tuned[owner] = self._tuned.get(owner, 0) + 1
            if self._tuned[owner] > MOST_CONFIGURATIONS:
                raise OutOfResources(0, 0, "configurations tried")

    def _build(
        self, function: Any, target: Any, pack: tuple[Any, ...]
    ) -> tuple[KernelBuild, AheadKernel]:
        name = function.fn.__name__
        log = io.StringIO()
        configuration = ""
        try:
            options, signature, constexprs, attrs = function._pack_args(*pack)
            configuration = _describe(function, constexprs, options)
            source = function.ASTSource(function, signature, constexprs, attrs)
            with contextlib.redirect_stdout(log):
                compiled = function.compile(source, target=target, options=options.__dict__)
        except Exception as error:
            build = KernelBuild(name, error=_explain(error), configuration=configuration)
            return build, AheadKernel(build, None)
        shared = int(compiled.metadata.shared)
        too_much = shared > self._limit
        build = KernelBuild(
            name=name,
            registers=_number(_REGISTERS, log.getvalue()),
            spills=_number(_SPILLS, log.getvalue()),
            shared_bytes=shared,
            ptx_bytes=len(compiled.asm["ptx"]),
            error=(
                f"out of resource: shared memory, required: {shared}, hardware limit: "
                f"{self._limit}. Reducing block sizes or `num_stages` may help."
                if too_much
                else None
            ),
            configuration=configuration,
        )
        return build, AheadKernel(build, compiled)


def _describe(function: Any, constexprs: dict[Any, Any], options: Any) -> str:
    named = []
    for path, value in constexprs.items():
        if (
            len(path) == 1
            and isinstance(value, (int, float, str))
            and not function.params[path[0]].name.startswith("_")
        ):
            named.append(f"{function.params[path[0]].name}={value}")
    named += [f"{one}={getattr(options, one)}" for one in _OPTIONS if hasattr(options, one)]
    return ", ".join(named)


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.findall(text)
    return int(found[-1]) if found else None


def _explain(error: BaseException) -> str:
    """Return the message of the innermost cause that has one, cut to what can be read."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and len(seen) < 5:
        seen.append(current)
        current = current.__cause__
    texts = [f"{type(one).__name__}: {one}".strip() for one in seen if str(one).strip()]
    text = "\n".join(dict.fromkeys(texts)) or type(error).__name__
    text = re.sub(r"\nRepro command:.*", "", text)
    return text if len(text) <= 4000 else text[:2000] + "\n...\n" + text[-1900:]
