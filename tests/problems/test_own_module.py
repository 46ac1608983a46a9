"""A user's own module file: what it holds, what it lacks, and how it becomes a problem."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from kerneldojo.errors import InvalidProblem, ProblemNotFound, UsageError
from kerneldojo.problems.own_module import Draft, load_module, read_module

Write = Callable[[str], Path]
INPUTS = "def get_inputs():\n    return [torch.randn(4, 8)]\n"
PLAIN = """\
import torch
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        return x + 1
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(source: str) -> Path:
        path = tmp_path / "block.py"
        path.write_text(textwrap.dedent(source))
        return path

    return write


def run(source: str) -> dict[str, object]:
    names: dict[str, object] = {"__name__": "reference"}
    exec(compile(source, "block.py", "exec"), names)
    return names


def test_a_class_of_any_name_becomes_model(write: Write) -> None:
    problem = load_module(write(PLAIN + INPUTS))
    assert problem.name == "block"
    assert problem.source.endswith("\n\n\nModel = Block\n")
    names = run(problem.source)
    assert names["Model"] is names["Block"]


def test_a_problem_stays_as_it_is(write: Write) -> None:
    source = PLAIN.replace("Block", "Model") + INPUTS
    assert load_module(write(source)).source == source


def test_an_alias_of_the_files_own_is_enough(write: Write) -> None:
    source = PLAIN + INPUTS + "Model = Block\n"
    assert load_module(write(source)).source == source


def test_what_is_missing_is_said_with_a_skeleton(write: Write) -> None:
    draft = read_module(
        write("""
            from torch import nn

            class Attention(nn.Module):
                def __init__(self, dim: int, heads=8, *, causal: bool, **more):
                    super().__init__()

                def forward(self, x, token_ids, mask=None):
                    return x
        """)
    )
    assert draft.missing == ("get_inputs", "get_init_inputs")
    text = draft.explanation()
    assert "Attention (line 4)" in text
    assert "forward(x, token_ids, mask=None)" in text
    assert "Attention(dim: int, heads=8, *, causal: bool, **more)" in text
    assert "import torch\n" in draft.skeleton, "the file does not"
    assert "token_ids = torch.randint(" in draft.skeleton
    assert "return [x, token_ids]" in draft.skeleton
    assert "mask = None" in draft.skeleton
    assert 'return [[dim], {"causal": causal}]' in draft.skeleton
    with pytest.raises(InvalidProblem, match="def get_inputs"):
        draft.problem()


def test_a_completed_copy_is_python_with_open_places(write: Write) -> None:
    path = write(PLAIN)
    path.write_text(read_module(path).completed)
    draft = read_module(path)
    assert draft.missing == ()
    [obstacle] = draft.obstacles
    assert "fill in" in obstacle and "get_inputs" in obstacle
    path.write_text(path.read_text().replace("randn(...)", "randn(2, 3)"))
    assert read_module(path).ready


def test_an_ellipsis_that_is_an_index_is_no_open_place(write: Write) -> None:
    source = PLAIN + (
        "def get_inputs() -> tuple[int, ...]:\n    return [torch.randn(4, 8)[..., 0]]\n"
    )
    assert read_module(write(source)).ready


def test_arguments_by_keyword_only_are_passed_on(write: Write) -> None:
    source = """
        import torch
        from torch import nn

        class Scale(nn.Module):
            def __init__(self, *, factor):
                super().__init__()
                self.factor = factor

            def forward(self, x, *, shift, power=1):
                return (x * self.factor + shift) ** power

        def get_inputs():
            return [torch.ones(3), torch.ones(3)]

        def get_init_inputs():
            return [[], {"factor": 2.0}]
    """
    names = run(load_module(write(source)).source)
    model = names["Model"](factor=2.0)  # type: ignore[operator]
    assert model(*names["get_inputs"]()).tolist() == [3, 3, 3]  # type: ignore[operator]


def test_the_outermost_of_several_classes_is_meant(write: Write) -> None:
    source = """
        from torch import nn
        class Norm(nn.Module):
            def forward(self, x): return x
        class Mixer(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = Norm()
            def forward(self, x): return self.norm(x)
        class Block(Mixer):
            pass
        class Config:
            dim = 3
    """
    assert read_module(write(source)).chosen.name == "Block"
    assert read_module(write(source), "Norm").chosen.line == 3


def test_several_candidates_have_to_be_told_apart(write: Write) -> None:
    path = write(PLAIN + PLAIN.replace("Block", "Other") + INPUTS)
    with pytest.raises(UsageError, match=r"Block \(line 5\), Other \(line 12\).*--class"):
        read_module(path)
    assert load_module(path, "Other").source.endswith("Model = Other\n")
    with pytest.raises(UsageError, match="Did you mean 'Other'"):
        read_module(path, "Othr")


@pytest.mark.parametrize(
    "head",
    [
        "import torch\nclass M(torch.nn.Module):",
        "import torch.nn as N\nclass M(N.Module):",
        "from torch.nn import Module as Base\nclass M(Base):",
        (
            "from typing import Generic, TypeVar\nfrom torch import nn\nT = TypeVar('T')\n"
            "class M(nn.Module, Generic[T]):"
        ),
        "import torch\nclass M(torch.nn.Sequential):",
        "try:\n    from torch import nn\nexcept ImportError:\n    raise\nclass M(nn.Module):",
        "import json as lightning\nclass M(lightning.LightningModule):",
    ],
)
def test_modules_are_recognised(write: Write, head: str) -> None:
    path = write(f"{head}\n    def forward(self, x):\n        return x\n")
    assert read_module(path).chosen.name == "M"


def test_what_is_inherited_from_afar_is_left_to_the_run(write: Write) -> None:
    source = "import torch\nclass M(torch.nn.Linear):\n    pass\n" + INPUTS
    draft = read_module(write(source))
    assert draft.chosen.init is None
    assert draft.ready, "whether get_init_inputs is needed cannot be seen from here"


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("from .layers import Norm\n", "line 1: 'from .layers import Norm' is relative"),
        ("import beside\n", "line 1: 'beside' lies beside the file"),
        ("import no_such_package.part\n", "line 1: the package 'no_such_package' is not inst"),
    ],
)
def test_imports_that_cannot_be_followed(
    write: Write, tmp_path: Path, head: str, complaint: str
) -> None:
    (tmp_path / "beside.py").touch()
    draft = read_module(write(head + PLAIN + INPUTS))
    assert complaint in draft.explanation()
    with pytest.raises(InvalidProblem):
        draft.problem()


def test_guarded_imports_may_fail(write: Write) -> None:
    head = "try:\n    import no_such_package\nexcept ImportError:\n    no_such_package = None\n"
    assert read_module(write(head + PLAIN + INPUTS)).ready


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (PLAIN.replace("from torch import nn", "") + INPUTS, "'nn', which is not imported"),
        (PLAIN.replace("def forward", "def go") + INPUTS, "no forward method"),
        (
            PLAIN + PLAIN.replace("Block", "Model") + INPUTS + "print(Model)\n",
            "the name 'Model' is needed",
        ),
    ],
)
def test_other_obstacles(write: Write, source: str, complaint: str) -> None:
    draft = read_module(write(source), "Block")
    assert complaint in draft.explanation()
    assert not draft.ready


def test_what_stands_below_main_is_not_there_when_the_file_is_imported(write: Write) -> None:
    guarded = "if __name__ == '__main__':\n" + textwrap.indent(INPUTS, "    ")
    assert read_module(write(PLAIN + guarded)).missing == ("get_inputs",)
    assert read_module(write(PLAIN + INPUTS + "if __name__ == '__main__':\n    x = 1\n")).ready


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", "empty"),
        ("class Block(nn.Module:\n", "line 1"),
        ("def f():\n    pass\n", "no class at its top level that inherits from torch.nn.Module"),
        ("class Config:\n    pass\n", "no class at its top level"),
        ("x = '" + "a" * 1_000_000 + "'\n", "larger than"),
        ("x = " + "(" * 5000 + ")" * 5000, "line 1|not Python"),
    ],
)
def test_files_without_a_module(write: Write, source: str, complaint: str) -> None:
    with pytest.raises(InvalidProblem, match=complaint):
        read_module(write(source))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProblemNotFound, match="no such file"):
        load_module(tmp_path / "nothing.py")


def test_nothing_of_the_file_is_run(write: Write) -> None:
    draft: Draft = read_module(write("raise SystemExit('run')\n" + PLAIN + INPUTS))
    assert draft.ready


def test_a_large_file_is_read_at_once(write: Write) -> None:
    helpers = "\n".join(f"def helper_{n}(x):\n    return x + {n}\n" for n in range(2_000))
    assert load_module(write(PLAIN + helpers + INPUTS)).source.endswith("Model = Block\n")
