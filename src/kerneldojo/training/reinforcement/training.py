"""A training from where its run stands to its end: model, sampler, steps and trainer together."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import PrinterCallback
from trl import GRPOConfig

from kerneldojo.dialogue.rollouts import agree
from kerneldojo.dialogue.second_look import SecondLook
from kerneldojo.errors import PolicyError, TrainingDiverged, TrainingFailed, UsageError
from kerneldojo.evaluator import Evaluator
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.problems import distinct
from kerneldojo.store import LineWriter
from kerneldojo.training import checkpoints, models, processes
from kerneldojo.training.reinforcement.callback import Journal
from kerneldojo.training.reinforcement.figures import facts_of, figures_of
from kerneldojo.training.reinforcement.gathering import Gatherer
from kerneldojo.training.reinforcement.journal import (
    VALIDATION,
    Validation,
    Watcher,
    read_validations,
)
from kerneldojo.training.reinforcement.learner import Learner
from kerneldojo.training.reinforcement.order import ProblemOrder
from kerneldojo.training.reinforcement.practice import MODEL, Practice
from kerneldojo.training.reinforcement.sampler import Sampler
from kerneldojo.training.reinforcement.steps import Step, Steps
from kerneldojo.training.saving import save_model

if TYPE_CHECKING:
    from kerneldojo.settings import RlSettings


def train(
    practice: Practice, tokens: ChatTokens, evaluator: Evaluator, run: Path, watcher: Watcher
) -> None:
    """Train a model from where the run stands, and write it.

    Raises:
        UsageError: if the model cannot be read.
        TrainingFailed: if memory runs out, the model gives no reply, or what it gives is no
            number.
        InfrastructureError: if nothing can be judged or written.
    """
    try:
        with _Training(practice, tokens, evaluator, run, watcher) as training:
            training.go()
    except (TrainingDiverged, PolicyError) as error:
        last = checkpoints.last(run)
        good = f"The last good checkpoint is {last}." if last else "No checkpoint is there."
        kind = TrainingDiverged if isinstance(error, TrainingDiverged) else TrainingFailed
        raise kind(f"{error} {good}") from error
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            f"memory ran out: {str(error).partition('.')[0]}. Lower rl.device_batch_size or "
            "sampling.max_tokens, or set rl.precision=bfloat16."
        ) from error


class _Training:
    def __init__(
        self,
        practice: Practice,
        tokens: ChatTokens,
        evaluator: Evaluator,
        run: Path,
        watcher: Watcher,
    ) -> None:
        settings = practice.settings
        self._practice, self._run, self._watcher = practice, run, watcher
        self._last = checkpoints.last(run)
        self._ended = self._last is not None and checkpoints.is_final(self._last)
        source = str(self._last) if self._ended else practice.model
        self._learner = Learner(
            models.load_model(source, settings),
            arguments_of(practice, run),
            tokens.tokenizer,
            settings,
            self._make,
            [],
        )
        self._sampler = _sampler(self._learner, tokens, settings)
        self._sampler.name = Path(practice.model).name  # also if it was read from a checkpoint
        terms = agree(
            self._sampler,
            evaluator,
            settings=practice.dialogue,
            sampling=practice.sampling.model_copy(
                update={"min_p": settings.vocabulary_ratio or 0.0}
            ),
            reward=practice.reward,
        )
        if settings.remeasure:
            doubtful = SecondLook(evaluator, practice.reward.speedup_clip)
            terms = dataclasses.replace(terms, evaluator=doubtful)
        self._steps = Steps(
            ProblemOrder(distinct(practice.problems), settings.seed),
            Gatherer(self._sampler, terms, practice.dialogue.turns, settings.deadline_s),
            settings,
            practice.reward,
            run,
        )
        self._journal = Journal(run, self._learner, self._steps, watcher)
        self._learner.add_callback(self._journal)
        self._learner.remove_callback(PrinterCallback)

    def __enter__(self) -> _Training:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        self._sampler.close_lease()

    def go(self) -> None:
        """Train what is left to be trained, and write the model."""
        if not self._ended:  # the trainer would take another step
            if self._last is not None:
                self._journal.restore(self._last)
            self._learner.train(resume_from_checkpoint=str(self._last) if self._last else None)
        self._validate(self._practice.settings.steps)
        save_model(self._learner, self._run / MODEL)

    def _make(self, learner: Learner) -> Step:
        done = learner.state.global_step // learner.settings.updates
        self._validate(done)
        return self._steps.make(done + 1, learner.score)

    def _validate(self, done: int) -> None:
        """Look at how the model does after some steps, if it is time, and was not done before."""
        settings, problems = self._practice.settings, self._practice.validation
        every = settings.validate_steps
        due = every is not None and (done % every == 0 or done == settings.steps)
        if not problems or not due or done in {each.step for each in read_validations(self._run)}:
            return
        gathered = self._steps.validate(problems, done)
        facts = processes.together([facts_of(each) for each in gathered.trajectories])
        validation = Validation(
            **figures_of(facts).model_dump(), step=done, seconds=gathered.seconds
        )
        if processes.is_first():
            lines = LineWriter(self._run / VALIDATION)
            try:
                lines.append(validation.model_dump_json())
            finally:
                lines.close()
            self._watcher.validated(validation)
        processes.wait_for_first()


def arguments_of(practice: Practice, run: Path) -> GRPOConfig:
    """Return what TRL and `transformers` are told of a training.

    Raises:
        UsageError: if an option for vLLM is not one of TRL's.
    """
    settings, updates = practice.settings, practice.settings.updates
    try:
        return GRPOConfig(
            output_dir=str(run / checkpoints.FOLDER),
            per_device_train_batch_size=2,
            gradient_accumulation_steps=most_batches(practice),
            num_generations=2,
            max_steps=settings.steps * updates,
            ignore_data_skip=True,
            temperature=practice.sampling.temperature,
            min_p=settings.vocabulary_ratio,
            max_completion_length=practice.sampling.max_tokens,
            disable_dropout=True,
            optim="adamw_torch",
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            max_grad_norm=settings.gradient_clip,
            bf16=models.calculates_mixed(settings),
            gradient_checkpointing=settings.gradient_checkpointing,
            seed=settings.seed,
            save_strategy="steps",
            save_steps=settings.checkpoint_steps * updates,
            save_total_limit=settings.checkpoints,
            logging_strategy="steps",
            logging_steps=1,
            logging_nan_inf_filter=False,
            report_to=list(settings.report_to) or "none",
            disable_tqdm=True,
            log_level="error",
            dataloader_pin_memory=False,
            ddp_find_unused_parameters=False,
            use_vllm=settings.engine == "vllm",
            **{f"vllm_{name}": value for name, value in settings.vllm.items()},
        )
    except TypeError as error:
        raise UsageError(f"rl.vllm: {error}. Allowed are TRL's options for vLLM.") from error


def most_batches(practice: Practice) -> int:
    """Return how many batches one process has in an optimizer step at most: a row a turn."""
    settings = practice.settings
    trajectories = settings.prompts // processes.of_all() * settings.trajectories
    rows = math.ceil(trajectories / settings.updates) * practice.dialogue.turns
    return math.ceil(rows / settings.device_batch_size)


def _sampler(learner: Learner, tokens: ChatTokens, settings: RlSettings) -> Sampler:
    rest: dict[str, Any] = {
        "batch_size": settings.sampler_batch_size,
        "overlap": settings.overlap,
    }
    if settings.engine == "vllm":
        from kerneldojo.training.reinforcement.vllm import VllmSampler

        return VllmSampler(learner, tokens, **rest)
    return Sampler(learner.drawing, tokens, precision=settings.sampler_precision, **rest)
