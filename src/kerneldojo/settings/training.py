"""How a model is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from kerneldojo.records.base import Record

Count = Annotated[int, Field(ge=1)]


class SftSettings(Record):
    """Supervised fine-tuning, the cold start before reinforcement learning."""

    max_length: Count = 18432
    """Longest sequence, in tokens; what to do with longer ones says `too_long`."""
    too_long: Literal["cut", "drop"] = "cut"
    """`cut` ends a longer sequence after the last reply that fits; `drop` leaves it out."""
    turns: Literal["all", "last"] = "all"
    """The replies that are learnt: all of a conversation, or its last."""
    template_options: dict[str, JsonValue] = {}
    """Options of the chat template, e.g. `{enable_thinking = false}`."""
    epochs: float = Field(default=4.0, gt=0)
    """How often each conversation is seen."""
    steps: Count | None = None
    """Optimizer steps; takes the place of `epochs`."""
    batch_size: Count = 16
    """Sequences of an optimizer step, on all devices together."""
    device_batch_size: Count = 1
    """Sequences that a device works on at once."""
    packing: bool = False
    """Put short sequences together up to `max_length`; none sees another."""
    learning_rate: float = Field(default=1e-5, gt=0)
    """Highest learning rate of AdamW."""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """How the learning rate goes on after the warm-up."""
    warmup: float = Field(default=0.03, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    weight_decay: float = Field(default=0.01, ge=0)
    """AdamW's decay of weights."""
    gradient_clip: float = Field(default=1.0, gt=0)
    """Longest gradient; a longer one is scaled down."""
    precision: Literal["auto", "float32", "mixed", "bfloat16"] = "auto"
    """`mixed` calculates in bfloat16 and keeps weights in float32, `bfloat16` keeps them so, too;
    `auto` is `mixed` on a GPU that can, else `float32`."""
    attention: str | None = None
    """Implementation of attention, in the words of `transformers`; unset: the model's own."""
    gradient_checkpointing: bool = True
    """Calculate activations twice rather than keep them: slower, with less memory."""
    seed: int = Field(default=0, ge=0)
    """Seed of the order of conversations, and of all else that is drawn."""
    checkpoint_steps: Count = 50
    """Steps from one checkpoint to the next."""
    checkpoints: int = Field(default=2, ge=2)
    """Checkpoints that are kept, the last ones."""
    report_to: tuple[str, ...] = ()
    """Where `transformers` reports to besides, e.g. `["tensorboard"]`; it must be installed."""
