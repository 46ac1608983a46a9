"""The referee's handle on its zygote: asks for players, and for programs confined like them."""

from __future__ import annotations

import base64
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerneldojo.errors import InfrastructureError, IsolationUnavailable
from kerneldojo.evaluation import wire
from kerneldojo.evaluation.arena import Arena
from kerneldojo.evaluation.referee import fault
from kerneldojo.evaluation.referee.freezer import ProcessGone
from kerneldojo.evaluation.referee.player_process import Player, PlayerLog
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.settings import Limits

ZYGOTE_PROGRAM: tuple[str, ...] = ("-m", "kerneldojo.evaluation.zygote")
_WARM_UP_S = 120.0
_SPAWN_S = 30.0
_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "CXX",
    "PYTHONPATH",
)


class Zygote:
    """Owns the zygote's process and asks it for players."""

    def __init__(self, device: str, level: str = "auto") -> None:
        ours, theirs = wire.channel_pair(wire.MAX_TRUSTED)
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, *ZYGOTE_PROGRAM, str(theirs.fileno()), level, device],
            pass_fds=(theirs.fileno(),),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        theirs.close()
        self._channel = ours
        self._count = 0
        self._killed: list[int] = []
        self._device = device
        self.level = IsolationLevel.NONE

    def wait_warm(self) -> None:
        """Wait until players can be had.

        Raises:
            InfrastructureError: if the zygote ends first; carries what it printed.
        """
        try:
            self.level = IsolationLevel(self._channel.receive(_WARM_UP_S)["warm"])
        except (wire.ChannelClosed, TimeoutError) as error:
            self._process.kill()
            _, printed = self._process.communicate()
            tail = printed.decode(errors="replace").strip()[-2000:]
            raise InfrastructureError(f"the zygote did not start: {tail}") from error

    def require(self, floor: IsolationLevel) -> None:
        """Raise IsolationUnavailable if players would be isolated worse than `floor`."""
        if not self.level.at_least(floor):
            raise IsolationUnavailable(
                f"isolation here is {self.level.value!r}, below the floor {floor.value!r}; "
                "run `kerneldojo doctor` to see which mechanism is missing"
            )

    def spawn(self, limits: Limits, arena: Arena) -> Player:
        """Fork a fresh player that shares the arena; it is confined when this returns.

        Raises:
            InfrastructureError: if it does not get that far; no solution is in it yet.
        """
        player = self._fork(limits, arena, None)
        try:
            player.receive(_SPAWN_S, "start")
            player.frozen.freeze()
        except (fault.SolutionFault, ProcessGone) as error:
            player.end()
            printed = player.log().strip()[-1000:]
            raise InfrastructureError(f"a player did not start: {error} {printed}") from error
        return player

    def _fork(self, limits: Limits, arena: Arena, program: dict[str, Any] | None) -> Player:
        self._count += 1
        channel, theirs = wire.channel_pair(wire.MAX_CLAIM)
        log = PlayerLog(limits)
        scratch = None
        if self.level is not IsolationLevel.NAMESPACES:
            scratch = Path(tempfile.mkdtemp(prefix="kerneldojo-player-"))
        request = {
            "op": "spawn",
            "killed": self._take_killed(),
            "player": self._count,
            "limits": limits.model_dump(),
            "scratch": str(scratch),
            "program": program,
        }
        try:
            self._channel.send(request, (theirs.fileno(), arena.fd, log.fd))
            _, (pidfd,) = self._channel.receive_fds(1, _SPAWN_S)
        except (wire.ChannelClosed, TimeoutError, ValueError) as error:
            raise InfrastructureError("the zygote is gone") from error
        finally:
            theirs.close()
        return Player(self, self._count, pidfd, channel, arena, log, scratch)

    def run(self, program: Program, limits: Limits, arena: Arena) -> tuple[int, str]:
        """Run a program confined like a player; returns its exit code and what it printed.

        Raises:
            TimeoutError: if it was still running after `limits.load_s`; it is gone then.
        """
        player = self._fork(limits, arena, program.as_message())
        ended = select.select([player.pidfd], [], [], limits.load_s)[0]
        code = player.end()
        if not ended:
            raise TimeoutError(f"still running after {limits.load_s:g} s")
        return code, player.log()

    def reap(self, player: int) -> int:
        """Wait for an ended player; returns its exit code, negative for a signal."""
        try:
            self._channel.send({"op": "reap", "player": player, "killed": self._take_killed()})
            return int(self._channel.receive(_SPAWN_S)["code"])
        except (wire.ChannelClosed, TimeoutError) as error:
            raise InfrastructureError("the zygote is gone") from error

    def forget(self, player: int) -> None:
        """Have the zygote collect a killed player when it is asked for something next."""
        self._killed.append(player)

    def _take_killed(self) -> list[int]:
        killed, self._killed = self._killed, []
        return killed

    def close(self) -> None:
        """End the zygote and with it every player."""
        self._channel.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


@dataclass(frozen=True)
class Program:
    """Something to run confined; `{scratch}` stands for its private folder."""

    argv: list[str]
    environment: dict[str, str]
    files: dict[str, bytes]

    def as_message(self) -> dict[str, Any]:
        """Return it as plain data."""
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        return {"argv": self.argv, "environment": self.environment, "files": files}
