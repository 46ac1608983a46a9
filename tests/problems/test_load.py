import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerneldojo.errors import InvalidProblem, ProblemNotFound
from kerneldojo.problems import list_problems, load_problem, load_problem_file

INPUTS = "def get_inputs(): return []\n"
MINIMAL = "class Model: pass\n" + INPUTS


@pytest.fixture
def write(tmp_path):
    def _write(content: str | bytes, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def test_a_bundled_problem_loads_by_name():
    problem = load_problem("suite/fused/bias_gelu")
    assert problem.name == "suite/fused/bias_gelu"
    assert problem.licence == "Apache-2.0"
    assert problem.metadata.workloads[0].name == "base"
    assert Path(problem.origin).read_text() == problem.source


def test_the_bundled_problems_have_sorted_unique_names():
    names = [problem.name for problem in list_problems()]
    assert len(names) >= 16
    assert names == sorted(set(names))


@pytest.mark.parametrize("as_type", [str, Path])
def test_a_file_loads_by_path_and_is_named_after_itself(write, as_type):
    problem = load_problem(as_type(write(MINIMAL, "relu.py")))
    assert (problem.name, problem.licence, problem.source) == ("relu", "unknown", MINIMAL)


def test_a_file_without_suffix_loads_if_it_exists(write):
    assert load_problem(str(write(MINIMAL, "reference"))).name == "reference"


def test_get_init_inputs_and_metadata_may_be_absent(write):
    assert load_problem_file(write(MINIMAL)).metadata.workloads == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("suite/fused/bias_gleu", "suite/fused/bias_gelu"),
        ("bias_gelu", "suite/fused/bias_gelu"),
        ("softmax", "suite/softmax/softmax"),
        ("swish", "suite/elementwise/swish"),
        ("suite/norm/rmsnorm", "suite/norm/rms_norm"),
    ],
)
def test_an_unknown_name_gets_a_suggestion(wrong, right):
    with pytest.raises(ProblemNotFound, match=f"Did you mean '{right}'"):
        load_problem(wrong)


@pytest.mark.parametrize("name", ["", "qqqq", "suite/../load", "suite/", "nul\0byte"])
def test_other_nonsense_is_not_found(name):
    with pytest.raises(ProblemNotFound):
        load_problem(name)


def test_a_missing_file_a_folder_and_a_pipe_are_not_found(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "absent.py", tmp_path / "empty", tmp_path / "pipe.py"):
        with pytest.raises(ProblemNotFound, match=path.name):
            load_problem(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "empty"),
        ("  \n\n", "empty"),
        ("class Model:\n    def (\n", "line 2"),
        ("def get_inputs(): return []", "'Model'"),
        ("class Model: pass", "'get_inputs'"),
        ("class Other:\n    class Model: pass\n    def get_inputs(self): pass", "'Model'"),
        (b"\x7fELF\x02\x00\x00\x01", "binary"),
        (bytes(range(1, 256)), "not UTF-8"),
        ("# caf\u00e9\n".encode("latin-1") + MINIMAL.encode(), "not UTF-8"),
        (MINIMAL + "#" * 1_000_000, "larger than"),
        ("(" * 100_000, "mine.py"),
        (MINIMAL + "-" * 100_000 + "1", "mine.py"),
        (MINIMAL + "METADATA = {'workloads': [{'name': 'a', 'constants': {'N': 1}}]}", "'N'"),
    ],
)
def test_a_broken_file_is_an_invalid_problem(write, content, complaint):
    with pytest.raises(InvalidProblem, match=complaint):
        load_problem_file(write(content))


@pytest.mark.parametrize(
    "source",
    [
        "from somewhere import Model, get_inputs",
        "from somewhere import *",
        "import x as Model\nget_inputs = lambda: []",
        "try:\n    import fast as Model\nexcept ImportError:\n    class Model: pass\n" + INPUTS,
        "class Model: pass\nif True:\n    " + INPUTS,
        "\ufeff" + MINIMAL,
        MINIMAL.replace("\n", "\r\n"),
        MINIMAL + r"# '\s' is an odd escape" + "\nPATTERN = '\\s'\n",
    ],
)
def test_every_way_to_define_the_two_names_is_accepted(write, source):
    problem = load_problem_file(write(source))
    assert not problem.source.startswith("\ufeff")
    assert "\r" not in problem.source


@pytest.mark.parametrize("name", ["suite", "suite/norm/*", "suite/norm"])
def test_a_name_that_stands_for_several_is_no_single_problem(name):
    with pytest.raises(ProblemNotFound, match="several problems"):
        load_problem(name)


def test_loading_runs_nothing(write, tmp_path):
    ran = tmp_path / "ran"
    load_problem_file(write(f"open({str(ran)!r}, 'w')\n{MINIMAL}"))
    assert not ran.exists()


def test_loading_does_not_import_torch():
    code = (
        "import sys; from kerneldojo.problems import list_problems; list_problems();"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **python_path()})
    assert done.returncode == 0


def python_path() -> dict[str, str]:
    import kerneldojo.errors

    return {"PYTHONPATH": str(Path(kerneldojo.errors.__file__).parents[1])}


@pytest.mark.parametrize("layout", ["KernelBench/level1", "level1"])
@pytest.mark.parametrize("name", ["kernelbench/level1/19", "kernelbench/level1/19_ReLU"])
def test_kernelbench_problems_load_from_a_clone(write, tmp_path, layout, name):
    write(MINIMAL, f"{layout}/19_ReLU.py")
    write("wrong one", f"{layout}/1_Square.py")
    problem = load_problem(name, kernelbench_root=tmp_path)
    assert (problem.name, problem.licence) == ("kernelbench/level1/19", "MIT")


@pytest.mark.parametrize(
    ("body", "training"),
    [
        ("nn.ReLU()", False),
        ("nn.BatchNorm2d(3)", True),
        ("nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5))", False),
    ],
)
def test_kernelbench_runs_batch_norm_in_training_mode(write, tmp_path, body, training):
    write(f"from torch import nn\n{MINIMAL}\nlayer = {body}\n", "level1/33_Norm.py")
    problem = load_problem("kernelbench/level1/33", kernelbench_root=tmp_path)
    assert problem.metadata.training is training


@pytest.mark.parametrize(
    ("name", "root", "complaint"),
    [
        ("kernelbench/level1/19", None, "kernelbench_root"),
        ("kernelbench/level1/19", "absent", "no such folder"),
        ("kernelbench/level1/20", ".", r"no file level1/20_\*.py"),
        ("kernelbench/level1/x", ".", "not a range"),
        ("kernelbench/level7/1", ".", "no level 7 in .* it has 1"),
        ("kernelbench/level1/19", "empty", "not a clone"),
        ("kernelbench/../19", ".", "of the form"),
    ],
)
def test_kernelbench_mistakes_are_explained(write, tmp_path, name, root, complaint):
    write(MINIMAL, "level1/19_ReLU.py")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProblemNotFound, match=complaint):
        load_problem(name, kernelbench_root=root and tmp_path / root)
