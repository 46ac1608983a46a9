"""How many trajectories each prompt gets."""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes


def allocate(
    gradient_norms_P: Tensor,
    success_P: Tensor,
    total: int,
    *,
    alpha: float = 1e-3,
    beta: float = 2.0,
    least: int = 0,
) -> Tensor:
    """Spread trajectories over prompts so that the gradient's variance is small (GVM).

    n ∝ G/√(p + α/p^(β−1)): more where gradients are large and success is rare, but next to none
    where success is so rare that sampling is in vain. A prompt without gradient or success gets
    `least` only; if that is so for all, all get the same.

    Args:
        gradient_norms_P: G, the norm of each prompt's gradient, from a first round of samples.
        success_P: p, each prompt's share of successes in it.
        total: trajectories to spread.
        alpha: how strongly hopeless prompts are avoided.
        beta: how sharply.
        least: what every prompt gets at least; group estimators need 2. The rest of the total is
            spread by the formula.

    Returns:
        (P,), whole numbers that add up to `total`: shares are rounded down, and what is left goes
        to the largest remainders, the first of equals.

    Source: Yao et al., arXiv 2505.02391; defaults are its code's.

    Raises:
        UsageError: if shapes or ranges do not fit, or the total is too small.
    """
    if gradient_norms_P.dim() != 1 or len(gradient_norms_P) == 0:
        shape = tuple(gradient_norms_P.shape)
        raise UsageError(f"gradient norms have the shape {shape}; one per prompt is needed.")
    prompts = len(gradient_norms_P)
    shapes.require_shape("success_P", success_P, (prompts,))
    norms_P, success_P = gradient_norms_P.detach().double(), success_P.detach().double()
    everywhere = torch.ones_like(norms_P, dtype=torch.bool)
    shapes.require_finite("gradient_norms_P", norms_P, everywhere)
    shapes.require_finite("success_P", success_P, everywhere)
    if (norms_P < 0).any() or (success_P < 0).any() or (success_P > 1).any():
        raise UsageError("Gradient norms are at least 0, and shares of successes in [0, 1].")
    if alpha <= 0 or beta < 1:
        raise UsageError(f"alpha = {alpha}, beta = {beta}: alpha > 0 and beta ≥ 1 are needed.")
    if least < 0 or total < least * prompts:
        raise UsageError(f"{total} trajectories do not give {prompts} prompts {least} each.")
    hopeless_P = (success_P == 0) | (norms_P == 0)
    weight_P = norms_P / (success_P + alpha / success_P ** (beta - 1)).sqrt()
    weight_P = weight_P.masked_fill(hopeless_P, 0)
    if hopeless_P.all():
        weight_P = torch.ones_like(weight_P)
    return least + round_to_total(weight_P, total - least * prompts)


def round_to_total(weights_P: Tensor, total: int) -> Tensor:
    """Return whole numbers in proportion to weights that add up to a total (largest remainders)."""
    share_P = weights_P / weights_P.sum() * total
    whole_P = share_P.floor()
    order_P = (share_P - whole_P).argsort(descending=True, stable=True)
    whole_P = whole_P.long()
    whole_P[order_P[: total - int(whole_P.sum())]] += 1
    return whole_P
