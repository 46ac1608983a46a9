"""Examples and gold solutions against their references, without the evaluator in between."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kerneldojo.errors
from kerneldojo.problems import gold, load_problem
from kerneldojo.problems.gold import gold_solutions
from kerneldojo.records import Language, Status
from tests.problems import check_examples
from tests.problems.check_examples import header

EXAMPLES = Path(__file__).parents[2] / "examples"
GOLD = Path(gold.__file__).parent
FOLDERS = [path for path in sorted(EXAMPLES.iterdir()) if path.is_dir() and path.name != "refine"]
"""Those with solutions of bundled problems; `refine` holds a module file (docs/refine.md)."""
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.py"))]
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


def test_every_folder_has_an_honest_and_a_cheating_solution():
    for path in FOLDERS:
        for name in ("honest_cpp.py", "cheating.py"):
            assert (path / name).is_file(), f"{path.name} lacks {name}"


def test_the_table_in_the_readme_names_every_folder():
    table = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.iterdir():
        assert not path.is_dir() or f"`{path.name}`" in table


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
    """Whether the errors are of the size that an honest kernel may have."""
    return result["types_equal"] and result["inputs_untouched"] and result["error"] <= 1


def gold_files(workload: str) -> list[Path]:
    """Return the gold solutions of the problems that have such a workload."""
    return [
        GOLD / f"{name.removeprefix('suite/')}.py"
        for name in gold_solutions()
        if workload in [declared.name for declared in load_problem(name).metadata.workloads]
    ]


@pytest.mark.parametrize("workload", ["small", "bf16"])
def test_gold_solutions_are_right(workload):
    pytest.importorskip("triton")
    files = gold_files(workload)
    assert len(files) >= 16
    results = measure(workload, files)
    assert len(results) == len(files)
    assert [result["file"] for result in results if not agrees(result)] == []


def test_the_interpreter_agrees():
    pytest.importorskip("triton")
    chosen = ["fused/bias_gelu", "softmax/softmax", "scan/cumsum", "reduction/column_sum"]
    wrong = EXAMPLES / "fused_bias_gelu" / "wrong_triton.py"
    files = [*(GOLD / f"{name}.py" for name in chosen), wrong]
    *honest, last = measure("small", files, TRITON_INTERPRET="1")
    assert len(honest) == len(chosen)
    assert [result["file"] for result in honest if not agrees(result)] == []
    assert not agrees(last)


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="no compiler")
@pytest.mark.parametrize("workload", ["small", "odd"])
def test_cpp_solutions_are_right(workload):
    files = [path for path in HONEST if header(path, "language") == "cpp"]
    results = measure(workload, files)
    assert len(results) == len(files)
    assert [result["file"] for result in results if not agrees(result)] == []
