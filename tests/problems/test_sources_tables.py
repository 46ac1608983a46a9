"""JSON Lines, Parquet, exported problems and data sets of the Hugging Face hub."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems import export_problems, load_problem, load_problems
from tests.problems.test_load import MINIMAL, python_path


@pytest.fixture
def table(tmp_path: Path):
    def _write(*rows: object, name: str = "tasks.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) + "\n")
        return path

    return _write


def parquet(path: Path, rows: list[dict]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def test_columns_become_facts(table) -> None:
    row = {"name": "relu", "code": MINIMAL, "level": "level 2", "description": "max(x, 0)"}
    [problem] = load_problems([table(row | {"tags": ["a"], "license": "BSD"})]).problems
    assert (problem.name, problem.source, problem.licence) == ("relu", MINIMAL, "BSD")
    assert (problem.metadata.level, problem.metadata.tags) == (2, ("a",))
    assert problem.metadata.description == "max(x, 0)"
    assert problem.origin.endswith("tasks.jsonl: row 1")


def test_what_the_file_declares_goes_before_the_table(table) -> None:
    code = MINIMAL + "METADATA = {'level': 3}\n"
    [problem] = load_problems([table({"code": code, "level": 1})]).problems
    assert problem.metadata.level == 3


@pytest.mark.parametrize("column", ["code", "source", "reference", "pytorch_code"])
def test_the_code_column_is_found(table, column: str) -> None:
    rows = table({"id": 1, column: MINIMAL}, {"id": 2, column: MINIMAL, "problem_id": 7})
    assert [p.name for p in load_problems([rows]).problems] == ["tasks/1", "tasks/7"]


def test_the_code_column_can_be_named(table) -> None:
    rows = table({"code": "no", "ref": MINIMAL})
    assert load_problems([rows], code_column="ref").problems
    assert load_problems([rows]).refused


def test_a_table_without_one_says_which_columns_there_are(table) -> None:
    with pytest.raises(UsageError, match=r"columns are id, codes\. Did you mean 'codes'.*--code-c"):
        load_problems([table({"id": 1, "codes": MINIMAL})])


def test_the_licence_of_a_table_is_told_or_unknown(table) -> None:
    rows = table({"code": MINIMAL})
    assert load_problems([rows]).problems[0].licence == "unknown"
    assert load_problems([rows], licence="MIT").problems[0].licence == "MIT"


def test_bad_rows_are_told_by_row_and_column_and_the_rest_loads(table) -> None:
    path = table(
        {"code": MINIMAL, "name": "good"},
        "{not json",
        "[1, 2]",
        {"code": None},
        {"code": "class Model: pass"},
        {"code": "def ("},
        {"code": MINIMAL, "level": 9},
        {"code": MINIMAL, "tags": "norm"},
        {"code": MINIMAL, "name": "two\nlines"},
        {"code": MINIMAL, "name": "good"},
        "",
        {"code": MINIMAL, "name": "last"},
    )
    loaded = load_problems([path])
    assert [problem.name for problem in loaded.problems] == ["good", "last"]
    told = {refusal.where.rpartition(" ")[2]: refusal.reason for refusal in loaded.refused}
    expected = {
        "2": "not JSON",
        "3": "a list, not an object",
        "4": "column 'code': nothing",
        "5": "column 'code': does not define 'get_inputs'",
        "6": "column 'code': line 1",
        "7": "column 'level': 9 is not 1, 2, 3 or 4",
        "8": "column 'tags': 'norm', not a list of text",
        "9": "column 'name': 'two\\nlines' holds control characters",
        "10": "a second problem named 'good'",
    }
    assert told.keys() == expected.keys()
    for row, reason in expected.items():
        assert told[row].startswith(reason), row


def test_rows_of_a_folder_s_tables_are_named_by_their_paths(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "tasks.jsonl").write_text(json.dumps({"code": MINIMAL}) + "\n")
    loaded = load_problems([tmp_path])
    assert [problem.name for problem in loaded.problems] == ["test/tasks/1", "train/tasks/1"]
    assert not loaded.refused


def test_an_empty_table_holds_no_problems(table) -> None:
    with pytest.raises(ProblemNotFound, match=r"tasks\.jsonl holds no problems"):
        load_problem(table())


def test_one_row_can_be_named(table) -> None:
    path = table({"code": MINIMAL, "name": "a"}, {"code": MINIMAL, "name": "b"})
    assert load_problem(f"{path}::b").name == "b"
    with pytest.raises(ProblemNotFound, match=r"no problem named 'bb'\. Did you mean 'b'"):
        load_problem(f"{path}::bb")


def test_parquet_is_read_like_json_lines(tmp_path: Path) -> None:
    rows = [{"name": "a", "code": MINIMAL, "level": 1}, {"name": "b", "code": None, "level": 1}]
    loaded = load_problems([parquet(tmp_path / "t.parquet", rows)])
    assert [problem.name for problem in loaded.problems] == ["a"]
    assert "row 2" in loaded.refused[0].where


def test_a_file_that_is_no_parquet_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_text("nonsense")
    with pytest.raises(ProblemNotFound, match="not a readable Parquet file"):
        load_problems([tmp_path / "t.parquet"])


def test_a_folder_of_kernelbench_parquet_goes_by_kernelbench_names(tmp_path: Path) -> None:
    for level in (1, 2):
        rows = [
            {"code": MINIMAL, "level": level, "name": f"{k}_x", "problem_id": k} for k in (1, 2, 3)
        ]
        parquet(tmp_path / "data" / f"level_{level}-00000-of-00001.parquet", rows)
    found = load_problems(["kernelbench/level2/2-3"], kernelbench_root=tmp_path).problems
    assert [problem.name for problem in found] == ["kernelbench/level2/2", "kernelbench/level2/3"]
    assert {problem.licence for problem in found} == {"MIT"}
    assert load_problem("kernelbench/level1/3", kernelbench_root=tmp_path).metadata.level == 1


@pytest.mark.parametrize("name", ["out", "out.jsonl", "out.parquet"])
def test_what_is_exported_reads_back_the_same(tmp_path: Path, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    problems = load_problems(["suite/norm", "suite/softmax@cpu"]).problems
    read = load_problems([export_problems(problems, tmp_path / name)]).problems
    facts = lambda found: {p.name: (p.metadata, p.source) for p in found}  # noqa: E731
    before, after = facts(problems), facts(read)
    assert before.keys() == after.keys()
    for key, (metadata, source) in before.items():
        assert after[key][0] == metadata
        assert after[key][1].startswith(source.rstrip())


def test_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    [problem] = load_problems(["suite/norm/layer_norm"]).problems
    for name in ("../../up", "/root/x", "a b/../c"):
        export_problems([problem.model_copy(update={"name": name})], tmp_path / "out")
    inside = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.py")]
    assert inside == ["out"] * 3


def test_two_names_for_one_file_are_an_error(tmp_path: Path) -> None:
    [problem] = load_problems(["suite/norm/layer_norm"]).problems
    twins = [problem.model_copy(update={"name": name}) for name in ("a b", "a?b")]
    with pytest.raises(UsageError, match="both be written"):
        export_problems(twins, tmp_path)


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("pyarrow", "load_problems(['t.parquet'])"),
        ("pyarrow", "export_problems(load_problems(['suite/norm']).problems, 'x.parquet')"),
        ("huggingface_hub", "load_problems(['hf:org/name'])"),
    ],
)
def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, module: str, call: str) -> None:
    (tmp_path / "t.parquet").touch()
    code = f"import sys; sys.modules[{module!r}] = None\nfrom kerneldojo.problems import *\n{call}"
    done = run(code, tmp_path)
    assert "pip install 'kerneldojo[data]'" in done.stderr
    assert "UsageError" in done.stderr


def test_no_network_is_told_and_what_works_without(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    code = (
        "from kerneldojo.problems import *\nload_problems(['hf:ScalingIntelligence/KernelBench'])"
    )
    done = run(code, tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert "cannot be downloaded: is there a network?" in done.stderr
    assert "ProblemNotFound" in done.stderr


def test_a_data_set_s_files_are_read_from_where_the_hub_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = pytest.importorskip("huggingface_hub")
    rows = [{"code": MINIMAL, "level": 1, "name": "1_x", "problem_id": 1}]
    parquet(tmp_path / "data" / "level_1.parquet", rows)
    asked = []
    monkeypatch.setattr(
        hub, "snapshot_download", lambda name, **how: asked.append(name) or str(tmp_path)
    )
    names = [
        load_problems([f"hf:{name}"]).problems[0].name
        for name in ("ScalingIntelligence/KernelBench", "org/other")
    ]
    assert names == ["kernelbench/level1/1", "1_x"]
    assert asked == ["ScalingIntelligence/KernelBench", "org/other"]
    with pytest.raises(ProblemNotFound, match="hf:ORG/NAME"):
        load_problems(["hf:nonsense"])


def run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": "/usr/bin", **python_path(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
