"""The filters as programs: run here by hand, instruction by instruction."""

from __future__ import annotations

import errno
import platform
import struct

import pytest

from kerneldojo.evaluation.sandbox import seccomp

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="system-call numbers of x86_64"
)
X86_64, X86, ALLOW = 0xC000003E, 0x40000003, 0x7FFF0000
DENY, NO_CALL, KILL = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
THREAD = 0x003D0F00
NEW_USER = 0x10000000


@pytest.fixture(params=["forbid_escape", "forbid_processes"])
def program(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[int, ...]]:
    return assembled(request.param, monkeypatch)


def assembled(name: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    kept: list[tuple[int, ...]] = []

    def keep(self: seccomp._Program) -> None:
        self.add(seccomp._RET, seccomp._ALLOW)
        kept.extend(self.code)

    monkeypatch.setattr(seccomp._Program, "install", keep)
    getattr(seccomp, name)()
    return kept


def run(program: list[tuple[int, ...]], number: int, argument: int = 0, arch: int = X86_64) -> int:
    data = struct.pack("<IIQ6Q", number, arch, 0, argument, 0, 0, 0, 0, 0)
    held, at = 0, 0
    while True:
        code, then, otherwise, operand = program[at]
        at += 1
        if code == seccomp._RET:
            return operand
        if code == seccomp._LD:
            (held,) = struct.unpack_from("<I", data, operand)
            continue
        met = {
            seccomp._JEQ: held == operand,
            seccomp._JGE: held >= operand,
            seccomp._JSET: bool(held & operand),
        }[code]
        at += then if met else otherwise


def number_of(name: str) -> int:
    number = seccomp._NUMBERS[name][0]
    assert number is not None
    return number


def test_every_jump_stays_inside(program: list[tuple[int, ...]]) -> None:
    for at, (_, then, otherwise, _) in enumerate(program):
        assert at + 1 + max(then, otherwise) < len(program) or program[at][0] == seccomp._RET
        assert max(then, otherwise) < 256
    assert program[-1][0] == seccomp._RET
    assert len(program) < 4096


def test_other_architectures_are_killed(program: list[tuple[int, ...]]) -> None:
    assert run(program, 0, arch=X86) == KILL
    assert run(program, 0x40000000 | 41) == KILL


@pytest.mark.parametrize("number", [0, 1, 9, 202, 230, 334])
def test_ordinary_calls_pass(program: list[tuple[int, ...]], number: int) -> None:
    assert run(program, number) == ALLOW


def test_threads_may_be_made_under_both(program: list[tuple[int, ...]]) -> None:
    assert run(program, number_of("clone"), THREAD) == ALLOW


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        *((name, DENY) for name in seccomp._REFUSED),
        *((name, KILL) for name in seccomp._KILLED),
        ("clone3", NO_CALL),
        ("fork", ALLOW),
        ("execve", ALLOW),
    ],
)
def test_the_first_filter(name: str, verdict: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(assembled("forbid_escape", monkeypatch), number_of(name)) == verdict


def test_new_namespaces_are_killed_by_their_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    program = assembled("forbid_escape", monkeypatch)
    assert run(program, number_of("clone"), NEW_USER | 17) == KILL
    assert run(program, number_of("clone"), 17) == ALLOW


@pytest.mark.parametrize("name", ["fork", "vfork", "execve", "execveat"])
def test_the_second_filter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(assembled("forbid_processes", monkeypatch), number_of(name)) == DENY


def test_the_second_filter_knows_processes_by_their_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    program = assembled("forbid_processes", monkeypatch)
    assert run(program, number_of("clone"), 17) == DENY
    assert run(program, number_of("clone"), 0x4000 | 0x100 | 17) == DENY


def test_numbers_are_all_different() -> None:
    for column in (0, 1):
        numbers = [pair[column] for pair in seccomp._NUMBERS.values() if pair[column] is not None]
        assert len(numbers) == len(set(numbers))
