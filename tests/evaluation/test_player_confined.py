"""What a player can see and do, asked of real players that report in their error's message.

The static rules are left out here: the walls must hold without the sign at the gate. Most
questions are put by bare system calls, which no hook in the interpreter can see.
"""

from __future__ import annotations

import ast
import errno
import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

import kerneldojo
from kerneldojo.evaluation import static_check
from kerneldojo.evaluation.referee.referee import Referee
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.records import Evaluation, FindingKind, Status
from kerneldojo.settings import EvaluationSettings
from tests.evaluation import samples
from tests.evaluation.conftest import SECRET, Judge
from tests.evaluation.samples import cpp, python

SOCKET, CONNECT, SOCKETPAIR, FORK, EXECVE, PTRACE, MOUNT = 41, 42, 53, 57, 59, 101, 165
UNSHARE, SETNS, READV, BPF, CHROOT, IO_URING, KEYCTL = 272, 308, 310, 321, 161, 425, 250
OPENAT, KILL, LINK = 257, 62, 86

PROXY = '''
import os
import torch
from kerneldojo.cpp import load

lib = load(r"""
#include <cerrno>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" int32_t ask(int64_t n, int64_t a, int64_t b, int64_t c, int64_t d) {
    long r = syscall(n, a, b, c, d, 0, 0);
    return r < 0 ? -errno : (int32_t)r;
}
extern "C" int32_t split() {
    long r = syscall(57);
    if (r == 0) syscall(231, 0);
    if (r > 0) waitpid(r, nullptr, 0);
    return r < 0 ? -errno : 1;
}
extern "C" void line(const float* x, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = 3.0f * x[i] + 1.0f;
}
""")


def text(value):
    return torch.tensor([*os.fsencode(value), 0], dtype=torch.uint8)


def ask(number, *arguments):
    kept = [text(one) if isinstance(one, str) else one for one in arguments]
    plain = [one.data_ptr() if isinstance(one, torch.Tensor) else one for one in kept]
    return lib.ask(number, *plain, *[0] * (4 - len(plain)))


class ModelNew(torch.nn.Module):
    def forward(self, x):
        BODY
'''


@pytest.fixture(autouse=True)
def walls(referee: Referee, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip where the walls are lower, and do without the static rules."""
    if referee.isolation is not IsolationLevel.NAMESPACES or platform.machine() != "x86_64":
        pytest.skip(f"isolation {referee.isolation} on {platform.machine()}")
    monkeypatch.setattr(static_check, "check_source", lambda solution: ())


def told(evaluation: Evaluation) -> Any:
    """Return what a solution said with `raise RuntimeError(repr(...))`."""
    assert evaluation.error is not None, evaluation.findings
    assert evaluation.error.type == "RuntimeError", evaluation.error
    return ast.literal_eval(evaluation.error.message)


def system(judge: Judge, call: str, settings: EvaluationSettings = samples.QUICK) -> Evaluation:
    return judge(cpp(PROXY.replace("BODY", f"raise RuntimeError(repr({call}))")), settings=settings)


def seen(judge: Judge, expression: str) -> Any:
    return told(judge(python(f"raise RuntimeError(repr({expression}))")))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (f"ask({SOCKET}, 2, 1)", errno.EPERM),
        (f"ask({SOCKET}, 1, 1)", errno.EPERM),
        (f"ask({SOCKETPAIR}, 1, 1, 0, torch.zeros(2, dtype=torch.int32))", errno.EPERM),
        (f"ask({IO_URING}, 8, torch.zeros(64, dtype=torch.int64))", errno.EPERM),
        (f"ask({KEYCTL}, 0)", errno.EPERM),
        (f"ask({OPENAT}, -100, '/etc/shadow', 0)", errno.EACCES),
        (f"ask({OPENAT}, -100, '/proc/sys/kernel/core_pattern', 1)", errno.EACCES),
        (f"ask({LINK}, '/etc/passwd', '/tmp/link')", errno.EXDEV),
        (f"ask({KILL}, 4000, 9)", errno.ESRCH),
    ],
)
def test_refused_calls(judge: Judge, call: str, code: int) -> None:
    assert told(system(judge, call)) == -code


@pytest.mark.parametrize(
    "call",
    [
        f"ask({PTRACE}, 0)",
        f"ask({UNSHARE}, 0x10000000)",
        f"ask({MOUNT}, 'none', '/tmp', 'tmpfs')",
        f"ask({SETNS}, 0)",
        f"ask({READV}, 1)",
        f"ask({BPF}, 0)",
        f"ask({CHROOT}, '/tmp')",
    ],
)
def test_deadly_calls(judge: Judge, call: str) -> None:
    found = system(judge, call)
    assert found.status is Status.HACKED
    assert found.findings[0].kind is FindingKind.SANDBOX_VIOLATION
    assert "SIGSYS" in found.findings[0].evidence


def test_our_own_code_and_foreign_files_cannot_be_read(judge: Judge, tmp_path: Path) -> None:
    secret = Path.home() / f".kerneldojo-test-{os.getpid()}"
    secret.write_text("secret")
    try:
        package = Path(kerneldojo.__file__).parent
        paths = [
            package / "evaluation" / "wire.py",
            package / "problems" / "suite" / "norm" / "rms_norm.py",
            package,
            Path(__file__),
            secret,
            Path.home(),
        ]
        calls = ", ".join(f"ask({OPENAT}, -100, {str(path)!r}, 0)" for path in paths)
        answers = told(system(judge, f"[{calls}]"))
        assert set(answers) <= {-errno.EACCES, -errno.ENOENT}, dict(
            zip(paths, answers, strict=True)
        )
    finally:
        secret.unlink()


def test_nothing_can_be_written_outside_the_scratch(judge: Judge) -> None:
    home, prefix = Path.home(), Path(sys.prefix)
    folders = ["/", "/usr", "/etc", "/var/tmp", "/proc", "/sys", "/dev", str(home), str(prefix)]
    create = os.O_CREAT | os.O_WRONLY
    calls = ", ".join(
        f"ask({OPENAT}, -100, '{folder}/kerneldojo-test', {create}, 0o600)" for folder in folders
    )
    answers = told(system(judge, f"[{calls}]"))
    assert all(answer < 0 for answer in answers), dict(zip(folders, answers, strict=True))
    inside = f"ask({OPENAT}, -100, '/tmp/mine', {create}, 0o600)"
    assert told(system(judge, inside)) > 2


def test_only_its_own_processes_are_to_be_seen(judge: Judge) -> None:
    names = seen(judge, "[int(n) for n in os.listdir('/proc') if n.isdigit()]")
    assert names == [1]
    assert seen(judge, "(os.getpid(), os.getppid())") == (1, 0)


def test_no_privilege_is_left(judge: Judge) -> None:
    opened = f"ask({OPENAT}, -100, '/proc/self/status', 0)"
    lines = told(system(judge, f"os.read({opened}, 100_000).decode()")).splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapInh", "CapBnd"))
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_the_environment_holds_no_secrets(judge: Judge) -> None:
    assert os.environ[SECRET] == "hunter2"
    environment = seen(judge, "dict(os.environ)")
    assert SECRET not in environment
    assert "hunter2" not in str(environment)
    read = f"ask({OPENAT}, -100, '/proc/self/environ', 0)"
    found = told(system(judge, f"os.read({read}, 100_000).decode('latin-1')"))
    assert "hunter2" not in found
    assert not {"HOME", "USER", "LOGNAME"} & {line.partition("=")[0] for line in found.split("\0")}


def test_no_descriptor_leads_outside(judge: Judge) -> None:
    links = "(f'/proc/self/fd/{number}' for number in range(64))"
    targets = seen(judge, f"[os.readlink(link) for link in {links} if os.path.islink(link)]")
    assert len(targets) >= 4
    for target in targets:
        assert target.startswith(("/dev/null", "socket:", "/memfd:kerneldojo")), target


def test_a_player_does_not_see_the_one_before(judge: Judge) -> None:
    write = "[open(f'{d}/left', 'w').write('x') for d in ('/tmp', '/dev/shm')]"
    assert seen(judge, write) == [1, 1]
    assert seen(judge, "[os.path.exists(f'{d}/left') for d in ('/tmp', '/dev/shm')]") == [False] * 2
    assert seen(judge, "sorted(os.listdir('/tmp'))") == ["solution.py"]


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_the_scratch_has_a_size(judge: Judge, folder: str) -> None:
    body = f"""
try:
    for number in range(100):
        with open(f'{folder}/{{number}}', 'wb', buffering=0) as file:
            file.write(bytes(1 << 20))
except OSError as error:
    raise RuntimeError(repr((number, error.errno)))
raise RuntimeError(repr('no limit'))
"""
    number, code = told(judge(python(body)))
    assert code == errno.ENOSPC
    assert 20 <= number <= 32


def test_a_full_scratch_disk_is_the_solution_s_own_trouble(judge: Judge) -> None:
    setup = """
with open('/tmp/full', 'wb', buffering=0) as file:
    try:
        while file.write(bytes(1 << 16)):
            pass
    except OSError:
        pass
"""
    settings = samples.limits(scratch_mb=4)
    source = samples.CPP.replace("class ModelNew", setup.strip() + "\n\n\nclass ModelNew")
    assert judge(cpp(source), settings=settings).status is Status.CORRECT
    late = samples.CPP.replace("lib = load", setup.strip() + "\n\nlib = load")
    found = judge(cpp(late), settings=settings)
    assert found.status in (Status.COMPILE_ERROR, Status.RUNTIME_ERROR)
    assert found.error is not None and "No space left" in found.error.message


def test_a_file_has_a_size(judge: Judge) -> None:
    settings = samples.limits(file_mb=1)
    body = """
try:
    with open('/tmp/large', 'wb', buffering=0) as file:
        while True:
            file.write(bytes(1 << 18))
except OSError as error:
    raise RuntimeError(repr((error.errno, os.path.getsize('/tmp/large'))))
"""
    assert told(judge(python(body), settings=settings)) == (errno.EFBIG, 1 << 20)


def test_no_core_is_dumped_and_files_are_few(judge: Judge) -> None:
    names = "__import__('resource')"
    assert seen(judge, f"{names}.getrlimit({names}.RLIMIT_CORE)") == (0, 0)
    soft, hard = seen(judge, f"{names}.getrlimit({names}.RLIMIT_NOFILE)")
    assert soft == hard <= 1024


LOCKED = """
        answers = ANSWERS
        if any(answer == -1 for answer in answers):
            raise RuntimeError(repr(answers))
        out = torch.empty_like(x)
        lib.line(x, out, x.numel())
        return out
"""


@pytest.mark.parametrize(
    ("call", "before"),
    [("lib.split()", 1), (f"ask({EXECVE}, '/nowhere')", -errno.ENOENT)],
    ids=["fork", "exec"],
)
def test_once_locked_no_process_and_no_program_can_be_started(
    judge: Judge, call: str, before: int
) -> None:
    source = PROXY.replace("        BODY", LOCKED.replace("ANSWERS", f"[{call}]"))
    # verification alone runs before the lock: everything is allowed there
    assert judge(cpp(source)).status is Status.CORRECT
    assert told(system(judge, call)) == before
    assert told(judge(cpp(source), settings=samples.TIMED)) == [-errno.EPERM]


def test_threads_are_fine_once_locked(judge: Judge) -> None:
    body = """
        import threading
        out = torch.empty_like(x)
        thread = threading.Thread(target=lib.line, args=(x, out, x.numel()))
        thread.start()
        thread.join()
        return out
"""
    found = judge(cpp(PROXY.replace("        BODY", body)), settings=samples.TIMED)
    assert found.status is Status.CORRECT, (found.error, found.findings)


def test_a_process_left_behind_is_late_work(judge: Judge) -> None:
    body = f"""
        if not hasattr(self, "left"):
            self.left = ask({FORK})
            while self.left == 0:
                ask(34)  # the child waits for a signal
        out = torch.empty_like(x)
        lib.line(x, out, x.numel())
        return out
"""
    found = judge(cpp(PROXY.replace("        BODY", body)))
    assert found.status is Status.HACKED
    assert FindingKind.LATE_WORK in {finding.kind for finding in found.findings}
