"""What the model in training says of the tokens of rows, and of all that might have stood there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kerneldojo.rl import logit_gradient_proxy, prune_logits


@dataclass(frozen=True)
class Reading:
    """What a model says of columns `first` to the last; all tensors are (R, L − first)."""

    logprobs_RL: Tensor
    """Of the tokens that stand there, given all before them."""
    entropies_RL: Tensor
    """Of what might stand there; without a gradient."""
    proxy_RL: Tensor | None = None


def read(
    model: Any,
    ids_RL: Tensor,
    present_RL: Tensor,
    first: int,
    *,
    temperature: float,
    vocabulary_ratio: float | None = None,
    with_proxy: bool = False,
) -> Reading:
    """Have a model read rows, with all its logits in memory.

    Args:
        model: a causal model of `transformers`.
        ids_RL: token ids, padded on the right.
        present_RL: where there is no padding.
        first: the first column that is asked about, at least 1.
        temperature: that tokens are drawn with.
        vocabulary_ratio: leaves out what is less than this times as likely as the likeliest.
        with_proxy: also return `logit_gradient_proxy`.
    """
    output = model(input_ids=ids_RL, attention_mask=present_RL.long(), use_cache=False)
    logits_RLV = output.logits[:, first - 1 : -1].float() / temperature
    if vocabulary_ratio is not None:
        logits_RLV = prune_logits(logits_RLV, vocabulary_ratio)
    tokens_RL = ids_RL[:, first:]
    all_RLV = torch.log_softmax(logits_RLV, dim=-1)
    chosen_RL = all_RLV.gather(-1, tokens_RL.unsqueeze(-1)).squeeze(-1)
    with torch.no_grad():
        # where a token was left out, 0 × −inf is nothing
        terms_RLV = (all_RLV.exp() * all_RLV).nan_to_num(0.0)
        entropies_RL = -terms_RLV.sum(-1)
        proxy_RL = logit_gradient_proxy(logits_RLV, tokens_RL) if with_proxy else None
    return Reading(chosen_RL, entropies_RL, proxy_RL)
