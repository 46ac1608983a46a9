"""The referee's handle on one player: freeze, prepare, call under our clock, read, kill."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kerneldojo.errors import InfrastructureError
from kerneldojo.evaluation import wire
from kerneldojo.evaluation.arena import Arena, Placement
from kerneldojo.evaluation.referee import fault
from kerneldojo.evaluation.referee.freezer import Frozen, ProcessGone, Unstoppable
from kerneldojo.evaluation.sandbox import namespaces
from kerneldojo.records import FindingKind, Status
from kerneldojo.settings import Limits

WAITING = ("libgomp", "libiomp", "libomp")
"""Libraries in which idle threads of a pool spin."""
_MAPPING = re.compile(
    r"^(\w+)-(\w+) ..(.). \w+ (\S+) \d+ *(.*)$",
    re.MULTILINE,
)
"""A line of a memory map; the kernel escapes line ends in names."""
_ANSWERS = frozenset(
    {"confined", "loaded", "ready", "done", "inspection", "locked", "builds", "profiled"}
)


class Owner(Protocol):
    """Whoever forked a player and collects it when it has ended."""

    def reap(self, player: int) -> int:
        """Wait for an ended player; returns its exit code."""

    def forget(self, player: int) -> None:
        """Collect a killed player some time later."""


class PlayerLog:
    """What a player prints: a file in memory, so that printing never blocks nor is lost.

    The player's file-size limit bounds it; only the first part is kept.
    """

    def __init__(self, limits: Limits) -> None:
        self.fd = os.memfd_create("kerneldojo-log", os.MFD_CLOEXEC)
        self._room = limits.log_kb << 10

    def text(self) -> str:
        """Return what was printed."""
        return os.pread(self.fd, self._room, 0).decode("utf-8", "replace")

    def close(self) -> None:
        """Release the file."""
        os.close(self.fd)


@dataclass(frozen=True)
class Answer:
    """A finished call: our own clock's reading, and the player's description of outputs."""

    elapsed_ns: int
    node: Any
    claimed_ms: float | None = None
    """The device's own time, where it keeps one; never believed alone."""


class Mapping(NamedTuple):
    """One line of a process's memory map."""

    low: int
    high: int
    executable: bool
    device: str
    path: str


class Player:
    """One fresh, confined process. It is frozen except while one of these methods runs."""

    def __init__(
        self,
        owner: Owner,
        number: int,
        pidfd: int,
        channel: wire.Channel,
        arena: Arena,
        log: PlayerLog,
        scratch: Path | None,
    ) -> None:
        self._owner = owner
        self._number = number
        self.pidfd = pidfd
        self._channel = channel
        self._log = log
        self._scratch = scratch
        self._exit_code: int | None = None
        self._printed = ""
        self._bounds: list[tuple[int, int]] = []
        self._bounds_size = -1
        self.arena = arena
        self.pid = _pid_behind(pidfd)
        self.frozen = Frozen(self.pid, pidfd)
        self.sampler: Callable[[Player], None] | None = None

    def receive(self, timeout: float, stage: str) -> dict[str, Any]:
        """Return the next message; raises SolutionFault for anything but an expected answer."""
        try:
            message = self._channel.receive(timeout)
        except TimeoutError:
            raise fault.failed(
                Status.TIMEOUT, "Timeout", f"no answer within {timeout:g} s during {stage}"
            ) from None
        except wire.MalformedMessage as error:
            raise fault.hacked(FindingKind.FORGED_MESSAGE, str(error), stage) from error
        except wire.ChannelClosed:
            raise self._ended(stage) from None
        if (confession := fault.from_claim(message)) is not None:
            raise confession
        if not _ANSWERS & message.keys():
            raise fault.hacked(
                FindingKind.FORGED_MESSAGE, f"unknown message {str(message)[:80]}", stage
            )
        return message

    def ask(self, message: dict[str, Any], answer: str, timeout: float, stage: str) -> Any:
        """Thaw, ask, freeze again; returns the named answer."""
        try:
            self.frozen.thaw()
            self._channel.send({"arena": self.arena.size, **message})
            reply = self.receive(timeout, stage)
            self._freeze(stage)
        except (ProcessGone, wire.ChannelClosed):
            raise self._ended(stage) from None
        self._expect(reply, answer, stage)
        return reply[answer]

    def prepare(
        self, message: dict[str, Any], placement: Placement, timeout: float, stage: str
    ) -> None:
        """Describe the next call's inputs; their bytes are written later, while it is frozen."""
        self.arena.reserve(placement.end)
        self.ask({"op": "call", "inputs": placement.node, **message}, "ready", timeout, stage)

    def go(self, timeout: float, stage: str) -> Answer:
        """Start the clock, thaw, wait for the answer, stop the clock, freeze."""
        clock = time.perf_counter_ns
        sock, receive = self._channel.sock, self._channel.receive_bytes
        try:
            start = clock()
            sock.sendall(b"!")
            self.frozen.thaw()
            if self.sampler is not None:
                self.sampler(self)
            body = receive(timeout)
            elapsed = clock() - start
            gone = not self._freeze_if_there(stage)
        except TimeoutError:
            raise fault.failed(
                Status.TIMEOUT, "Timeout", f"no answer within {timeout:g} s during {stage}"
            ) from None
        except wire.MalformedMessage as error:
            raise fault.hacked(FindingKind.FORGED_MESSAGE, str(error), stage) from error
        except (OSError, ProcessGone, wire.ChannelClosed):
            raise self._ended(stage) from None
        try:
            message = wire.decode(body)
        except wire.MalformedMessage as error:
            raise fault.hacked(FindingKind.FORGED_MESSAGE, str(error), stage) from error
        if (confession := fault.from_claim(message)) is not None:
            raise confession
        if gone:
            raise self._ended(stage)
        self._expect(message, "done", stage)
        claim = message.get("device_ms")
        claimed = float(claim) if isinstance(claim, (int, float)) and claim >= 0 else None
        return Answer(elapsed, message["done"], claimed)

    def _freeze(self, stage: str) -> None:
        try:
            self.frozen.freeze()
        except Unstoppable as error:
            others = [pid for pid in namespaces.members(self.pid) if pid != self.pid]
            if not others:
                raise InfrastructureError(str(error)) from error
            raise fault.hacked(
                FindingKind.LATE_WORK,
                "another process it started kept it running while it was stopped",
                stage,
            ) from error

    def _freeze_if_there(self, stage: str) -> bool:
        try:
            self._freeze(stage)
        except ProcessGone:
            return False
        return True

    def mappings(self) -> list[Mapping]:
        """Return the memory map, as the kernel tells it."""
        text = Path(f"/proc/{self.pid}/maps").read_bytes().decode("utf-8", "replace")
        return [
            Mapping(int(low, 16), int(high, 16), executable == "x", device, path)
            for low, high, executable, device, path in _MAPPING.findall(text)
        ]

    def busy_threads(self) -> int:
        """Return how many threads of the frozen player were computing, waiting ones left out."""
        counters = self.frozen.program_counters()
        if not counters:
            return 0
        waiting = [m for m in self.mappings() if any(name in m.path for name in WAITING)]
        return sum(not any(m.low <= c < m.high for m in waiting) for c in counters)

    def arena_bounds(self) -> list[tuple[int, int]]:
        """Return where the arena lies in the player's memory."""
        if self._bounds_size != self.arena.size:
            self._bounds = [
                (mapping.low, mapping.high)
                for mapping in self.mappings()
                if "kerneldojo-arena" in mapping.path
            ]
            self._bounds_size = self.arena.size
        return self._bounds

    def scratch_device(self) -> str:
        """Return the device number, as in the memory map, of the player's scratch."""
        folder = self._scratch or Path(f"/proc/{self.pid}/root/tmp")
        number = folder.stat().st_dev
        return f"{os.major(number):02x}:{os.minor(number):02x}"

    def answering(self) -> bool:
        """Whether a message or the end of the player is waiting to be read."""
        return self._channel.pending

    def _expect(self, message: dict[str, Any], answer: str, stage: str) -> None:
        if answer not in message:
            raise fault.hacked(
                FindingKind.FORGED_MESSAGE, f"{sorted(message)[:3]} instead of {answer!r}", stage
            )
        if self._channel.pending:
            raise fault.hacked(
                FindingKind.FORGED_MESSAGE,
                "more bytes on the result channel than one answer",
                stage,
            )

    def _ended(self, stage: str) -> fault.SolutionFault:
        return fault.from_exit(self.end(grace_s=2.0), stage)

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._exit_code is not None or bool(select.select([self.pidfd], [], [], 0)[0])

    def end(self, grace_s: float = 0.0) -> int:
        """Make sure the player and all its descendants are gone; returns its exit code."""
        if self._exit_code is None:
            if not select.select([self.pidfd], [], [], grace_s)[0]:
                self._kill()
            self._exit_code = self._owner.reap(self._number)
            self._release()
        return self._exit_code

    def discard(self) -> None:
        """Kill the player and all its descendants without waiting for them to be gone."""
        if self._exit_code is None:
            self._kill()
            self._exit_code = -signal.SIGKILL
            self._owner.forget(self._number)
            self._release()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        self._kill_session()

    def _release(self) -> None:
        os.close(self.pidfd)
        self._channel.close()
        self._printed = self._log.text()
        self._log.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _kill_session(self) -> None:
        """Without a PID namespace, descendants are found by their session."""
        if self._scratch is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def log(self) -> str:
        """Return what the player has printed so far."""
        return self._printed if self._exit_code is not None else self._log.text()


def _pid_behind(pidfd: int) -> int:
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        for line in info:
            if line.startswith("Pid:"):
                return int(line.split()[1])
    raise InfrastructureError("a pidfd without a process")
