"""`python -m kerneldojo.integrations.verl`: data as verl reads them, and mistakes told plainly."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.__main__ import main
from kerneldojo.integrations.verl.data import write_data
from kerneldojo.problems import load_problem
from kerneldojo.records import Problem
from kerneldojo.settings import DialogueSettings


def test_problems_become_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "deep" / "train.parquet"
    sources = ["suite/elementwise/swish", "suite/softmax/softmax"]
    assert main(["prepare", *sources, "-o", str(file), "--set", "dialogue.example=false"]) == 0
    assert capsys.readouterr().out == f"{file}: 2 problems\n"
    first, second = pq.read_table(file).to_pylist()
    assert Problem.model_validate_json(first["problem"]) == load_problem(sources[0])
    assert first["agent_name"] == "kerneldojo"
    assert first["data_source"] == "suite/elementwise"
    assert (first["extra_info"], second["extra_info"]) == ({"index": 0}, {"index": 1})
    [message] = first["prompt"]
    assert message["role"] == "user"
    assert "class Model" in message["content"]
    with_example = tmp_path / "other.parquet"
    write_data([load_problem(sources[0])], with_example, DialogueSettings())
    [longer] = pq.read_table(with_example).to_pylist()
    assert len(longer["prompt"][0]["content"]) > len(message["content"])


@pytest.mark.skipif(find_spec("verl") is None, reason="verl is not installed: make test-verl")
def test_verl_reads_them(tmp_path: Path) -> None:
    from omegaconf import OmegaConf
    from verl.utils.dataset.rl_dataset import RLHFDataset

    from tests.policies import tokenizers as families

    problem = load_problem("suite/elementwise/swish")
    file = tmp_path / "train.parquet"
    write_data([problem], file)
    config = OmegaConf.create(
        {
            "cache_dir": str(tmp_path),
            "max_prompt_length": 10**6,
            "filter_overlong_prompts": True,
            "filter_overlong_prompts_workers": 1,
        }
    )
    data = RLHFDataset([str(file)], families.chatml(), config)
    assert len(data) == 1
    assert Problem.model_validate_json(data[0]["problem"]) == problem
    assert data[0]["index"] == 0
    config.max_prompt_length = 5
    assert len(RLHFDataset([str(file)], families.chatml(), config)) == 0


def test_wrong_files_and_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "suite/elementwise/swish", "-o", str(tmp_path / "train.csv")]) == 2
    assert ".parquet" in capsys.readouterr().err
    assert main(["prepare", "suite/no/such", "-o", str(tmp_path / "train.parquet")]) == 2
    assert "suite/no/such" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["prepare", "suite/elementwise/swish", "-o", str(tmp_path / "file/a.parquet")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no problem"):
        write_data([], tmp_path / "train.parquet")


def test_a_word_that_is_no_override(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "recipes/verl/qwen3_8b.yaml", "steps"]) == 2
    assert "KEY=VALUE" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("verl") is not None, reason="verl is installed here")
def test_without_verl_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "recipes/verl/qwen3_8b.yaml"]) == 2
    assert "pip install 'kerneldojo[verl]'" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("verl") is None, reason="verl is not installed: make test-verl")
def test_a_recipe_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = Path(__file__).parents[3] / "recipes" / "verl" / "qwen3_14b.yaml"
    assert main(["check", str(recipe)]) == 0
    assert "verl accepts it" in capsys.readouterr().out
