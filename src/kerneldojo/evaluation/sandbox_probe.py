"""A live self-test of the sandbox: confine a process as a player would be, then try to get out.

python -m kerneldojo.evaluation.sandbox_probe FOREIGN_FILE
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from kerneldojo.evaluation.sandbox import Confinement, IsolationLevel, kernel, namespaces, strongest
from kerneldojo.records.base import Record
from kerneldojo.settings import Limits

_TIMEOUT_S = 60
_LIMITS = Limits(memory_mb=512, scratch_mb=16)
_OTHER_ERROR = 200


class Attempt(Record):
    """One way out that was tried."""

    name: str
    contained: bool
    how: str
    """What stopped it, or that nothing did."""


class SandboxReport(Record):
    """The level this machine offers and what it was seen to withstand."""

    level: str
    attempts: tuple[Attempt, ...]

    @property
    def held(self) -> bool:
        """Whether every attempt was contained."""
        return all(attempt.contained for attempt in self.attempts)


def probe_sandbox() -> SandboxReport:
    """Confine a process at the strongest level there is, and let it try to get out.

    Raises:
        RuntimeError: if the confined process did not report.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".kerneldojo-probe") as foreign:
        foreign.write("not for players")
        foreign.flush()
        done = subprocess.run(
            [sys.executable, "-m", "kerneldojo.evaluation.sandbox_probe", foreign.name],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"no report (exit code {done.returncode}): {done.stderr.strip()[-500:]}")
    return SandboxReport.model_validate(json.loads(done.stdout))


def _main(foreign: Path) -> None:
    level = strongest()
    observer = os.getpid()
    with tempfile.TemporaryDirectory() as scratch:
        if level is IsolationLevel.NAMESPACES:
            namespaces.enter()
            kernel.unshare(kernel.CLONE_NEWPID)
        confined = Confinement(level)
        child = os.fork()
        if child == 0:
            confined.apply(_LIMITS, Path("/tmp" if level is IsolationLevel.NAMESPACES else scratch))
            attempts = [_try(name, way) for name, way in _ways_out(foreign, observer).items()]
            report = SandboxReport(level=level.value, attempts=tuple(attempts))
            print(report.model_dump_json(), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


def _ways_out(foreign: Path, observer: int) -> dict[str, Callable[[], object]]:
    import kerneldojo

    word = ctypes.create_string_buffer(8)
    address = ctypes.addressof(word)
    return {
        "open a network socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "read another program's file": foreign.read_text,
        "read the judge's source": Path(kerneldojo.__file__).read_text,
        "write outside the scratch folder": lambda: _create(Path(sys.prefix) / "probe"),
        "write into the home folder": lambda: _create(Path.home() / ".kerneldojo-probe"),
        "signal the judge": lambda: os.kill(observer, 0),
        "read the judge's memory": lambda: kernel.read_process_memory(
            observer, address, address, len(word)
        ),
        "enter a namespace of its own": lambda: kernel.unshare(kernel.CLONE_NEWUSER),
        "mount a file system": lambda: kernel.mount("none", "/tmp", "tmpfs", 0),
        "take more memory than allowed": lambda: mmap.mmap(-1, (_LIMITS.memory_mb + 1024) << 20),
    }


def _create(path: Path) -> None:
    path.touch(exist_ok=False)
    path.unlink()


def _try(name: str, way_out: Callable[[], object]) -> Attempt:
    """Try one way in a fork of its own: some answers of the sandbox are deadly."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            way_out()
        except OSError as error:
            code = min(error.errno or _OTHER_ERROR, _OTHER_ERROR)
        except BaseException:
            code = _OTHER_ERROR
        os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Attempt(name=name, contained=False, how="nothing stopped it")
    if code < 0:
        how = f"killed by {signal.Signals(-code).name}"
    else:
        how = os.strerror(code) if code < _OTHER_ERROR else "refused"
    return Attempt(name=name, contained=True, how=how)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
