"""Models and tokenizers to be trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from kerneldojo.errors import UsageError
from kerneldojo.policies.tokens import ChatTokens, load_tokenizer

_PROBE = 8
"""Ids of each of the two sequences that are put together to see whether one sees the other."""


class ModelSettings(Protocol):
    """What the settings of a training say of its model."""

    @property
    def precision(self) -> str:
        """`auto`, `float32`, `mixed` or `bfloat16`."""
        ...

    @property
    def attention(self) -> str | None:
        """Implementation of attention; None for the model's own."""
        ...

    @property
    def template_options(self) -> dict[str, Any]:
        """Options of the chat template."""
        ...


def load_chat_tokens(
    model: str, settings: ModelSettings, chat_template: Path | None = None
) -> ChatTokens:
    """Return a model's tokenizer, with its chat template or another.

    Raises:
        UsageError: if there is no tokenizer, or no chat template.
    """
    if Path(model).is_absolute() or model.startswith(".") or model.count("/") > 1:
        _check_folder(Path(model))
    tokenizer: Any = load_tokenizer(model)
    if chat_template is not None:
        try:
            tokenizer.chat_template = chat_template.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the chat template {chat_template}: {error}") from error
    if not tokenizer.chat_template:
        raise UsageError(
            f"the tokenizer of {model} has no chat template, so it is unknown how a conversation "
            "is written. Give one: --chat-template FILE.jinja."
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return ChatTokens(tokenizer, **settings.template_options)


def _check_folder(model: Path) -> None:
    if not (model / "config.json").is_file():
        raise UsageError(
            f"{model} is no folder of a model: it has no config.json. Name a folder that "
            "transformers saved, or a model of the Hugging Face hub as ORG/NAME."
        )


def load_model(model: str, settings: ModelSettings) -> Any:
    """Return a model, with weights of the precision that is asked for.

    Raises:
        UsageError: if there is no such model, or it does not know the implementation of attention.
    """
    dtype = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
    with _refusing(model):
        return AutoModelForCausalLM.from_pretrained(model, dtype=dtype, **_attention(settings))


@contextmanager
def _refusing(model: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        raise UsageError(f"no model can be read from {model!r}: {error}") from error


def _attention(settings: ModelSettings) -> dict[str, str]:
    return {"attn_implementation": settings.attention} if settings.attention else {}


def calculates_mixed(settings: ModelSettings) -> bool:
    """Whether calculations are in bfloat16 and weights in float32."""
    if settings.precision != "auto":
        return settings.precision == "mixed"
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported()


def check_model(model: str, settings: ModelSettings) -> int | None:
    """Refuse what cannot be trained, before any weights are loaded, and return its context.

    Returns:
        Most tokens that it reads and writes together, if there is a limit.

    Raises:
        UsageError: if there is no such model, or it does not know the implementation of attention.
    """
    with _refusing(model), torch.device("meta"):
        config = AutoConfig.from_pretrained(model)
        AutoModelForCausalLM.from_config(config, **_attention(settings))
    context: int | None = getattr(config.get_text_config(), "max_position_embeddings", None)
    return context


def check_packing(model: Any, settings: ModelSettings) -> None:
    """Refuse to pack sequences for a model in which one would see the other.

    Raises:
        UsageError: naming the implementation of attention.
    """
    vocabulary = model.config.get_text_config().vocab_size
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).eval()
    ids = torch.arange(2 * _PROBE, device=device)[None] % vocabulary
    others = torch.cat([(ids[:, :_PROBE] + 1) % vocabulary, ids[:, _PROBE:]], dim=1)
    places = torch.arange(_PROBE, device=device).repeat(2)[None]
    # the very arguments that TRL gives; they differ in the first sequence only
    ends = torch.tensor([0, _PROBE, 2 * _PROBE], dtype=torch.int32, device=device)
    packed = {
        "position_ids": places,
        "use_cache": False,
        "cu_seq_lens_q": ends,
        "cu_seq_lens_k": ends,
        "max_length_q": _PROBE,
        "max_length_k": _PROBE,
    }
    mixed = torch.autocast(device, torch.bfloat16, enabled=calculates_mixed(settings))
    with torch.inference_mode(), mixed:
        one, other = (model(input_ids=each, **packed).logits for each in (ids, others))
    model.train()
    if not torch.equal(one[:, _PROBE:], other[:, _PROBE:]):
        raise UsageError(
            f"sft.packing=true: with attention {model.config._attn_implementation!r} packed "
            "sequences of this model see one another. Set sft.packing=false, or "
            "sft.attention=flash_attention_2 on a GPU that has it."
        )
