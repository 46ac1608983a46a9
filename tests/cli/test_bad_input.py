"""Whatever is handed in, one clear line comes back: what happened, the value, what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("fake_evaluator")
PROBLEM = "suite/softmax/softmax"
UNREADABLE = {
    "empty.py": b"",
    "binary.py": bytes(range(256)) * 64,
    "latin1.py": "# gr\xfc\xdfe\n".encode("latin-1"),
    "huge.py": b"# " + b"x" * (50 << 20),
}


@pytest.mark.parametrize("name", list(UNREADABLE))
def test_unreadable_solutions(command: Command, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name])
    ran = command("eval", PROBLEM, path, "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert name in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", list(UNREADABLE))
def test_unreadable_problems(
    command: Command, tmp_path: Path, write: Callable[..., Path], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name])
    ran = command("eval", path, write())
    assert ran.code == 2
    assert name in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def broken(:\n", "syntax"),
        ("class Model:\n    pass\n", "get_inputs"),
        ("def get_inputs():\n    return []\n", "Model"),
    ],
)
def test_broken_problems(
    command: Command, tmp_path: Path, write: Callable[..., Path], source: str, complaint: str
) -> None:
    path = tmp_path / "problem.py"
    path.write_text(source)
    ran = command("eval", path, write())
    assert ran.code == 2
    assert complaint.lower() in ran.err.lower()


@pytest.mark.parametrize("where", ["missing.py", "folder"])
def test_what_is_no_file(command: Command, tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    ran = command("eval", PROBLEM, tmp_path / where)
    assert ran.code == 2
    assert where in ran.err


def test_a_misspelt_file_is_suggested(command: Command, write: Callable[..., Path]) -> None:
    path = write(name="softmax_triton.py")
    ran = command("eval", PROBLEM, path.with_name("softmax_tritn.py"))
    assert "softmax_triton.py" in ran.err


def test_nothing_runs_if_one_of_several_is_missing(
    command: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    ran = command("eval", PROBLEM, write(), tmp_path / "missing.py", "-o", tmp_path / "run")
    assert ran.code == 2
    assert not (tmp_path / "run").exists()
