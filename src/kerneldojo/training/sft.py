"""Supervised fine-tuning: a model learns the replies of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerneldojo.errors import UsageError
from kerneldojo.settings import SftSettings
from kerneldojo.store import Run
from kerneldojo.training.extras import check_reports, need_training, quiet

if TYPE_CHECKING:
    from kerneldojo.training.journal import Watcher
    from kerneldojo.training.preparation import Lesson

KIND = "sft"
MODEL = "model"
"""Folder of the trained model in a run; it is there once the run has ended."""


@dataclass(frozen=True)
class Teaching:
    """What is taught to whom."""

    data: tuple[str, ...]
    """Files and folders of conversations."""
    model: str
    """Folder or name of the model to begin with."""
    settings: SftSettings
    chat_template: Path | None = None
    """Takes the place of the tokenizer's own."""


def prepare_sft(teaching: Teaching) -> tuple[Any, Lesson]:
    """Return the tokenizer and what is to be learnt, without loading the model.

    Raises:
        UsageError: if a package is missing, the tokenizer cannot be used, there is nothing to
            learn, a sequence is longer than the model's context, or reports cannot be made.
    """
    need_training()
    from kerneldojo.training.models import check_model, load_chat_tokens
    from kerneldojo.training.preparation import prepare

    with quiet():
        check_reports(teaching.settings.report_to, "sft")
        tokens = load_chat_tokens(teaching.model, teaching.settings, teaching.chat_template)
        lesson = prepare(teaching.data, tokens, teaching.settings)
        context = check_model(teaching.model, teaching.settings)
    _check_room(lesson.facts()["longest"], context)
    return tokens.tokenizer, lesson


def fine_tune(
    data: Sequence[str | Path],
    model: str | Path,
    out: str | Path,
    settings: SftSettings | None = None,
    *,
    chat_template: str | Path | None = None,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> Path:
    """Train a model on conversations, and return the folder of the trained one.

    On several GPUs each process calls this (`accelerate launch`); one of them writes.

    Args:
        data: see `read_conversations`.
        model: folder or name of the model to begin with.
        out: directory of the run, which gets `config.json`, `metrics.jsonl`, `checkpoints` and,
            at the end, `model`.
        settings: by default those of the recipe.
        chat_template: a file that takes the place of the tokenizer's own template.
        resume: go on from the last checkpoint, if there is a run.
        watcher: is told how it goes.

    Raises:
        UsageError: if a package, the model or its chat template is missing, there is nothing to
            learn, a sequence is longer than the model's context, or the run in `out` was asked
            for something else.
        TrainingFailed: if memory runs out, or a loss is no number.
        StoreError: if nothing can be written there.
    """
    teaching = Teaching(
        tuple(map(str, data)),
        str(model),
        settings or SftSettings(),
        Path(chat_template) if chat_template is not None else None,
    )
    tokenizer, lesson = prepare_sft(teaching)
    from kerneldojo.training import checkpoints
    from kerneldojo.training.journal import Watcher
    from kerneldojo.training.processes import batches_of_step, is_first, wait_for_first
    from kerneldojo.training.trainer import train

    watcher, out = watcher or Watcher(), Path(out)
    batches_of_step(teaching.settings)  # what is impossible leaves no run behind
    begin = Run.resume if resume else Run.create
    run = begin(out, KIND, asked(teaching, lesson)) if is_first() else None
    try:
        if run is not None:
            watcher.prepared(lesson)
            checkpoints.clear_torn(out)
        wait_for_first()
        if not (out / MODEL).is_dir():
            with quiet():
                train(teaching, tokenizer, lesson, out, watcher)
    finally:
        if run is not None:
            run.close()
    return out / MODEL


def _check_room(longest: int, context: int | None) -> None:
    if context is not None and longest > context:
        raise UsageError(
            f"the longest sequence has {longest:,} tokens, and the model's context only "
            f"{context:,}. Set sft.max_length={context} or less."
        )


def asked(teaching: Teaching, lesson: Lesson) -> dict[str, Any]:
    """Return what a run records of a training, and compares when it is resumed."""
    template = teaching.chat_template
    return {
        "model": teaching.model,
        "data": list(teaching.data),
        "learnt": lesson.digest,
        "chat_template": template.read_text(encoding="utf-8") if template else None,
        "sft": teaching.settings.model_dump(mode="json"),
    }
