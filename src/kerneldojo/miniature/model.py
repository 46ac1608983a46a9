"""A model that has learnt nothing yet, with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from kerneldojo.miniature.tokenizer import make_tokenizer


@dataclass(frozen=True)
class Size:
    """How large a model is; by default 0.9 million parameters."""

    vocabulary: int = 2048
    hidden: int = 128
    layers: int = 4
    heads: int = 4
    context: int = 1024


def make_model(
    folder: str | Path, texts: Iterable[str], size: Size | None = None, *, seed: int = 0
) -> Path:
    """Write a model with random weights and its tokenizer, and return their folder.

    Args:
        folder: is made if it is not there.
        texts: what the tokenizer's vocabulary is learnt from.
        size: of the model.
        seed: of the weights.
    """
    size = size or Size()
    tokenizer = make_tokenizer(texts, vocabulary=size.vocabulary, context=size.context)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=3 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        max_position_embeddings=size.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)
