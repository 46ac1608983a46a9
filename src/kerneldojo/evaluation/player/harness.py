"""The player's side of the conversation: load a solution, then answer calls.

The referee prepares a call, freezes this process, writes the inputs' bytes, starts its
clock, lets the process go on and sends one byte. Nothing here is believed: what it sends
are claims, and outputs are read by the referee out of this process's memory.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kerneldojo.evaluation import aot, aot_cuda, aot_host, aot_record, tree
from kerneldojo.evaluation.player import audit, candidate, failure, launches, native_triton
from kerneldojo.evaluation.player.census import Census, count_only
from kerneldojo.evaluation.player.device import Device, open_device, profile_device
from kerneldojo.evaluation.player.memory import ArenaView, StrangeOutput
from kerneldojo.evaluation.sandbox import seccomp
from kerneldojo.evaluation.wire import Channel, ChannelClosed

TAMPER_EXIT = 86
_NOT_OURS = ("kerneldojo.cpp", "kerneldojo.triton_cpu")
"""What solutions build on; the rest is the harness's own."""


class Harness:
    """Serves one player's life."""

    def __init__(self, channel: Channel, arena_fd: int, scratch: Path) -> None:
        self._channel = channel
        self._arena = ArenaView(arena_fd)
        self._scratch = scratch
        self._source_file = scratch / "solution.py"
        self._watch = launches.Watch()
        self._device: Device
        self._kind: Callable[..., Any]
        self._model: torch.nn.Module
        self._run: Callable[[], Any] = lambda: None
        self._observer: Census | None = None
        self._outputs: Any = None
        self._surface: dict[tuple[str, str], object] = {}

    def serve(self) -> None:
        """Answer messages until told to stop."""
        operations: dict[str, Callable[[dict[str, Any]], None]] = {
            "load": self._load,
            "construct": self._construct,
            "call": self._call,
            "collect": self._collect,
            "inspect": self._inspect,
            "profile": self._profile,
            "lock": self._lock,
            "ahead": self._compile_ahead,
            "ahead_cuda": self._compile_cuda_ahead,
        }
        with contextlib.suppress(ChannelClosed):
            while True:
                message = self._channel.receive()
                try:
                    operations[message["op"]](message)
                except ChannelClosed:
                    raise
                except BaseException as error:
                    loading = message["op"] in ("load", "construct")
                    self._channel.send(
                        {
                            "error": failure.describe(
                                error, loading=loading, source_file=str(self._source_file)
                            )
                        }
                    )

    def _load(self, message: dict[str, Any]) -> None:
        torch.set_num_threads(message["threads"])
        self._device = open_device(message["device"])
        self._source_file.write_text(message["source"], encoding="utf-8", newline="")
        self._prepare_languages(message)
        self._hide_ourselves()
        torch.manual_seed(message["seed"])
        self._kind = candidate.load(self._source_file, message["entry_point"])
        self._construct(message)

    def _construct(self, message: dict[str, Any]) -> None:
        init = _clone_tensors(self._decode(message["init"], message["arena"]))
        state = self._decode(message["state"], message["arena"])
        self._model = candidate.construct(
            self._kind, init, message["seed"], training=message["training"]
        )
        self._model.to(self._device.torch_device)
        candidate.adopt_state(self._model, state)
        self._channel.send({"loaded": True})

    def _prepare_languages(self, message: dict[str, Any]) -> None:
        self._watch.solution_file = str(self._source_file)
        launches.watch_triton(self._watch)
        launches.watch_cpp(self._watch)
        launches.watch_inline_extensions(self._watch)
        native_triton.choose(message["device"], interpret=message["interpret"])
        if message["interpret"]:
            launches.interpret_library_functions()
            launches.first_configuration_only()

    def _hide_ourselves(self) -> None:
        """Leave no road from `sys.modules` to the harness; set the tripwires."""
        for name in list(sys.modules):
            if name.startswith("kerneldojo") and not name.startswith(_NOT_OURS):
                del sys.modules[name]
        sys.modules["__main__"] = types.ModuleType("__main__")
        self._surface = audit.snapshot()
        channel, leave = self._channel, os._exit

        def report(kind: str, what: str, where: str) -> None:
            channel.send({"finding": {"kind": kind, "evidence": what, "where": where}})
            leave(TAMPER_EXIT)

        audit.install(report, str(self._source_file), str(self._scratch))

    def _decode(self, node: tree.Node, size: int) -> Any:
        return tree.decode(
            node,
            lambda spec: self._device.bring(self._arena.tensor(spec, size)),
            self._device.torch_device,
        )

    def _call(self, message: dict[str, Any]) -> None:
        """Prepare, say so, wait for the starting byte, run, say so."""
        self._outputs = None
        inputs = self._decode(message["inputs"], message["arena"])
        run = self._runner(message, inputs)
        observe = message["observe"]
        self._observer = self._census(message, inputs) if observe else None
        self._watch.reset()
        self._watch.around = self._observer.around_launch if self._observer else None
        self._watch.around_foreign = self._observer.around_foreign if self._observer else None
        mode = self._observer if self._observer else contextlib.nullcontext()
        start, finish = self._device.start, self._device.finish
        gc.disable()
        self._channel.send({"ready": True})
        self._channel.sock.recv(1)
        try:
            with mode:
                start()
                outputs = run()
            node = finish(outputs)
        except StrangeOutput as strange:
            self._channel.send({"strange": str(strange)})
            return
        finally:
            gc.enable()
            self._watch.around = self._watch.around_foreign = None
        self._outputs = outputs
        self._channel.send({"done": node, "device_ms": self._device.elapsed_ms()})

    def _runner(self, message: dict[str, Any], inputs: list[Any]) -> Callable[[], Any]:
        model = self._model
        if message.get("noop"):
            nothing = torch.empty(1)
            return lambda: nothing
        if message["cotangents"] is None:
            return lambda: candidate.forward(model, inputs)
        cotangents = self._decode(message["cotangents"], message["arena"])
        names = message["parameters"]
        return lambda: candidate.forward_and_backward(model, inputs, cotangents, names)

    def _census(self, message: dict[str, Any], inputs: Any) -> Census:
        fractions = torch.tensor(message["fractions"], dtype=torch.float64)
        known = launches.tensors_in(inputs)
        return Census(
            fractions, tuple(message["sizes"]), ghost=message["observe"] == "ghost", known=known
        )

    def _collect(self, message: dict[str, Any]) -> None:
        """Describe the outputs of the last call, in host memory."""
        try:
            self._outputs, node = self._device.collect(self._outputs)
        except StrangeOutput as strange:
            self._channel.send({"strange": str(strange)})
            return
        self._channel.send({"done": node})

    def _inspect(self, message: dict[str, Any]) -> None:
        """Report what was observed during the last call."""
        report: dict[str, Any] = {"launches": count_only(self._watch)}
        if self._observer is not None:
            outputs = self._outputs
            if isinstance(outputs, dict) and "gradients" in outputs:
                outputs = outputs["outputs"]
            self._observer.final(outputs)
            report["census"] = self._observer.report()
            self._observer = None
        report["replaced"] = audit.replaced(self._surface)[:8]
        report["compilers"] = [
            name
            for name in ("torch._inductor.codecache", "torch._dynamo.convert_frame")
            if name in sys.modules
        ]
        report["libraries"] = sorted(_own_libraries(self._scratch))
        self._channel.send({"inspection": report})

    def _profile(self, message: dict[str, Any]) -> None:
        """Report which kernels ran on the device during some calls, and for how long."""
        inputs = self._decode(message["inputs"], message["arena"])
        run = self._runner({**message, "cotangents": None}, inputs)
        self._watch.reset()
        rows = profile_device(run, message["calls"], self._device)
        launches = count_only(self._watch)
        peak = torch.cuda.max_memory_allocated(self._device.torch_device)
        self._channel.send({"profiled": {"rows": rows, "launches": launches, "peak": peak}})

    def _lock(self, message: dict[str, Any]) -> None:
        """Give up making processes, for good."""
        if message["seccomp"]:
            seccomp.forbid_processes()
        self._channel.send({"locked": True})

    def _compile_ahead(self, message: dict[str, Any]) -> None:
        """Load the source for a GPU that is not there, and compile what a call launches."""
        number = aot.architecture_number(message["arch"])
        self._device = open_device("cpu")
        self._source_file.write_text(message["source"], encoding="utf-8", newline="")
        self._watch.solution_file = str(self._source_file)
        inputs = self._decode(message["inputs"], message["arena"])
        init = _clone_tensors(self._decode(message["init"], message["arena"]))
        self._hide_ourselves()
        with aot_host.pretend_gpu(number):
            kind = candidate.load(self._source_file, message["entry_point"])
            model = candidate.construct(kind, init, message["seed"], training=message["training"])
            builds = aot_record.record_and_compile(model, inputs, message["arch"])
        self._channel.send({"builds": [build.as_dict() for build in builds]})

    def _compile_cuda_ahead(self, message: dict[str, Any]) -> None:
        """Compile CUDA texts; the solution itself is not imported."""
        builds = [
            build
            for text in message["texts"]
            for build in aot_cuda.compile_cuda(text, message["arch"], message["timeout_s"])
        ]
        self._channel.send({"builds": [build.as_dict() for build in builds]})


def _clone_tensors(init: Any) -> Any:
    args, kwargs = init

    def own(value: Any) -> Any:
        return value.clone() if isinstance(value, torch.Tensor) else value

    return [own(value) for value in args], {key: own(value) for key, value in kwargs.items()}


def _own_libraries(scratch: Path) -> set[str]:
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps if "r-xp" in line}
    return {path for path in paths if path.startswith(str(scratch))}
