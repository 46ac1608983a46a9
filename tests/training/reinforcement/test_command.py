"""`kerneldojo train rl`: plans, figures, and what is refused before anything is begun."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from kerneldojo.cli import train_rl
from kerneldojo.cli.app import main
from kerneldojo.cli.train_rl_view import RlView
from kerneldojo.errors import UsageError
from kerneldojo.settings import RlSettings
from kerneldojo.training.reinforcement import Practice, prepare_rl
from kerneldojo.training.reinforcement.figures import figures_of
from kerneldojo.training.reinforcement.journal import RlStep, Validation
from tests.training.reinforcement.conftest import make
from tests.training.reinforcement.world import Judge, practice, problems

SETS = {
    "rl.steps": "2",
    "rl.prompts": "2",
    "rl.trajectories": "2",
    "rl.device_batch_size": "8",
    "rl.gradient_checkpointing": "false",
    "dialogue.turns": "1",
    "dialogue.example": "false",
    "dialogue.hardware": "false",
    "dialogue.templates": f'"{Path(__file__).parent / "templates"}"',
    "sampling.max_tokens": "4",
}
SOURCES = ["suite/softmax/softmax", "suite/reduction/row_sum"]


def command(model: Path, run: Path, *rest: str, **changes: str) -> list[str]:
    sets = SETS | {name.replace("__", "."): value for name, value in changes.items()}
    options = [option for name, value in sets.items() for option in ("--set", f"{name}={value}")]
    return ["train", "rl", *SOURCES, "--model", str(model), "-o", str(run), *options, *rest]


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with room for the questions of real problems."""
    return make(tmp_path_factory.mktemp("models") / "roomy", context=2048)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Judges in place of the evaluator that the command opens."""
    judge = Judge()

    @contextmanager
    def opened(*_: Any) -> Iterator[Judge]:
        yield judge

    monkeypatch.setattr(train_rl, "open_evaluator", opened)
    return judge


def test_a_model_is_trained_and_the_outcome_told(
    roomy: Path, tmp_path: Path, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    given = command(
        roomy, run, "--validate", "suite/norm/layer_norm", "--json", rl__validate_steps="1"
    )
    assert main(given) == 0
    told = capsys.readouterr()
    outcome = json.loads(told.out)
    assert outcome["model"] == str(run / "model")
    assert outcome["last"]["step"] == 2
    assert [each["step"] for each in outcome["validations"]] == [0, 1, 2]
    assert [f"[{step}/2] reward" in told.err for step in (1, 2)] == [True] * 2
    assert "held out" in told.err
    assert "(drawing" in told.err
    asked = len(judge.asked)
    assert main(given) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*given, "--resume"]) == 0
    assert len(judge.asked) == asked
    assert main(["show", str(run)]) == 0


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_counts_and_trains_nothing(
    as_json: bool, roomy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(command(roomy, run, "--dry-run", *(["--json"] if as_json else []))) == 0
    out = capsys.readouterr().out
    if as_json:
        plan = json.loads(out)
        assert (plan["problems"], plan["trajectories"], plan["turns"]) == (2, 8, 8)
        assert plan["config"]["rl"]["steps"] == 2
    else:
        assert "# trajectories: 8" in out
        assert "prompts = 2" in out
    assert not run.exists()


def test_what_cannot_be_trained_is_told_at_once(
    roomy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", "rl", "--model", str(roomy), "-o", str(run)]) == 2
    assert "generated/train" in capsys.readouterr().err
    assert main(command(roomy, run, "--validate", "suite/norm/layer_norm")) == 2
    assert "rl.validate_steps" in capsys.readouterr().err
    assert main(command(roomy, run, rl__validate_steps="1")) == 2
    assert "--validate" in capsys.readouterr().err
    assert main(command(roomy, run, rl__estimator="ppo")) == 2
    assert "trloo" in capsys.readouterr().err
    assert main(command(tmp_path / "none", run)) == 2
    assert "no folder of a model" in capsys.readouterr().err
    assert not run.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompts": 5}, r"rl\.prompts = 5.*only 4.*rl\.prompts=4"),
        ({"temperature": 0.0}, r"sampling\.temperature = 0"),
        ({"report_to": ("paper",)}, r"rl\.report_to names 'paper'"),
        ({"max_tokens": 300}, r"context holds 320"),
        ({"attention": "telepathy"}, "telepathy"),
    ],
)
def test_what_does_not_go_together_is_refused(
    changes: dict[str, Any], message: str, model: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        prepare_rl(practice(model, problems=problems(4), **changes))


@pytest.mark.parametrize("changes", [{"top_p": 0.9}, {"min_p": 0.1}])
def test_sampling_that_the_trainer_knows_nothing_of_is_refused(
    changes: dict[str, float], model: Path
) -> None:
    given = practice(model)
    sampling = given.sampling.model_copy(update=changes)
    with pytest.raises(UsageError, match=r"rl\.vocabulary_ratio"):
        prepare_rl(Practice(given.model, given.problems, given.settings, sampling=sampling))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")
def test_vllm_that_is_not_there_is_named(model: Path) -> None:
    with pytest.raises(UsageError, match=r"pip install 'trl\[vllm\]'"):
        prepare_rl(practice(model, engine="vllm"))


def test_a_terminal_shows_how_far_it_is() -> None:
    console = Console(force_terminal=True, width=160, record=True)
    view = RlView(console)
    console.print(view._render())
    view.begun(4, 16)
    figures = figures_of([]).model_dump() | {"reward": 1.25, "correct": 0.5, "lost": 3}
    rest = {name: 0.0 for name in RlStep.model_fields if name not in figures}
    rest |= {"step": 6, "steps": 16, "skipped": "all rejected", "seconds": 12.0, "kl": 2e-4}
    rest |= {"prompts": 1, "rows": 0, "tokens": 9, "generation_s": 7.0}
    view.stepped(RlStep(**figures, **rest))
    view.validated(Validation(**figures, step=5, seconds=1.0))
    view.saved(Path("checkpoints/checkpoint-6"))
    console.print(view._render())
    shown = console.export_text()
    assert "going on after step 4 of 16" in shown
    assert "6/16" in shown
    assert "reward 1.25 · correct 50 %" in shown
    assert "kl 2.0e-04" in shown
    assert "3 lost · no update: all rejected · checkpoint-6" in shown
    assert "held out, after step 5" in shown


def test_defaults_are_the_recipe() -> None:
    settings = RlSettings()
    assert (settings.prompts, settings.trajectories, settings.estimator) == (16, 16, "trloo")
    assert (settings.mismatch, settings.loss_scale, settings.learning_rate) == ("mrs", 1e-3, 1e-6)
