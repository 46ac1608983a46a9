"""OTB, the optimal token baseline: a mean weighted by how large a gradient is at stake."""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.advantages.groups import Groups
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns

_NEGLIGIBLE = 1e-12
"""Share of a group's weight below which the rest of it is rounding error."""
_COLUMNS = 512


def otb(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
    energy_BT: Tensor | None = None,
    leave_one_out: bool = False,
) -> Advantages:
    """Compare a turn's return with the weighted mean that makes the gradient's variance least.

    A_{i,t} = G_{i,t} − Σ_j G_{j,t}·W_{j,t} / Σ_j W_{j,t}, where j runs over the trajectories of the
    prompt that reached turn t. `otb_tokens` does the same token by token.

    `energy_BT` is W, the accumulated energy at the end of each turn (`turn_energy`), and required.
    `leave_one_out` leaves i out of the sums, which removes the bias of including it. Other
    arguments: `Estimator`.

    Source: arXiv 2602.07078.

    Raises:
        UsageError: as `Estimator`, and if the energy is missing, negative or not finite.
    """
    if energy_BT is None:
        raise UsageError("otb needs energy_BT, the accumulated energy of each turn (turn_energy).")
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    shapes.require_shape("energy_BT", energy_BT, tuple(rewards_BT.shape))
    _check_energy("energy_BT", energy_BT, turns.members_BT)
    baseline_BT = weighted_baseline(
        turns.returns_BT, energy_BT, turns.members_BT, turns.groups, leave_one_out
    )
    size_BT = turns.groups.sizes(turns.members_BT)
    return turns.result(turns.returns_BT - baseline_BT, turns.members_BT, size_BT)


def otb_tokens(
    returns_BL: Tensor,
    energy_BL: Tensor,
    mask_BL: Tensor,
    groups_B: Tensor,
    *,
    leave_one_out: bool = False,
) -> Tensor:
    """Return the advantages of tokens: G_{i,l} − Σ_j G_{j,l}·W_{j,l} / Σ_j W_{j,l}.

    j runs over the trajectories of the prompt that have a token of the model's at position l.
    Where there is only one, A = G.

    Args:
        returns_BL: the return of each token's turn (`broadcast`).
        energy_BL: W, the accumulated energy (`accumulated_energy`).
        mask_BL: the model's tokens that count.
        groups_B: whole numbers; trajectories of equal number answer the same prompt.
        leave_one_out: leave i out of the sums, which removes the bias of including it.

    Returns:
        (B, L), of the returns' type; 0 outside of the mask.

    Source: arXiv 2602.07078.

    Raises:
        UsageError: if shapes or types do not fit, or what counts is not finite.
    """
    if returns_BL.dim() != 2:
        raise UsageError(f"returns have the shape {tuple(returns_BL.shape)}; (B, L) is needed.")
    shapes.require_floats("returns_BL", returns_BL)
    shape = tuple(returns_BL.shape)
    shapes.require_shape("energy_BL", energy_BL, shape)
    shapes.require_mask("mask_BL", mask_BL, shape)
    shapes.require_finite("returns_BL", returns_BL, mask_BL)
    _check_energy("energy_BL", energy_BL, mask_BL)
    groups = Groups.of(groups_B, shape[0])
    advantages_BL = torch.zeros_like(returns_BL)
    # Positions are independent. Some at a time, intermediate results stay in the cache.
    for start in range(0, shape[1], _COLUMNS):
        some = (slice(None), slice(start, start + _COLUMNS))
        baseline = weighted_baseline(
            returns_BL[some], energy_BL[some], mask_BL[some], groups, leave_one_out
        )
        advantages_BL[some] = (returns_BL[some] - baseline).masked_fill_(~mask_BL[some], 0)
    return advantages_BL


def weighted_baseline(
    returns_BP: Tensor, energy_BP: Tensor, members_BP: Tensor, groups: Groups, leave_one_out: bool
) -> Tensor:
    """Return Σ_j G_j·W_j / Σ_j W_j per group and position; 0 without others or without weight."""
    weight_BP = energy_BP.detach().double().masked_fill(~members_BP, 0)
    product_BP = weight_BP * returns_BP.detach().double().masked_fill(~members_BP, 0)
    weights_BP = groups.sums(weight_BP)
    products_BP = groups.sums(product_BP)
    enough_BP = weights_BP > 0
    if leave_one_out:
        enough_BP = weights_BP - weight_BP > _NEGLIGIBLE * weights_BP
        weights_BP, products_BP = weights_BP - weight_BP, products_BP - product_BP
    else:
        enough_BP &= groups.sizes(members_BP) > 1
    return (products_BP / weights_BP).masked_fill(~enough_BP, 0)


def logit_gradient_proxy(logits_BLV: Tensor, tokens_BL: Tensor) -> Tensor:
    """Return the squared norm of the gradient of log π(y) by the logits, from a forward pass.

    w = 1 − 2·π(y) + Σ_v π(v)², with Σ_v π(v)² = exp(lse(2z) − 2·lse(z)). In float32 at least, and
    never below 0, however a device rounds.

    Args:
        logits_BLV: z; divided by the temperature that was sampled with.
        tokens_BL: y, numbers of words.

    Returns:
        (B, L), in [0, 2].

    Source: arXiv 2602.07078.

    Raises:
        UsageError: if the shapes do not fit.
    """
    shapes.require_shape("tokens_BL", tokens_BL, tuple(logits_BLV.shape[:-1]))
    if logits_BLV.dtype in (torch.float16, torch.bfloat16):
        logits_BLV = logits_BLV.float()
    normaliser = logits_BLV.logsumexp(dim=-1)
    chosen = logits_BLV.gather(-1, tokens_BL.long().unsqueeze(-1)).squeeze(-1)
    squares = ((2 * logits_BLV).logsumexp(dim=-1) - 2 * normaliser).exp()
    return (1 - 2 * (chosen - normaliser).exp() + squares).clamp(min=0)


def accumulated_energy(proxy_BL: Tensor, mask_BL: Tensor, ratio_BL: Tensor | None = None) -> Tensor:
    """Return W_{i,l} = Σ_{s≤l} w_{i,s}·ρ̄²_{i,s} over the model's tokens; (B, L), float64.

    Args:
        proxy_BL: w, from `logit_gradient_proxy`.
        mask_BL: the model's tokens that count.
        ratio_BL: ρ̄, the importance weights that the loss uses; None for none.

    Raises:
        UsageError: if shapes do not fit, or what counts is negative or not finite.
    """
    shape = tuple(proxy_BL.shape)
    shapes.require_mask("mask_BL", mask_BL, shape)
    _check_energy("proxy_BL", proxy_BL, mask_BL)
    weight_BL = proxy_BL.detach().double().masked_fill(~mask_BL, 0)
    if ratio_BL is not None:
        shapes.require_shape("ratio_BL", ratio_BL, shape)
        shapes.require_finite("ratio_BL", ratio_BL, mask_BL)
        weight_BL *= ratio_BL.detach().double().masked_fill(~mask_BL, 0) ** 2
    return weight_BL.cumsum(dim=1)


def turn_energy(energy_BL: Tensor, turn_BL: Tensor, turns: int) -> Tensor:
    """Return the accumulated energy at each turn's end; (B, T).

    Args:
        energy_BL: from `accumulated_energy`, which never falls along a row.
        turn_BL: each token's turn from 0, −1 where the model did not write it.
        turns: T.

    Returns:
        0 for turns without a token.

    Raises:
        UsageError: if the shapes do not fit or a turn is T or more.
    """
    shapes.require_shape("turn_BL", turn_BL, tuple(energy_BL.shape))
    if turn_BL.numel() and int(turn_BL.max()) >= turns:
        raise UsageError(f"turn_BL goes up to {int(turn_BL.max())}, but there are {turns} turns.")
    column_BL = turn_BL.long() + 1
    ends = energy_BL.new_zeros(len(energy_BL), turns + 1)
    return ends.scatter_reduce_(1, column_BL, energy_BL, reduce="amax")[:, 1:]


def _check_energy(name: str, energy: Tensor, where: Tensor) -> None:
    shapes.require_finite(name, energy, where)
    if ((energy < 0) & where).any():
        raise UsageError(f"{name} is negative in places; energies are sums of squares.")
