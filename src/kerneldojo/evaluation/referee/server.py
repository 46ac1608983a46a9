"""The referee as a process: one request at a time over a socket, until the socket closes.

python -m kerneldojo.evaluation.referee.server FD DEVICE ISOLATION
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from kerneldojo.errors import InfrastructureError, KernelDojoError
from kerneldojo.evaluation.lease import Lease
from kerneldojo.evaluation.wire import MAX_TRUSTED, Channel, ChannelClosed
from kerneldojo.records import Language, Problem, Solution
from kerneldojo.settings import EvaluationSettings

if TYPE_CHECKING:
    from kerneldojo.evaluation.referee.referee import Referee


def main() -> None:
    """Serve until the client goes away."""
    fd, device, isolation = sys.argv[1:4]
    sock = socket.socket(fileno=int(fd))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(sock,), daemon=True).start()
    channel = Channel(sock, MAX_TRUSTED)
    lease = Lease(device)
    try:
        # loading PyTorch and warming up must not disturb a measurement beside us
        with lease.shared():
            from kerneldojo.evaluation.referee.referee import Referee

            referee = Referee(device, isolation, lease)
            referee.warm()
    except InfrastructureError as error:
        channel.send(_fault(error))
        return
    channel.send({"ready": {"isolation": referee.isolation.value}})
    with contextlib.suppress(ChannelClosed):
        while True:
            message = channel.receive()
            try:
                channel.send(_answer(referee, message, channel))
            except ChannelClosed:
                raise
            except Exception as error:
                channel.send(_fault(error))
    referee.close()


def _answer(referee: Referee, message: dict[str, Any], channel: Channel) -> dict[str, Any]:
    settings = EvaluationSettings.model_validate(message["settings"])
    if message["op"] == "describe":
        where = referee.describe(settings, Language(message["language"]))
        return {"environment": where.model_dump(mode="json")}
    problem = Problem.model_validate(message["problem"])
    if message["op"] == "validate":
        from kerneldojo.evaluation.lint import examine

        report = examine(problem, settings, float(message["deadline_s"]))
        return {"report": report.model_dump(mode="json")}
    solution = Solution.model_validate(message["solution"])

    def on_stage(stage: str) -> None:
        channel.send({"stage": stage})

    evaluation = referee.evaluate(problem, solution, settings, on_stage)
    return {"evaluation": evaluation.model_dump(mode="json")}


def _fault(error: Exception) -> dict[str, Any]:
    """Describe a fault of ours; the client raises it again under its own name."""
    name = type(error).__name__ if isinstance(error, KernelDojoError) else "InfrastructureError"
    text = str(error) if isinstance(error, KernelDojoError) else traceback.format_exc()
    return {"fault": {"type": name, "message": text[-8000:]}}


def _leave_with(sock: socket.socket) -> None:
    """End this process, and with it zygote and players, as soon as the client is gone."""
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    poll.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
