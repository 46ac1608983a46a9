"""Solutions from folders, rows and our own stock; what is wrong with some of them is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.benchmark import SolutionSet, bench, load_solutions
from kerneldojo.errors import UsageError
from kerneldojo.problems import load_problem
from kerneldojo.records import Language
from kerneldojo.store import Run
from tests.benchmark.conftest import FakeEvaluator, problem, solution

PROBLEMS = [problem("suite/norm/layer_norm"), problem("kernelbench/level1/19")]
CODE = "class ModelNew: pass\n"
JUDGED = "# verdict: correct\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def write_rows(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def found(solutions: SolutionSet) -> dict[str, list[int]]:
    return {
        name: [answer.sample for answer in answers]
        for name, answers in solutions.by_problem.items()
    }


def test_a_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        norm__layer_norm=CODE,
        level_1_problem_19_sample_1_kernel=CODE,
        level_1_problem_19_sample_0_kernel="",
        level_3_problem_7_sample_0_kernel=CODE,
        _helper=CODE,
    )
    (tmp_path / "notes.txt").write_text("no solution")
    (tmp_path / "level1_19_sample_2.py").write_bytes(b"\xff\xfe")
    solutions = load_solutions(tmp_path, PROBLEMS)
    assert found(solutions) == {"suite/norm/layer_norm": [0], "kernelbench/level1/19": [0, 1]}
    assert len(solutions) == 3
    binary, stranger = solutions.complaints
    assert "level1_19_sample_2.py: not UTF-8 text (byte 0)" in binary
    assert "no problem named 'level_3_problem_7' was asked for" in stranger


def test_one_sample_given_twice(tmp_path: Path) -> None:
    write(tmp_path, level1__19="# a\n", level1_19="# b\n")
    solutions = load_solutions(tmp_path, PROBLEMS)
    [answer] = solutions.by_problem["kernelbench/level1/19"]
    assert answer.solution.source == "# a\n"
    [complaint] = solutions.complaints
    assert "sample 0 of kernelbench/level1/19 was given before" in complaint
    assert str(tmp_path / "level1" / "19.py") in complaint


def test_rows(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "answers.jsonl",
        {"problem": "norm/layer_norm", "code": CODE, "model": "m", "temperature": 1},
        {"problem": "norm/layer_norm", "source": "import triton\n"},
        {"level": 1, "problem_id": 19, "sample_id": 4, "code": CODE, "language": "cuda"},
        "",
    )
    solutions = load_solutions(path, PROBLEMS)
    assert solutions.complaints == ()
    assert found(solutions) == {"suite/norm/layer_norm": [0, 1], "kernelbench/level1/19": [4]}
    [answer] = solutions.by_problem["kernelbench/level1/19"]
    assert answer.solution.language is Language.CUDA
    assert answer.solution.origin == f"{path}:3"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "not a line of JSON"),
        ("[1]", "the line is no JSON object"),
        ("[" * 100_000, "not a line of JSON"),
        ({"code": CODE}, "column 'problem': missing"),
        ({"problem": 7, "code": CODE}, "column 'problem': 7"),
        ({"problem": "layer_norm"}, "column 'code': missing"),
        ({"problem": "layer_norm", "text": CODE}, "Its columns: problem, text"),
        ({"problem": "layer_norm", "code": ["x"]}, "column 'code': ['x']"),
        ({"problem": "layer_norm", "code": CODE, "sample": -1}, "column 'sample': -1"),
        ({"problem": "layer_norm", "code": CODE, "sample": True}, "column 'sample': True"),
        ({"level": "one", "problem_id": 1, "code": CODE}, "column 'level': 'one'"),
        (
            {"problem": "layer_norm", "code": CODE, "language": "tritn"},
            "needs triton, cuda, cpp. Did you mean 'triton'?",
        ),
        ({"problem": "layer_norm", "code": "#" * 3000}, "larger than 2 KiB"),
    ],
)
def test_a_bad_row_is_told_with_its_place_and_the_rest_loads(
    tmp_path: Path, row: Any, complaint: str
) -> None:
    path = write_rows(tmp_path / "a.jsonl", row, {"problem": "layer_norm", "code": CODE})
    solutions = load_solutions(path, PROBLEMS, limit_kb=2)
    assert len(solutions) == 1
    [told] = solutions.complaints
    assert told.startswith(f"{path}:1: ")
    assert complaint in told


def test_many_strangers_are_one_complaint(tmp_path: Path) -> None:
    rows = [{"problem": f"other/{n}", "code": CODE} for n in range(9)]
    path = write_rows(tmp_path / "a.jsonl", {"problem": "layer_norm", "code": CODE}, *rows, *rows)
    [told] = load_solutions(path, PROBLEMS).complaints
    assert told.startswith("solutions of 9 problems that were not asked for")
    assert "other/0, other/1, other/2, other/3, other/4 and 4 more" in told


def test_empty_and_ambiguous_answers_are_answers(tmp_path: Path) -> None:
    """A model that says nothing, or mixes languages, has failed: it must not vanish."""
    mixed = (
        "import triton\n@triton.jit\ndef k(x): pass\n"
        'SOURCE = r"""__global__ void k() { }"""\n'
        "from torch.utils.cpp_extension import load_inline\n"
        "m = load_inline('m', cuda_sources=SOURCE)\n"
    )
    path = write_rows(
        tmp_path / "a.jsonl",
        {"problem": "layer_norm", "code": ""},
        {"problem": "layer_norm", "code": mixed},
    )
    solutions = load_solutions(path, PROBLEMS)
    assert found(solutions) == {"suite/norm/layer_norm": [0, 1]}
    assert all("two languages" in told for told in solutions.complaints)
    assert len(solutions.complaints) == 1


def test_half_characters_do_not_end_the_bench(tmp_path: Path, evaluator: FakeEvaluator) -> None:
    path = write_rows(
        tmp_path / "a.jsonl", {"problem": "layer_norm", "code": "'\ud800'\n" + JUDGED}
    )
    odd = tmp_path / "odd\udcff"
    write(odd, layer_norm=JUDGED)
    for number, where in enumerate((path, odd)):
        run = bench(PROBLEMS, load_solutions(where, PROBLEMS), evaluator, tmp_path / str(number))
        assert [one.status for one in run.outcomes()] == ["CORRECT"]
    assert next(iter(Run.open(tmp_path / "0").solutions().values())).source.startswith("'?'")


def test_parquet_says_the_same_as_jsonl(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        {"problem": "layer_norm", "code": CODE, "sample": 2, "note": "x"},
        {"problem": "layer_norm", "code": None, "sample": None, "note": "y"},
        {"problem": "level1/19", "code": CODE, "sample": None, "note": "z"},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    write_rows(tmp_path / "a.jsonl", *rows)
    tabular = load_solutions(tmp_path / "a.parquet", PROBLEMS)
    lines = load_solutions(tmp_path / "a.jsonl", PROBLEMS)
    assert found(tabular) == found(lines)
    assert found(lines) == {"suite/norm/layer_norm": [2], "kernelbench/level1/19": [0]}
    [told] = tabular.complaints
    assert told.startswith(f"{tmp_path / 'a.parquet'}:2: column 'code': missing")
    parquet.write_table(arrow.table({"problem": ["a"], "answer": ["b"]}), tmp_path / "c.parquet")
    with pytest.raises(UsageError, match=r"no column 'code' or 'source'.*: problem, answer"):
        load_solutions(tmp_path / "c.parquet", PROBLEMS)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        load_solutions(tmp_path / "b.parquet", PROBLEMS)


def test_gold_solutions_of_what_is_asked() -> None:
    softmax = load_problem("suite/softmax/softmax")
    solutions = load_solutions("gold", [softmax, *PROBLEMS[1:]])
    assert found(solutions) == {"suite/softmax/softmax": [0]}


def test_what_is_no_source_of_solutions(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There are no solutions at 'nowhere'"):
        load_solutions("nowhere", PROBLEMS)
    (tmp_path / "a.csv").write_text("problem,code\n")
    with pytest.raises(UsageError, match=r"neither a \.jsonl nor a \.parquet"):
        load_solutions(tmp_path / "a.csv", PROBLEMS)
    with pytest.raises(UsageError, match="no solution of the problems asked for"):
        load_solutions(write(tmp_path, stranger=CODE), PROBLEMS)


def test_the_first_samples(tmp_path: Path) -> None:
    rows = [{"problem": "layer_norm", "code": CODE, "sample": n} for n in (5, 1, 3)]
    solutions = load_solutions(write_rows(tmp_path / "a.jsonl", *rows), PROBLEMS)
    assert found(solutions.first(2)) == {"suite/norm/layer_norm": [1, 3]}
    with pytest.raises(UsageError, match="0 samples"):
        solutions.first(0)


def test_a_set_of_one_solution_each() -> None:
    solutions = SolutionSet.of({"suite/norm/layer_norm": solution()})
    assert [answer.sample for answer in solutions.answers(PROBLEMS[0])] == [0]
    assert list(solutions.answers(PROBLEMS[1])) == []
