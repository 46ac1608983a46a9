"""A process that has imported everything and does nothing but fork players.

It never touches a device nor starts a thread, so a fork of it is cheap and sound: a fresh,
fully isolated player takes milliseconds instead of an interpreter's start.

    python -m kerneldojo.evaluation.zygote CONTROL_FD LEVEL DEVICE
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerneldojo.evaluation.sandbox import confinement, namespaces
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.evaluation.wire import MAX_TRUSTED, Channel, ChannelClosed


def main(prepare: Callable[[], None] = lambda: None) -> None:
    """Serve spawn and reap requests until the referee goes away.

    `prepare` runs once everything is imported, before any player is forked.
    """
    control_fd, level_name, device = sys.argv[1:4]
    level = confinement.strongest() if level_name == "auto" else IsolationLevel(level_name)
    if level is IsolationLevel.NAMESPACES:
        namespaces.enter()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=int(control_fd)), MAX_TRUSTED)
    _warm_up()
    prepare()
    confined = confinement.Confinement(level, cuda=device.startswith("cuda"))
    zygote = _Zygote(channel, confined)
    channel.send({"warm": level.value})
    with contextlib.suppress(ChannelClosed):
        zygote.serve()


def _warm_up() -> None:
    """Import and touch what players need, on one thread and without any device."""
    import torch
    import torch.utils.cpp_extension

    import kerneldojo.cpp
    import kerneldojo.evaluation.player.harness  # noqa: F401
    from kerneldojo.evaluation.player import native_triton
    from kerneldojo.evaluation.player.census import Census

    _keep_freed_memory()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    native_triton.warm_up()
    example = torch.ones(4, 4)
    census = Census(torch.zeros(1), (1, 16), ghost=False, known=[example])
    with census, torch.no_grad():
        product = torch.nn.functional.relu(example @ example + torch.empty_like(example))
        census.around_launch("warm", [product], lambda: product.sum().item(), lambda: None)
    census.report()
    gc.collect()
    gc.freeze()


def _run_program(program: dict[str, Any], scratch: Path) -> None:
    """Put files into the scratch folder and become another program; never returns."""
    for name, content in program["files"].items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    environment = {**os.environ, **program["environment"]}
    argv = [part.replace("{scratch}", str(scratch)) for part in program["argv"]]
    environment = {
        key: value.replace("{scratch}", str(scratch)) for key, value in environment.items()
    }
    os.execve(argv[0], argv, environment)


def _keep_freed_memory() -> None:
    """Let large buffers be reused rather than unmapped: page faults would drown timings."""
    trim_threshold, mmap_threshold = -1, -3
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(mmap_threshold, 32 << 20)
        libc.mallopt(trim_threshold, 1 << 30)


class _Zygote:
    def __init__(self, channel: Channel, confined: confinement.Confinement) -> None:
        self._channel = channel
        self._confinement = confined
        self._children: dict[int, int] = {}
        self._nested = confined.level is IsolationLevel.NAMESPACES
        self._home = os.open("/proc/self/ns/pid", os.O_RDONLY) if self._nested else -1

    def serve(self) -> None:
        while True:
            message, fds = self._channel.receive_fds(3)
            for player in message["killed"]:
                self._wait(player)
            if message["op"] == "spawn":
                self._spawn(message, fds)
            else:
                code = self._wait(message["player"])
                self._channel.send({"reaped": message["player"], "code": code})

    def _spawn(self, message: dict[str, Any], fds: list[int]) -> None:
        from kerneldojo.evaluation.sandbox import kernel

        if self._nested:
            kernel.unshare(kernel.CLONE_NEWPID)
        child = os.fork()
        if child == 0:
            self._become_player(message, fds)
        if self._nested:
            kernel.setns(self._home)
        for fd in fds:
            os.close(fd)
        handle = os.pidfd_open(child)
        self._children[message["player"]] = child
        self._channel.send({"spawned": message["player"]}, (handle,))
        os.close(handle)

    def _become_player(self, message: dict[str, Any], fds: list[int]) -> None:
        """Confine this fork and serve the harness in it; never returns."""
        code = 97
        try:
            from kerneldojo.evaluation.player.harness import Harness
            from kerneldojo.settings import Limits

            sock_fd, arena_fd, log_fd = fds
            self._channel.close()
            if self._nested:
                os.close(self._home)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            scratch = Path("/tmp") if self._nested else Path(message["scratch"])
            os.environ.update(HOME=str(scratch), TMPDIR=str(scratch))
            os.environ["TRITON_HOME"] = str(scratch)
            os.environ["TORCH_EXTENSIONS_DIR"] = str(scratch / "extensions")
            nothing = os.open("/dev/null", os.O_RDONLY)
            for target, fd in ((0, nothing), (1, log_fd), (2, log_fd)):
                os.dup2(fd, target)
            os.close(nothing)
            os.close(log_fd)
            program = message.get("program")
            self._confinement.apply(
                Limits(**message["limits"]), scratch, address_space=program is None
            )
            if program is not None:
                _run_program(program, scratch)
            channel = Channel(socket.socket(fileno=sock_fd), MAX_TRUSTED)
            channel.send({"confined": True})
            Harness(channel, arena_fd, scratch).serve()
            code = 0
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def _wait(self, player: int) -> int:
        _, status = os.waitpid(self._children.pop(player), 0)
        return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
