"""How a model is trained by what its solutions are worth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from kerneldojo.records.base import Record

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]


class RlSettings(Record):
    """Reinforcement learning: the defaults are the recipe of arXiv 2602.05885."""

    steps: Count = 100
    """How often trajectories are gathered and learnt from."""
    prompts: Count = 16
    """Problems of a step, on all devices together."""
    trajectories: Annotated[int, Field(ge=2)] = 16
    """Trajectories of each problem, which are compared with one another."""
    estimator: Literal["trloo", "rloo", "grpo", "dr_grpo", "reinforce", "turn_grpo", "otb"] = (
        "trloo"
    )
    """What a turn is compared with (docs/algorithms.md)."""
    discount: float = Field(default=1.0, ge=0, le=1)
    """What a turn counts for the one before it."""
    alone: Literal["keep", "drop"] = "keep"
    """A turn that no other trajectory reached: learn from its whole return, or not at all."""
    relapses: Literal["keep", "drop"] = "keep"
    """Turns that earn nothing after one that did."""
    instructive: bool = False
    """Draw other problems in place of those whose trajectories all end equally well."""
    redraws: Annotated[int, Field(ge=0)] = 3
    """How often a step draws other problems at most; needs `instructive`."""
    profiling_rejection: bool = True
    """PRS: leave correct turns out of the loss by chance, the more the less they do themselves."""
    prs_threshold: float = Field(default=0.3, ge=0, le=1)
    """Coverage up to which a correct turn is always left out."""
    prs_width: float = Field(default=0.1, ge=0, le=1)
    """Over this much more coverage, the chance to be kept rises to 1."""
    prs_speedup: float | None = Field(default=None, gt=0)
    """A correct turn at least this fast is kept, whatever its coverage."""
    prs_in_baselines: bool = True
    """Turns left out by PRS still count in baselines and in the returns of earlier turns."""
    unprofiled: Literal["reject", "keep"] = "reject"
    """What PRS does with a correct turn of unknown coverage."""
    remeasure: bool = True
    """Judge anew what is faster than `reward.speedup_clip`, and believe the second verdict."""
    mismatch: Literal[
        "mrs", "geometric", "k3", "token_tis", "token_mis", "icepop", "sequence_mis", "none"
    ] = "mrs"
    """What is done about tokens on which trainer and sampler disagree (docs/algorithms.md)."""
    mismatch_acceptance: Share | None = None
    """Calibrate the band of `mrs` or `geometric` to accept this share of trajectories."""
    mismatch_batches: Count = 5
    """Steps from which the band is calibrated; nothing is rejected in them but by the veto."""
    clip_low: float = Field(default=0.2, ge=0, lt=1)
    """PPO's lower clip is 1 − this."""
    clip_high: float = Field(default=0.28, ge=0)
    """PPO's upper clip is 1 + this."""
    clip_dual: float | None = Field(default=3.0, gt=1)
    """Largest ratio that counts where the advantage is negative."""
    loss_scale: float = Field(default=1e-3, gt=0)
    """Factor of the sum over a sequence's tokens, in place of its length."""
    entropy_gate: bool = False
    """Full updates only where the policy was in doubt (EGSPO)."""
    vocabulary_ratio: float | None = Field(default=None, gt=0, lt=1)
    """Sample and train only on tokens at least this times as likely as the likeliest one."""
    updates: Count = 1
    """Optimizer steps on what one step has gathered."""
    learning_rate: float = Field(default=1e-6, gt=0)
    """Learning rate of AdamW."""
    schedule: Literal["constant", "length"] = "constant"
    """`length` lowers the learning rate when replies have grown too long."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Optimizer steps in which the learning rate rises."""
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
    device_batch_size: Count = 1
    """Rows that a device learns from at once."""
    engine: Literal["transformers", "vllm"] = "transformers"
    """What draws the replies; vLLM needs a GPU and `pip install vllm`."""
    vllm: dict[str, JsonValue] = {}
    """Options of TRL's for vLLM without their prefix, e.g. `{mode = "colocate"}`."""
    sampler_precision: Literal["same", "bfloat16", "float16", "float8"] = "same"
    """Weights that draw replies: the trained ones, or ones rounded anew at every step."""
    sampler_batch_size: Count = 64
    """Replies that a device draws at once."""
    overlap: bool = True
    """Draw replies while others are being judged; else in turns, which makes a run repeatable."""
    deadline_s: float | None = Field(default=None, gt=0)
    """Longest gathering of a step, in seconds; turns that are not judged by then are left out."""
    validate_steps: Count | None = None
    """Steps from one validation to the next; one more before the first step and after the last."""
    validation_trajectories: Count = 1
    """Trajectories of each problem in a validation."""
    template_options: dict[str, JsonValue] = {}
    """Options of the chat template, e.g. `{enable_thinking = false}`."""
    seed: int = Field(default=0, ge=0)
    """Seed of the order of problems, of replies, and of all else that is drawn."""
    checkpoint_steps: Count = 10
    """Steps from one checkpoint to the next."""
    checkpoints: int = Field(default=2, ge=2)
    """Checkpoints that are kept, the last ones."""
    report_to: tuple[str, ...] = ()
    """Where `transformers` reports to besides, e.g. `["wandb"]`; it must be installed."""
