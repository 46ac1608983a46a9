"""What our training step costs beside TRL's own GRPO on the same rows and the same model.

    python -m benchmarks.train_rl [--rows 16] [--tokens 64] [--at-once 4] [--hidden 128]
        [--layers 2] [--vocabulary 2048] [--repeats 15]

All are optimizer steps on replies that are there already, in batches of equal size, taken in turn.
Ours make rows of the records, weigh them and learn; TRL's learn from tensors that are ready.

* once: without mismatch rejection; TRL has no second sampler. Each reads the rows once.
* twice: with MRS; TRL reads the rows before as it does when another engine has drawn them.

Prints medians, and where ours goes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM
from trl import GRPOConfig, GRPOTrainer

from kerneldojo.dialogue.beginning import begin
from kerneldojo.records import End, Ending, Tokens, Trajectory, Turn, TurnRecord
from kerneldojo.settings import DialogueSettings, RewardPlan, RlSettings, Sampling
from kerneldojo.training.extras import quiet
from kerneldojo.training.reinforcement import Practice
from kerneldojo.training.reinforcement import steps as ours
from kerneldojo.training.reinforcement.gathering import Gathered
from kerneldojo.training.reinforcement.learner import Learner
from kerneldojo.training.reinforcement.order import ProblemOrder
from kerneldojo.training.reinforcement.training import arguments_of
from kerneldojo.wording import digits
from tests.dialogue import talk
from tests.training.reinforcement.conftest import characters
from tests.training.reinforcement.world import correct, problem

_GROUP = 8
_PLAN = RewardPlan()
Spent = defaultdict[str, list[float]]


@dataclass(frozen=True)
class Load:
    """What all learn from."""

    rows: int
    tokens: int
    """Of a reply; its prompt has as many."""
    at_once: int
    vocabulary: int

    def ids(self) -> torch.Tensor:
        """Return prompts and replies, (rows, 2 × tokens)."""
        generator = torch.Generator().manual_seed(0)
        return torch.randint(self.vocabulary, (self.rows, 2 * self.tokens), generator=generator)

    def trajectories(self) -> list[Trajectory]:
        """Return the same as records, one turn each."""
        found = []
        for row, ids in enumerate(self.ids().tolist()):
            task, verdict = problem(row // _GROUP), correct(1 + row % _GROUP / 8)
            beginning = begin(task, talk.terms(talk.Script()), row % _GROUP, "rollout(turns=1)")
            tokens = Tokens(
                prompt=ids[: self.tokens],
                sampled=ids[self.tokens :],
                logprobs=(-9.0,) * self.tokens,
            )
            record = TurnRecord(
                trajectory=beginning.id,
                number=0,
                place="turn 1",
                reply="",
                feedback="",
                tokens=tokens,
                reward=verdict.speedup,
            )
            ending = Ending(trajectory=beginning.id, end=End.TURNS)
            found.append(Trajectory(beginning, task, [Turn(record, None, verdict)], ending))
        return found


class TheirTrainer(GRPOTrainer):  # type: ignore[misc]
    """TRL's, given what it would have generated."""

    def _prepare_inputs(self, batch: Any) -> Any:
        return {name: value.to(self.accelerator.device) for name, value in batch.items()}


class Present:
    """Gives what was gathered long ago."""

    turns = 1

    def __init__(self, trajectories: list[Trajectory]) -> None:
        self._trajectories = trajectories

    def gather(self, *_: Any) -> Gathered:
        """Return it."""
        return Gathered(self._trajectories, 0.0, 0.0)


def our_step(
    model: Any, load: Load, mismatch: Any, folder: Path, spent: Spent
) -> Callable[[], None]:
    """Return a function that takes one of our steps."""
    prompts = load.rows // _GROUP
    settings = RlSettings(
        prompts=prompts,
        trajectories=_GROUP,
        device_batch_size=load.at_once,
        mismatch=mismatch,
        mismatch_acceptance=1.0 if mismatch == "mrs" else None,
        gradient_checkpointing=False,
        precision="float32",
        profiling_rejection=True,
    )
    problems = tuple(map(problem, range(prompts)))
    practice = Practice(
        "benchmark",
        problems,
        settings,
        DialogueSettings(turns=1),
        Sampling(max_tokens=load.tokens),
    )
    gatherer: Any = Present(load.trajectories())
    steps = ours.Steps(ProblemOrder(problems, 0), gatherer, settings, _PLAN, folder)

    def make(learner: Learner) -> ours.Step:
        with timed(spent, "weigh, with reading"):
            return steps.make(1, score)

    def score(rows: Any) -> ours.Scores:
        with timed(spent, "read"):
            return learner.score(rows)

    learner = Learner(model, arguments_of(practice, folder), characters(), settings, make, [])
    learner.create_optimizer()
    learner.current_gradient_accumulation_steps = learner.args.gradient_accumulation_steps

    def work() -> None:
        for _ in range(learner.args.gradient_accumulation_steps):
            learner.training_step(learner.model, {}, None)
        assert learner.taken is not None
        assert learner.taken.skipped is None
        finish(learner)

    return work


def their_step(model: Any, load: Load, *, twice: bool, folder: Path) -> Callable[[], None]:
    """Return a function that takes one of TRL's steps."""
    from datasets import Dataset

    batches = load.rows // load.at_once
    trainer = TheirTrainer(
        model,
        lambda **_: [],
        GRPOConfig(
            str(folder),
            per_device_train_batch_size=load.at_once,
            gradient_accumulation_steps=batches,
            num_generations=load.at_once,
            max_completion_length=load.tokens,
            loss_type="dr_grpo",
            gradient_checkpointing=False,
            bf16=False,
            report_to="none",
            disable_dropout=True,
            max_steps=1,
        ),
        train_dataset=Dataset.from_dict({"prompt": ["", ""]}),
        processing_class=characters(),
    )
    trainer.create_optimizer()
    trainer.current_gradient_accumulation_steps = batches
    ids, prompt = load.ids(), load.tokens
    ones = torch.ones(load.at_once, prompt, dtype=torch.long)
    advantages = torch.arange(load.rows) % _GROUP - (_GROUP - 1) / 2

    def work() -> None:
        for rows in torch.arange(load.rows).split(load.at_once):
            batch = {
                "prompt_ids": ids[rows, :prompt],
                "prompt_mask": ones,
                "completion_ids": ids[rows, prompt:],
                "completion_mask": ones,
                "advantages": advantages[rows],
            }
            if twice:
                whole = ids[rows].to(trainer.accelerator.device)
                with torch.no_grad():
                    old, _, _ = trainer._get_per_token_logps_and_entropies(
                        trainer.model, whole, torch.ones_like(whole), load.tokens
                    )
                batch["old_per_token_logps"] = old
            trainer.training_step(trainer.model, batch, None)
        finish(trainer)

    return work


def finish(trainer: Any) -> None:
    """Take the optimizer step, as the trainer would."""
    trainer.accelerator.clip_grad_norm_(trainer.model.parameters(), 1.0)
    trainer.optimizer.step()
    trainer.model.zero_grad()
    if torch.cuda.is_available():
        torch.cuda.synchronize()


@contextmanager
def timed(spent: Spent, name: str) -> Iterator[None]:
    """Note how long something takes."""
    began = time.perf_counter()
    yield
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    spent[name].append(time.perf_counter() - began)


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (
        ("rows", 16),
        ("tokens", 64),
        ("at-once", 4),
        ("hidden", 128),
        ("layers", 2),
        ("vocabulary", 2048),
        ("repeats", 15),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    load = Load(asked.rows, asked.tokens, asked.at_once, asked.vocabulary)
    config = LlamaConfig(
        vocab_size=asked.vocabulary,
        hidden_size=asked.hidden,
        intermediate_size=3 * asked.hidden,
        num_hidden_layers=asked.layers,
        num_attention_heads=8,
        max_position_embeddings=2 * asked.tokens,
        pad_token_id=0,
    )

    def model() -> Any:
        torch.manual_seed(0)
        return LlamaForCausalLM(config)

    spent: dict[str, Spent] = {name: defaultdict(list) for name in ("once", "twice")}
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder)
        work = {
            "TRL, once": their_step(model(), load, twice=False, folder=path),
            "ours, once": our_step(model(), load, "none", path, spent["once"]),
            "TRL, twice": their_step(model(), load, twice=True, folder=path),
            "ours, twice": our_step(model(), load, "mrs", path, spent["twice"]),
        }
        times: dict[str, list[float]] = {name: [] for name in work}
        for repeat in range(asked.repeats + 1):
            for name, step in work.items():
                began = time.perf_counter()
                step()
                if repeat:  # the first one warms up
                    times[name].append(time.perf_counter() - began)
    show(times, spent)


def show(times: dict[str, list[float]], spent: dict[str, Spent]) -> None:
    """Print a line for each way, and the parts of ours."""
    for name in ("once", "twice"):
        theirs, mine = median(times[f"TRL, {name}"]), median(times[f"ours, {name}"])
        pairs = zip(times[f"ours, {name}"], times[f"TRL, {name}"], strict=True)
        ratio = median(one / other for one, other in pairs)
        print(
            f"{name:<6} TRL {digits(theirs * 1e3):>7} ms   ours {digits(mine * 1e3):>7} ms   "
            f"{mine / theirs:.3f}×, median of pairs {ratio:.3f}×"
        )
        parts = {part: median(seconds[1:]) for part, seconds in spent[name].items()}
        read = parts.get("read", 0.0)
        weigh = parts["weigh, with reading"] - read
        rest = mine - read - weigh
        print(
            f"       of ours: records to rows, credit, mismatch {weigh / mine:.1%}, "
            f"reading {read / mine:.1%}, learning {rest / mine:.1%}"
        )


if __name__ == "__main__":
    main()
