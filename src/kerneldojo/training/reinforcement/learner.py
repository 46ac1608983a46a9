"""TRL's trainer, learning from our steps: what it draws, rewards and weighs is ours to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from trl import GRPOConfig, GRPOTrainer
from trl.models.utils import unwrap_model_for_generation

from kerneldojo.errors import TrainingDiverged
from kerneldojo.rl import Clip, LengthTriggered, Reduction, ppo_loss, warm_up
from kerneldojo.settings import RlSettings
from kerneldojo.training import processes
from kerneldojo.training.reinforcement import batches
from kerneldojo.training.reinforcement.agreement import Agreement
from kerneldojo.training.reinforcement.batches import MicroBatch
from kerneldojo.training.reinforcement.rows import Rows
from kerneldojo.training.reinforcement.steps import Scores, Step
from kerneldojo.training.reinforcement.tokens import Reading, read

Make = Callable[["Learner"], Step]
"""Gathers the trajectories of the next step, and returns what is learnt from them."""


class Learner(GRPOTrainer):  # type: ignore[misc]
    """Takes optimizer steps on what `make` returns.

    Of TRL we use the model's preparation and wrapping, its fused log-probabilities, its engine
    for vLLM, and of `transformers` optimizer, accumulation, checkpoints and reports. TRL's own
    generation, rewards, advantages and loss are not called.

    Args:
        model: to be trained.
        arguments: see `arguments_of`.
        tokenizer: of the model.
        settings: of the training.
        make: see `Make`.
        callbacks: of `transformers`.
    """

    def __init__(
        self,
        model: Any,
        arguments: GRPOConfig,
        tokenizer: Any,
        settings: RlSettings,
        make: Make,
        callbacks: list[Any],
    ) -> None:
        self.settings = settings
        self.length = LengthTriggered()
        """Where the learning rate's decay stands, with `schedule` = `length`."""
        self.clipped, self.in_loss = 0.0, 0
        """Tokens of this step at a clip, and those in the loss: see `take_clipped`."""
        self.agreement = Agreement()
        """Of this step, where it is known from the pass that learns only."""
        self.taken: Step | None = None
        """The step that is being learnt from."""
        self._make = make
        self._plan: list[MicroBatch | None] = []
        super().__init__(
            model,
            _no_reward,
            arguments,
            train_dataset=_nothing_to_read(),
            processing_class=tokenizer,
            callbacks=callbacks,
        )

    def get_train_dataloader(self) -> DataLoader[int]:
        """Return a counter: what is learnt from is made, not read."""
        batches_in_all = self.args.max_steps * self.args.gradient_accumulation_steps
        return DataLoader(range(batches_in_all), batch_size=1, collate_fn=_nothing)  # type: ignore[arg-type]

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
        """Return the learning rate's schedule."""
        warmup = self.settings.warmup

        def factor(step: int) -> float:
            return warm_up(step, warmup) * self.length.factor

        schedule = LambdaLR(optimizer or self.optimizer, factor)
        self.lr_scheduler = schedule
        return schedule

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Write no page about the model: what we know stands in the run."""

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        """Learn from the next batch of this process, or from none, if there is none."""
        place = self._step % (self.args.gradient_accumulation_steps * self.settings.updates)
        if place == 0:
            self.taken = self._make(self)
            self._plan = self._planned(self.taken)
        batch = self._plan[place]
        if batch is None:
            self._step += 1
            return torch.zeros((), device=self.accelerator.device)
        return torch.as_tensor(super().training_step(model, batch, num_items_in_batch))

    def _prepare_inputs(self, batch: MicroBatch) -> MicroBatch:
        return batch.to(self.accelerator.device)

    def _compute_loss(self, model: Any, batch: MicroBatch) -> Tensor:
        """Return the recipe's loss of a batch, such that those of a step add up to its own."""
        settings, targets, first = self.settings, batch.targets, batch.first
        reading = self._read(model, batch.ids_RL, batch.present_RL, first)
        targets = targets.map(lambda values_RL: values_RL[:, first:])
        old_RL, mask_RL = targets.old_RL, targets.mask_RL
        self._refuse_nan(reading.logprobs_RL, mask_RL)
        if old_RL is None:
            old_RL = reading.logprobs_RL.detach()
            self.agreement += Agreement.of(
                old_RL, targets.sampled_RL, reading.entropies_RL, mask_RL
            )
            mask_RL = mask_RL & old_RL.isfinite()  # what fell out of a pruned vocabulary is not
        found = ppo_loss(
            reading.logprobs_RL,
            old_RL,
            targets.advantages_RL,
            mask_RL,
            weights_BL=targets.weights_RL,
            clip=Clip(settings.clip_low, settings.clip_high, settings.clip_dual),
            reduction=Reduction(scale=settings.loss_scale, count=max(batch.count, 1)),
        )
        told = found.diagnostics
        self.in_loss += told.tokens
        self.clipped += (told.clipped_low + told.clipped_high + told.clipped_dual) * told.tokens
        # undoes the mean over processes; over accumulated batches TRL has the trainer take none
        return found.loss * processes.of_all()

    def take_clipped(self) -> float | None:
        """Return the share of tokens at a clip since this was called last."""
        share = self.clipped / self.in_loss if self.in_loss else None
        self.clipped, self.in_loss = 0.0, 0
        return share

    def take_agreement(self) -> Agreement:
        """Return how trainer and sampler agreed since this was called last."""
        found, self.agreement = self.agreement, Agreement()
        return found

    def _refuse_nan(self, logprobs_RL: Tensor, mask_RL: Tensor) -> None:
        if bool((logprobs_RL.isnan() & mask_RL).any()):
            raise TrainingDiverged(
                f"step {self.state.global_step // self.settings.updates + 1}: the model in "
                "training no longer gives numbers. Try a lower rl.learning_rate, or "
                "rl.precision=float32, in another run."
            )

    @torch.no_grad()
    def score(self, rows: Rows) -> Scores:
        """Return what the model, as it is now, says of all rows."""
        shape = tuple(rows.ids_RL.shape)
        with_proxy = self.settings.estimator == "otb"
        logprobs_RL, entropies_RL = torch.zeros(shape), torch.zeros(shape)
        proxy_RL = torch.zeros(shape) if with_proxy else None
        lengths_R, device = rows.present_RL.sum(dim=1), self.accelerator.device
        chunks = batches.pieces(lengths_R, self.settings.device_batch_size) if len(rows) else []
        self.model.eval()
        for numbers in self._as_many_for_all(chunks):
            width = int(lengths_R[numbers].amax())
            first = max(int(rows.drawn_RL[numbers].any(dim=0).int().argmax()), 1)
            reading = self._read(
                self.model_wrapped,
                rows.ids_RL[numbers, :width].to(device),
                rows.present_RL[numbers, :width].to(device),
                first,
            )
            logprobs_RL[numbers, first:width] = reading.logprobs_RL.float().cpu()
            entropies_RL[numbers, first:width] = reading.entropies_RL.float().cpu()
            self._refuse_nan(logprobs_RL[numbers], rows.drawn_RL[numbers])
            if proxy_RL is not None and reading.proxy_RL is not None:
                proxy_RL[numbers, first:width] = reading.proxy_RL.float().cpu()
        self.model.train()
        return Scores(logprobs_RL, entropies_RL, proxy_RL)

    def _as_many_for_all(self, chunks: list[Tensor]) -> list[Tensor]:
        """Repeat the last one until all processes have equally many, as sharded models need."""
        most = max(processes.together([len(chunks)]))
        return chunks + chunks[-1:] * (most - len(chunks))

    def _read(self, model: Any, ids_RL: Tensor, present_RL: Tensor, first: int) -> Reading:
        settings = self.settings
        if settings.vocabulary_ratio is not None or (
            settings.estimator == "otb" and not torch.is_grad_enabled()
        ):
            with self.accelerator.autocast():
                return read(
                    model,
                    ids_RL,
                    present_RL,
                    first,
                    temperature=self.temperature,
                    vocabulary_ratio=settings.vocabulary_ratio,
                    with_proxy=settings.estimator == "otb",
                )
        logprobs_RL, entropies_RL, _ = self._get_per_token_logps_and_entropies(
            model, ids_RL, present_RL.long(), ids_RL.shape[1] - first, compute_entropy=True
        )
        return Reading(logprobs_RL, entropies_RL)

    def _planned(self, step: Step) -> list[MicroBatch | None]:
        """Return a batch, or none, for each time the trainer asks for one.

        None come first: gradients of processes are put together after the last batch. A process
        that has fewer than another one reads its last one again, for nothing.
        """
        times, plan = self.args.gradient_accumulation_steps, list[MicroBatch | None]()
        for update in range(self.settings.updates):
            mine = step.updates[update] if step.updates else []
            most = max(processes.together([len(mine)]))
            again = batches.without_loss(mine[-1]) if mine else batches.nothing()
            idle = [again] * (most - len(mine))
            plan += [None] * (times - most)
            plan += idle + mine
        return plan

    def drawing(self) -> Any:
        """Return a context in which the model can draw, whatever it is wrapped in."""
        return unwrap_model_for_generation(
            self.model_wrapped,
            self.accelerator,
            gather_deepspeed3_params=self.args.ds3_gather_for_generation,
        )


def _no_reward(completions: list[Any], **_: Any) -> list[float]:
    """Stand for a reward, of which TRL wants one; it is never asked."""
    raise NotImplementedError


def _nothing(_: list[int]) -> dict[str, Any]:
    return {}


def _nothing_to_read() -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"prompt": ["", ""]})
