"""Dynamic vocabulary pruning: sample and train on the same safe words.

Trainer and sampler disagree most about words that are all but impossible. Leaving those out is
safe only if both sides do it and both renormalise. If one side alone does, every ratio carries the
kept mass: ρ = kept mass × the ratio meant, or its inverse.

Source: Li and others, *Taming the Tail: Stable LLM Reinforcement Learning via Dynamic Vocabulary
Pruning*, 2025 (arXiv 2512.23087). V is the size of the vocabulary; `...` are any leading axes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from kerneldojo.errors import UsageError

SAFE_RATIO = math.exp(-13)
"""ρ of the paper: a word is safe from 2.3e-6 of the likeliest word's probability on. As `min_p` it
gives vLLM the same set."""


def safe_vocabulary(logits_V: Tensor, ratio: float = SAFE_RATIO) -> Tensor:
    """Return where π(a) ≥ ratio · max π.

    Args:
        logits_V: logits (..., V) after division by the temperature.
        ratio: in (0, 1]; 1 keeps only the likeliest words.

    Returns:
        bool (..., V), at least one true in each distribution; no gradient flows through it.

    Raises:
        UsageError: if `ratio` is out of range, or a distribution has NaN or no finite logit.
    """
    if not 0 < ratio <= 1:
        raise UsageError(f"ratio = {ratio}: in (0, 1], usually e⁻¹³ = {SAFE_RATIO:.3g}.")
    with torch.no_grad():
        top_1 = logits_V.amax(-1, keepdim=True)
        if not top_1.isfinite().all():
            wrong = int((~top_1.isfinite()).sum())
            raise UsageError(
                f"{wrong} of {top_1.numel()} distributions have NaN, +inf or no finite logit."
            )
        return logits_V >= top_1 + math.log(ratio)


def prune_logits(
    logits_V: Tensor, ratio: float = SAFE_RATIO, safe_V: Tensor | None = None
) -> Tensor:
    """Return logits with −inf outside of the safe vocabulary; a softmax then renormalises.

    Args:
        logits_V: logits (..., V) after division by the temperature.
        ratio: see `safe_vocabulary`.
        safe_V: the safe set if it is known, such as the sampler's; else it is found here.

    Raises:
        UsageError: as `safe_vocabulary`.
    """
    if safe_V is None:
        safe_V = safe_vocabulary(logits_V, ratio)
    return logits_V.masked_fill(~safe_V, -torch.inf)


def pruned_logprobs(
    logits_V: Tensor,
    tokens: Tensor,
    ratio: float = SAFE_RATIO,
    safe_V: Tensor | None = None,
) -> Tensor:
    """Return log-probabilities of tokens under the renormalised safe vocabulary.

    A token outside of the set has −inf, which a correction for mismatch treats as ρ = 0. The edges
    of two sets that are found apart may differ by rounding; handing over the sampler's set avoids
    that.

    Args:
        logits_V: logits (..., V) after division by the temperature.
        tokens: indices (...).
        ratio: see `safe_vocabulary`.
        safe_V: the safe set (..., V) if it is known.

    Raises:
        UsageError: as `safe_vocabulary`.
    """
    pruned_V = prune_logits(logits_V, ratio, safe_V)
    chosen = pruned_V.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    return chosen - pruned_V.logsumexp(-1)


def kept_mass(logits_V: Tensor, ratio: float = SAFE_RATIO) -> Tensor:
    """Return the probability (...) that the safe vocabulary holds before renormalisation.

    Raises:
        UsageError: as `safe_vocabulary`.
    """
    return (prune_logits(logits_V, ratio).logsumexp(-1) - logits_V.logsumexp(-1)).exp()
