"""A model learns replies; an interruption changes nothing; what cannot be learnt is refused."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from kerneldojo.errors import TrainingDiverged, TrainingFailed, UsageError
from kerneldojo.policies.local import LocalModel
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.settings import SftSettings
from kerneldojo.store import Run
from kerneldojo.training import Teaching, checkpoints, fine_tune, models, prepare_sft, processes
from kerneldojo.training import trainer as ours
from kerneldojo.training.extras import quiet
from kerneldojo.training.journal import Step, Watcher, read_steps
from tests.policies import tokenizers
from tests.training.conftest import CONTEXT, Write, talk


class Interrupted(Exception):
    """As a kill, at a moment of our choice."""


class Stop(Watcher):
    """Interrupts at a step."""

    def __init__(self, at: int) -> None:
        self._at = at

    def stepped(self, step: Step) -> None:
        if step.step == self._at:
            raise Interrupted


def settings(**changes: Any) -> SftSettings:
    quick: dict[str, Any] = {
        "batch_size": 2,
        "learning_rate": 0.01,
        "epochs": 1,
        "gradient_checkpointing": False,
        "precision": "float32",
    }
    return SftSettings(**(quick | changes))


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_the_models_replies_are_learnt(tiny: Path, write: Write, tmp_path: Path) -> None:
    path, run = write([talk("Write.", "def kernel(): ...")]), tmp_path / "run"
    wanted = settings(steps=40, batch_size=1, schedule="constant", learning_rate=0.03)
    folder = fine_tune([path], tiny, run, wanted)
    steps = read_steps(run)
    assert folder == run / "model"
    assert [step.step for step in steps] == list(range(1, 41))
    assert steps[-1].loss < 1 < 6 < steps[0].loss
    assert steps[-1].accuracy > 0.9
    model, tokens = (
        AutoModelForCausalLM.from_pretrained(folder),
        ChatTokens(AutoTokenizer.from_pretrained(folder)),
    )
    _, lesson = prepare_sft(Teaching((str(path),), str(folder), wanted))
    [sequence] = lesson.sequences
    begin, end = sequence.replies[0]
    with torch.inference_mode():
        said = model(torch.tensor([list(sequence.ids)])).logits[0].argmax(-1)[begin - 1 : end - 1]
    assert tokens.text(said.tolist()) == "def kernel(): ..."
    assert LocalModel(folder).context_length == CONTEXT


def expected_loss(tiny: Path, path: Path, wanted: SftSettings) -> float:
    """The mean over all learnt tokens, calculated one sequence at a time."""
    _, lesson = prepare_sft(Teaching((str(path),), str(tiny), wanted))
    model = AutoModelForCausalLM.from_pretrained(tiny)
    total, count = 0.0, 0
    for sequence in lesson.sequences:
        with torch.inference_mode():
            logits = model(torch.tensor([list(sequence.ids)])).logits[0].log_softmax(-1)
        for begin, end in sequence.replies:
            total -= sum(float(logits[at - 1, sequence.ids[at]]) for at in range(begin, end))
            count += end - begin
    return total / count


@pytest.mark.parametrize("turns", ["all", "last"])
@pytest.mark.parametrize("packing", [False, True])
def test_the_loss_is_that_of_the_learnt_tokens(
    turns: Any, packing: bool, tiny: Path, write: Write, tmp_path: Path
) -> None:
    path = write()
    wanted = settings(batch_size=6, device_batch_size=3, steps=1, turns=turns, packing=packing)
    wanted = wanted.model_copy(update={"max_length": CONTEXT})
    fine_tune([path], tiny, tmp_path / "run", wanted)
    [step] = read_steps(tmp_path / "run")
    assert step.loss == pytest.approx(expected_loss(tiny, path, wanted), rel=1e-5)
    _, lesson = prepare_sft(Teaching((str(path),), str(tiny), wanted))
    assert step.tokens == lesson.facts()["tokens"]


@pytest.mark.parametrize("at", [1, 3, 6])
def test_an_interruption_changes_nothing(
    at: int, tiny: Path, write: Write, tmp_path: Path, uninterrupted: Path
) -> None:
    path, run = write(), tmp_path / "run"
    wanted = settings(epochs=2, checkpoint_steps=2)
    with pytest.raises(Interrupted):
        fine_tune([path], tiny, run, wanted, watcher=Stop(at))
    assert not (run / "model").exists()
    folder = fine_tune([path], tiny, run, wanted, resume=True)
    assert weights(folder) == weights(uninterrupted / "model")
    same = {"step", "epoch", "loss", "learning_rate", "gradient_norm", "tokens"}
    assert [step.model_dump(include=same) for step in read_steps(run)] == [
        step.model_dump(include=same) for step in read_steps(uninterrupted)
    ]


@pytest.fixture(scope="module")
def uninterrupted(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six steps."""
    from tests.training.conftest import TALKS

    folder = tmp_path_factory.mktemp("whole")
    data = folder / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in TALKS))
    fine_tune([data], tiny, folder / "run", settings(epochs=2, checkpoint_steps=2))
    return folder / "run"


def test_a_run_holds_what_was_asked_and_the_last_checkpoints(uninterrupted: Path) -> None:
    run = Run.open(uninterrupted)
    assert run.kind == "sft"
    assert run.config["sft"]["epochs"] == 2
    folders = sorted(each.name for each in (uninterrupted / "checkpoints").iterdir())
    assert folders == ["checkpoint-4", "checkpoint-6"]
    assert not list(uninterrupted.glob("model/*.bin"))


def test_a_torn_checkpoint_is_not_gone_on_from(
    tiny: Path, write: Write, tmp_path: Path, uninterrupted: Path
) -> None:
    path, run = write(), tmp_path / "run"
    wanted = settings(epochs=2, checkpoint_steps=2)
    with pytest.raises(Interrupted):
        fine_tune([path], tiny, run, wanted, watcher=Stop(5))
    last = checkpoints.last(run)
    assert last is not None
    assert last.name == "checkpoint-4"
    (last / "complete").unlink()
    (last / "optimizer.pt").write_bytes(b"torn")
    assert checkpoints.last(run) == run / "checkpoints" / "checkpoint-2"
    folder = fine_tune([path], tiny, run, wanted, resume=True)
    assert weights(folder) == weights(uninterrupted / "model")


def test_a_model_that_was_not_written_is_written_by_resuming(
    tiny: Path, write: Write, tmp_path: Path
) -> None:
    path, run = write(), tmp_path / "run"
    before = weights(fine_tune([path], tiny, run, settings(steps=1)))
    shutil.rmtree(run / "model")
    assert weights(fine_tune([path], tiny, run, settings(steps=1), resume=True)) == before
    assert len(read_steps(run)) == 1


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tiny: Path, write: Write, tmp_path: Path) -> None:
    path = write()
    wanted = settings(steps=2, batch_size=4, schedule="constant")
    fine_tune([path], tiny, tmp_path / "one", wanted)
    # accelerate's own launcher starts a single process on a machine without GPUs
    launch = f"-m torch.distributed.run --nproc_per_node 2 --master_port {free_port()}"
    changed = {"precision": '"float32"', "gradient_checkpointing": "false"}
    changed |= {"schedule": '"constant"', "learning_rate": "0.01", "steps": "2", "batch_size": "4"}
    sets = [f"--set=sft.{name}={value}" for name, value in changed.items()]
    command = ["-m", "kerneldojo", "train", "sft", path, "--model", tiny, *sets, "--json"]
    done = subprocess.run(
        [sys.executable, *launch.split(), *command, "-o", tmp_path / "two"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"},
    )
    assert len(done.stdout.splitlines()) == 1
    same = {"step", "epoch", "learning_rate", "tokens"}
    one, two = read_steps(tmp_path / "one"), read_steps(tmp_path / "two")
    assert [step.model_dump(include=same) for step in two] == [
        step.model_dump(include=same) for step in one
    ]
    assert [step.loss for step in two] == pytest.approx([step.loss for step in one], rel=1e-5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_run_that_has_ended_is_left_as_it_is(
    tiny: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run = write(), tmp_path / "run"
    first = fine_tune([path], tiny, run, settings(steps=1))
    monkeypatch.setattr(ours, "train", lambda *_: pytest.fail("trained again"))
    assert fine_tune([path], tiny, run, settings(steps=1), resume=True) == first
    with pytest.raises(UsageError, match="--resume"):
        fine_tune([path], tiny, run, settings(steps=1))
    with pytest.raises(UsageError, match="learning_rate"):
        fine_tune([path], tiny, run, settings(steps=1, learning_rate=0.5), resume=True)
    write([talk("Write.", "Other data.")])
    with pytest.raises(UsageError, match="learnt"):
        fine_tune([path], tiny, run, settings(steps=1), resume=True)


def test_a_loss_that_is_no_number_ends_the_training(
    tiny: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Explodes(ours._Trainer):
        def compute_loss(self, *args: Any, **options: Any) -> Any:
            loss = super().compute_loss(*args, **options)
            return loss * float("nan") if self.state.global_step == 3 else loss

    monkeypatch.setattr(ours, "_Trainer", Explodes)
    run = tmp_path / "run"
    with pytest.raises(TrainingDiverged, match=r"step 4: the loss is nan.*checkpoint-3") as error:
        fine_tune([write()], tiny, run, settings(epochs=2, checkpoint_steps=1))
    assert "sft.learning_rate" in str(error.value)
    last = checkpoints.last(run)
    assert last == run / "checkpoints" / "checkpoint-3"
    saved = AutoModelForCausalLM.from_pretrained(last)
    assert all(bool(each.isfinite().all()) for each in saved.parameters())
    assert [step.step for step in read_steps(run)] == [1, 2, 3]


def test_memory_that_runs_out_is_told(
    tiny: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")

    monkeypatch.setattr(ours._Trainer, "compute_loss", full)
    with pytest.raises(TrainingFailed, match=r"CUDA out of memory\. Lower sft\.device_batch_size"):
        fine_tune([write()], tiny, tmp_path / "run", settings())


def test_sequences_longer_than_the_context_are_refused(
    tiny: Path, write: Write, tmp_path: Path
) -> None:
    path = write([talk("Write. " * CONTEXT, "No.")])
    with pytest.raises(UsageError, match=f"sft.max_length={CONTEXT}"):
        fine_tune([path], tiny, tmp_path / "run", settings())
    assert not (tmp_path / "run").exists()


def test_a_batch_must_be_made_up_exactly(tiny: Path, write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a multiple of the 2 sequences"):
        fine_tune([write()], tiny, tmp_path / "run", settings(batch_size=3, device_batch_size=2))
    assert not (tmp_path / "run").exists()


def test_several_gpus_need_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    with pytest.raises(UsageError, match="accelerate launch --num_processes 4"):
        processes.count()


def test_reports_to_what_is_not_there_are_refused(tiny: Path, write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names 'stone_tablets', which is unknown"):
        fine_tune([write()], tiny, tmp_path / "run", settings(report_to=("stone_tablets",)))
    assert not (tmp_path / "run").exists()


def test_the_libraries_are_silent_only_meanwhile() -> None:
    noise = transformers.utils.logging
    before = noise.get_verbosity(), noise.is_progress_bar_enabled()
    with quiet():
        assert noise.get_verbosity() == noise.ERROR
        assert not noise.is_progress_bar_enabled()
    assert (noise.get_verbosity(), noise.is_progress_bar_enabled()) == before


def test_packing_is_refused_where_sequences_see_one_another(tiny: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny)
    models.check_packing(model, settings())
    forward = model.forward
    model.forward = lambda position_ids, **inputs: forward(**inputs)
    with pytest.raises(UsageError, match="see one another"):
        models.check_packing(model, settings())


def test_a_chat_template_may_be_given(tiny: Path, write: Write, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template = None
    AutoModelForCausalLM.from_pretrained(tiny).save_pretrained(plain)
    tokenizer.save_pretrained(plain)
    path, run = write(), tmp_path / "run"
    with pytest.raises(UsageError, match=r"--chat-template FILE\.jinja"):
        fine_tune([path], plain, run, settings(steps=1))
    template = tmp_path / "chat.jinja"
    with pytest.raises(UsageError, match="cannot read the chat template"):
        fine_tune([path], plain, run, settings(steps=1), chat_template=template)
    template.write_text(tokenizers.CHATML)
    folder = fine_tune([path], plain, run, settings(steps=1), chat_template=template)
    assert AutoTokenizer.from_pretrained(folder).chat_template == tokenizers.CHATML


def test_models_that_are_not_there_are_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder of a model: it has no config\.json"):
        fine_tune([write()], tmp_path / "nowhere", tmp_path / "run", settings())


def test_attention_that_is_not_there_is_refused(tiny: Path, write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no model can be read from .*telepathy"):
        fine_tune([write()], tiny, tmp_path / "run", settings(attention="telepathy"))
    assert not (tmp_path / "run").exists()


def test_a_missing_package_is_named(
    write: Write, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "trl" else found(name)
    )
    with pytest.raises(UsageError, match=r"training needs trl.*kerneldojo\[train\]"):
        fine_tune([write()], tiny, tmp_path / "run", settings())


def test_the_learning_rate_rises_and_falls(tiny: Path, write: Write, tmp_path: Path) -> None:
    wanted = settings(steps=4, batch_size=1, warmup=0.5, schedule="linear")
    fine_tune([write()], tiny, tmp_path / "run", wanted)
    rates = [step.learning_rate for step in read_steps(tmp_path / "run")]
    assert rates == pytest.approx([0, 0.005, 0.01, 0.005])
