"""Reinforcement learning: a model practises on problems, and learns from what its turns earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerneldojo.dialogue import Prompts
from kerneldojo.errors import UsageError
from kerneldojo.evaluator import Evaluator
from kerneldojo.problems import distinct
from kerneldojo.records import Message, Problem, content_digest
from kerneldojo.settings import DialogueSettings, RewardPlan, RlSettings, Sampling
from kerneldojo.store import Run
from kerneldojo.training.extras import check_reports, need_training, quiet

if TYPE_CHECKING:
    from kerneldojo.policies.tokens import ChatTokens
    from kerneldojo.training.reinforcement.journal import Watcher

KIND = "rl"
MODEL = "model"
"""Folder of the trained model in a run; it is there once the run has ended."""
_ASKED_ABOUT = 256
"""Problems whose questions are measured before anything is begun."""


@dataclass(frozen=True)
class Practice:
    """Who practises what, and by which rules.

    Args:
        model: folder or name of the model to begin with.
        problems: what it learns from.
        settings: of the training.
        dialogue: what is asked and told, and how many turns there are.
        sampling: how long replies may be, and the temperature.
        reward: what a verdict is worth.
        validation: problems that are only looked at.
        chat_template: a file that takes the place of the tokenizer's own template.
    """

    model: str
    problems: tuple[Problem, ...]
    settings: RlSettings = field(default_factory=RlSettings)
    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    sampling: Sampling = field(default_factory=Sampling)
    reward: RewardPlan = field(default_factory=RewardPlan)
    validation: tuple[Problem, ...] = ()
    chat_template: Path | None = None

    def asked(self, evaluation: dict[str, Any]) -> dict[str, Any]:
        """Return what a run records of a training, and compares when it is resumed."""
        template = self.chat_template
        return {
            "model": self.model,
            "problems": _named(self.problems),
            "validation": _named(self.validation),
            "chat_template": template.read_text(encoding="utf-8") if template else None,
            "rl": self.settings.model_dump(mode="json"),
            "dialogue": self.dialogue.model_dump(mode="json"),
            "sampling": self.sampling.model_dump(mode="json"),
            "reward": self.reward.model_dump(mode="json"),
            "evaluation": evaluation,
        }


def prepare_rl(practice: Practice) -> ChatTokens:
    """Find out what cannot work before anything is begun, and return the tokenizer.

    Raises:
        UsageError: if a package is missing, model or tokenizer cannot be used, settings do not go
            together, there are too few problems, or no question fits into the model's context.
    """
    need_training()
    from kerneldojo.training import models

    _check(practice)
    if practice.settings.engine == "vllm":
        from kerneldojo.training.reinforcement.vllm import need_vllm

        need_vllm()
    with quiet():
        check_reports(practice.settings.report_to, "rl")
        tokens = models.load_chat_tokens(practice.model, practice.settings, practice.chat_template)
        context = models.check_model(practice.model, practice.settings)
    if context is not None:
        _check_room(practice, tokens, context)
    return tokens


def reinforce(
    practice: Practice,
    evaluator: Evaluator,
    out: str | Path,
    *,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> Path:
    """Train a model by what its solutions are worth, and return the folder of the trained one.

    On several GPUs each process calls this (`accelerate launch`); the first one writes.

    Args:
        practice: who practises what.
        evaluator: an open `Evaluator`.
        out: directory of the run, which gets `config.json`, `metrics.jsonl`, `rollouts`,
            `checkpoints` and, at the end, `model`.
        resume: go on from the last checkpoint, if there is a run.
        watcher: is told how it goes.

    Raises:
        UsageError: as `prepare_rl`, or if the run in `out` was asked for something else.
        TrainingFailed: if memory runs out, or a loss is no number.
        InfrastructureError: if nothing can be judged or written. The run can be resumed.
    """
    tokens = prepare_rl(practice)
    from kerneldojo.training import checkpoints
    from kerneldojo.training.processes import is_first, wait_for_first
    from kerneldojo.training.reinforcement.journal import Watcher
    from kerneldojo.training.reinforcement.training import train

    out = Path(out)
    begin = Run.resume if resume else Run.create
    asked = practice.asked(evaluator.settings.model_dump(mode="json"))
    run = begin(out, KIND, asked) if is_first() else None
    try:
        if run is not None:
            checkpoints.clear_torn(out)
        wait_for_first()
        if not (out / MODEL).is_dir():
            with quiet():
                train(practice, tokens, evaluator, out, watcher or Watcher())
    finally:
        if run is not None:
            run.close()
    return out / MODEL


def _check(practice: Practice) -> None:
    from kerneldojo.training.processes import count

    settings, sampling = practice.settings, practice.sampling
    devices, problems = count(), len(distinct(practice.problems))
    if settings.prompts % devices:
        raise UsageError(
            f"rl.prompts = {settings.prompts} is not a multiple of the {devices} processes that "
            "share them. Change it."
        )
    if settings.prompts > problems:
        raise UsageError(
            f"rl.prompts = {settings.prompts}: a step asks about so many different problems, and "
            f"only {problems} are given. Set rl.prompts={problems or 1} or less, or give more."
        )
    if sampling.temperature == 0:
        raise UsageError(
            "sampling.temperature = 0 leaves nothing to chance, and so nothing to learn from. "
            "Set it above 0; the recipe has 1."
        )
    if sampling.top_p < 1 or sampling.min_p > 0:
        raise UsageError(
            f"sampling.top_p = {sampling.top_p}, sampling.min_p = {sampling.min_p}: tokens that "
            "are left out when sampling have to be left out when training, too. Leave both as "
            "they are, and set rl.vocabulary_ratio."
        )


def _check_room(practice: Practice, tokens: ChatTokens, context: int) -> None:
    """Refuse a model in which no question has room with a reply."""
    room, prompts = context - practice.sampling.max_tokens, Prompts.from_settings(practice.dialogue)
    lengths = [
        len(tokens.prompt_ids([Message(role="user", content=prompts.first(problem))]))
        for problem in practice.problems[:_ASKED_ABOUT]
    ]
    if min(lengths) > room:
        raise UsageError(
            f"the shortest question has {min(lengths):,} tokens, and sampling.max_tokens = "
            f"{practice.sampling.max_tokens:,} more may be written, but the model's context holds "
            f"{context:,}. Lower sampling.max_tokens, set dialogue.example=false, or take a model "
            "with more context."
        )


def _named(problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "count": len(problems),
        "digest": content_digest([problem.digest for problem in problems]),
    }
