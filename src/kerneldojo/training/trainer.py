"""TRL's trainer, told what we have settled: which ids are learnt, and where things are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, concatenate_datasets
from transformers import PrinterCallback
from trl import SFTConfig, SFTTrainer

from kerneldojo.errors import TrainingFailed
from kerneldojo.settings import SftSettings
from kerneldojo.training import checkpoints, models, processes
from kerneldojo.training.journal import Journal, Watcher
from kerneldojo.training.preparation import Lesson
from kerneldojo.training.saving import save_model
from kerneldojo.training.sft import MODEL, Teaching

_ROWS = 256
"""Sequences that are turned into a table at once, which takes many times their memory."""


class _Trainer(SFTTrainer):  # type: ignore[misc]
    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Write no page about the model: what we know stands in the run."""


def train(teaching: Teaching, tokenizer: Any, lesson: Lesson, run: Path, watcher: Watcher) -> None:
    """Train a model from where the run stands, and write it.

    Raises:
        UsageError: if the model cannot be read, or not learn this.
        TrainingFailed: if memory runs out, or a loss is no number.
    """
    try:
        trainer = _trained(teaching, tokenizer, lesson, run, watcher)
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            f"memory ran out: {str(error).partition('.')[0]}. Lower sft.device_batch_size or "
            "sft.max_length, or set sft.precision=bfloat16."
        ) from error
    save_model(trainer, run / MODEL)


def _trained(
    teaching: Teaching, tokenizer: Any, lesson: Lesson, run: Path, watcher: Watcher
) -> SFTTrainer:
    settings = teaching.settings
    arguments = _arguments(settings, run)
    last = checkpoints.last(run)
    done = last is not None and checkpoints.is_final(last)
    model = models.load_model(str(last) if done else teaching.model, settings)
    if settings.packing:
        models.check_packing(model, settings)
    journal = Journal(run, watcher)
    trainer = _Trainer(
        model,
        arguments,
        train_dataset=_dataset(lesson),
        processing_class=tokenizer,
        callbacks=[journal],
    )
    trainer.remove_callback(PrinterCallback)
    try:
        if not done:  # the trainer would take another step
            trainer.train(resume_from_checkpoint=str(last) if last else None)
    finally:
        journal.close()
    return trainer


def _arguments(settings: SftSettings, run: Path) -> SFTConfig:
    return SFTConfig(
        output_dir=str(run / checkpoints.FOLDER),
        per_device_train_batch_size=settings.device_batch_size,
        gradient_accumulation_steps=processes.batches_of_step(settings),
        num_train_epochs=settings.epochs,
        max_steps=settings.steps or -1,
        optim="adamw_torch",
        learning_rate=settings.learning_rate,
        lr_scheduler_type="constant_with_warmup"
        if settings.schedule == "constant"
        else settings.schedule,
        warmup_steps=settings.warmup,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.gradient_clip,
        bf16=models.calculates_mixed(settings),
        gradient_checkpointing=settings.gradient_checkpointing,
        max_length=settings.max_length if settings.packing else None,
        packing=settings.packing,
        seed=settings.seed,
        save_strategy="steps",
        save_steps=settings.checkpoint_steps,
        save_total_limit=settings.checkpoints,
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to=list(settings.report_to) or "none",
        disable_tqdm=True,
        log_level="error",
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _dataset(lesson: Lesson) -> Dataset:
    """Return ids and labels in the columns that the trainer takes as they are."""
    parts = (lesson.sequences[at : at + _ROWS] for at in range(0, len(lesson.sequences), _ROWS))
    return concatenate_datasets(
        [
            Dataset.from_dict(
                {
                    "input_ids": [sequence.ids.tolist() for sequence in part],
                    "labels": [sequence.labels().tolist() for sequence in part],
                }
            )
            for part in parts
        ]
    )
