"""The recipe's loss from its definition, one reply at a time."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from kerneldojo.dialogue.token_rows import full_ids
from kerneldojo.records import Trajectory


def trloo(trajectories: list[Trajectory], discount: float) -> dict[tuple[str, int], float]:
    """Return the advantage of each turn, from its definition."""
    returns = {
        (each.record.id, at): sum(
            (later.record.reward or 0.0) * discount**ahead
            for ahead, later in enumerate(each.turns[at:])
        )
        for each in trajectories
        for at in range(len(each.turns))
    }
    found = {}
    for each in trajectories:
        for at in range(len(each.turns)):
            others = [
                returns[other.record.id, at]
                for other in trajectories
                if other.problem == each.problem and other is not each and len(other.turns) > at
            ]
            found[each.record.id, at] = returns[each.record.id, at] - statistics.fmean(others)
    return found


def by_hand(
    model: Path, trajectories: list[Trajectory], *, discount: float = 1.0, scale: float = 0.1
) -> tuple[float, Any]:
    """Return the loss of a first step, and the model with its gradient, one reply at a time."""
    advantages = trloo(trajectories, discount)
    policy = AutoModelForCausalLM.from_pretrained(model)
    replies = sum(len(each.turns) for each in trajectories)
    loss = 0.0
    for each in trajectories:
        whole = full_ids(each.turns)
        for at, turn in enumerate(each.turns):
            ids, drawn = whole[turn.number], turn.record.tokens
            assert drawn is not None
            logprobs = policy(torch.tensor([ids])).logits[0].log_softmax(-1)
            places = range(len(ids) - len(drawn.sampled), len(ids))
            summed = torch.stack([logprobs[place - 1, ids[place]] for place in places]).sum()
            weight = scale * advantages[each.record.id, at] / replies
            loss -= weight * len(drawn.sampled)  # the ratio is 1, and its gradient the logprob's
            (-weight * summed).backward()
    return loss, policy
