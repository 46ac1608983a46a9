"""Solutions are read safely, and what cannot be read is named."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerneldojo.errors import SolutionNotReadable, UsageError
from kerneldojo.evaluation.solution_source import load_solution
from kerneldojo.records import Language

TEXT = "import triton\n@triton.jit\ndef k(): pass\nclass ModelNew: pass\n"


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    solution = load_solution(path)
    assert (solution.source, solution.language) == (TEXT, Language.TRITON)
    assert solution.origin == str(path)
    assert load_solution(str(path)).digest == solution.digest


def test_from_text_and_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_solution(TEXT).origin == "<memory>"
    stdin = io.TextIOWrapper(io.BytesIO(TEXT.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert load_solution("-", language="cpp").language is Language.CPP


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"\x7fELF\x00\x01", "binary data"),
        ("x = 1\n".encode("utf-16"), "UTF-16"),
        (b"x = 1\ny = '\xe9'\n", "not UTF-8: byte 0xe9 on line 2"),
        (b"#" * 2049, "larger than 2 KiB"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(data)
    with pytest.raises(SolutionNotReadable, match=message):
        load_solution(path, limit_kb=2)


def test_missing_folder_device_and_odd_names(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text(TEXT)
    with pytest.raises(SolutionNotReadable, match=r"no solution file.*Did you mean 'solution.py'"):
        load_solution(tmp_path / "solutoin.py")
    with pytest.raises(SolutionNotReadable, match="is a folder"):
        load_solution(tmp_path)
    with pytest.raises(SolutionNotReadable, match="device"):
        load_solution("/dev/null")
    with pytest.raises(SolutionNotReadable, match="cannot be read"):
        load_solution("a\0b")
    with pytest.raises(SolutionNotReadable):
        load_solution("x" * 5000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text(TEXT)
    path.chmod(0)
    with pytest.raises(SolutionNotReadable, match="Permission denied"):
        load_solution(path)


def test_unknown_language_has_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'triton'"):
        load_solution(TEXT, language="tritn")


def test_reading_does_not_import_torch() -> None:
    program = (
        "import sys\nfrom kerneldojo.evaluation.solution_source import load_solution\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
