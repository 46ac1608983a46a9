"""The example solutions against their references, without the evaluator in between."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kerneldojo.errors
from kerneldojo.problems import list_problems, load_problem
from kerneldojo.records import Language, Status
from tests.problems import check_examples
from tests.problems.check_examples import header

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*/*.py"))
HONEST = [path for path in FILES if header(path, "status") == "CORRECT"]


def folder(problem: str) -> Path:
    return EXAMPLES / problem.removeprefix("suite/").replace("/", "_")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_header_is_true(path):
    first_line = path.read_text().splitlines()[0]
    assert first_line.startswith('"""')
    assert "Expected: " in first_line
    for status in header(path, "status").split(", "):
        assert Status(status)
        assert status in first_line
    language = Language(header(path, "language"))
    marks = {Language.TRITON: "import triton", Language.CPP: "from kerneldojo.cpp import load"}
    assert marks[language] in path.read_text()
    assert folder(load_problem(header(path, "problem")).name) == path.parent


def test_every_problem_has_an_honest_and_a_cheating_solution():
    for problem in list_problems():
        for name in ("honest_triton.py", "honest_cpp.py", "cheating.py"):
            assert (folder(problem.name) / name).is_file(), f"{problem.name} lacks {name}"


def test_the_table_in_the_readme_names_every_problem():
    table = (EXAMPLES / "README.md").read_text()
    for problem in list_problems():
        assert f"`{folder(problem.name).name}`" in table


def measure(workload: str, files: list[Path], **environment: str) -> list[dict]:
    """Run all files in one fresh interpreter."""
    source = str(Path(kerneldojo.errors.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, check_examples.__file__, workload, *map(str, files)],
        env={**os.environ, "PYTHONPATH": source, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def agrees(result: dict) -> bool:
    """Whether the error is of the size that float32 sums of a few hundred terms may have."""
    assert result["dtypes_equal"]
    assert result["inputs_untouched"]
    return result["error"] <= 10 * max(result["reference_error"], 1.5e-6)


def test_triton_solutions_are_right_under_the_interpreter():
    pytest.importorskip("triton")
    files = [path for path in HONEST if header(path, "language") == "triton"]
    wrong = EXAMPLES / "fused_bias_gelu" / "wrong_triton.py"
    *honest, last = measure("small", [*files, wrong], TRITON_INTERPRET="1")
    assert len(honest) == len(files)
    assert [result["file"] for result in honest if not agrees(result)] == []
    assert not agrees(last)


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="no compiler")
@pytest.mark.parametrize("workload", ["small", "odd"])
def test_cpp_solutions_are_right(workload):
    files = [path for path in HONEST if header(path, "language") == "cpp"]
    results = measure(workload, files)
    assert len(results) == len(files)
    assert [result["file"] for result in results if not agrees(result)] == []
