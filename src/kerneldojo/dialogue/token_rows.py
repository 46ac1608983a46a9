"""From turns to rows of token ids, and how turns are written down so that this is exact.

A turn's ids are written down as what they add to an earlier turn's. Rows put them together again:
what the policy was sent and what it drew, id by id, which is what training has to be done on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kerneldojo.records import Completion, Tokens, Trajectory, Turn


@dataclass(frozen=True)
class Row:
    """A sequence of token ids in which the replies of one or more turns stand."""

    ids: tuple[int, ...]
    turn_of: tuple[int | None, ...]
    """For each id the number of the turn that drew it; None for what is not trained on here:
    prompts, and replies that are in another row."""
    logprobs: tuple[float, ...] | None
    """For each id its log-probability when it was drawn, 0 where `turn_of` is None; None if it is
    unknown of any of the turns."""

    @property
    def turns(self) -> tuple[int, ...]:
        """Numbers of the turns whose replies are trained on in this row, in their order."""
        return tuple(dict.fromkeys(turn for turn in self.turn_of if turn is not None))

    @property
    def loss_mask(self) -> tuple[bool, ...]:
        """For each id whether it was drawn and is trained on in this row."""
        return tuple(turn is not None for turn in self.turn_of)


def as_tokens(completion: Completion, earlier: Sequence[Turn]) -> Tokens | None:
    """Return a reply's ids in the form in which its turn keeps them.

    Args:
        completion: the reply.
        earlier: all earlier turns of the trajectory.

    Returns:
        None if the policy did not tell the ids.
    """
    prompt, sampled = completion.prompt_ids, completion.sampled_ids
    if prompt is None or sampled is None:
        return None
    extends, known = relate(earlier, prompt)
    return Tokens(
        extends=extends, prompt=prompt[known:], sampled=sampled, logprobs=completion.logprobs
    )


def relate(earlier: Iterable[Turn], prompt: Sequence[int]) -> tuple[int | None, int]:
    """Return the earlier turn whose ids, reply included, are the longest beginning of a prompt.

    Returns:
        The turn's number, and how many ids it and the prompt have in common. Of equals the
        earliest; None and 0 if there is none.
    """
    prompt = tuple(prompt)
    best, known = None, 0
    for number, ids in full_ids(earlier).items():
        if len(ids) > known and prompt[: len(ids)] == ids:
            best, known = number, len(ids)
    return best, known


def full_ids(turns: Iterable[Turn]) -> dict[int, tuple[int, ...]]:
    """Return for each turn, by its number, the ids of its whole prompt and its reply.

    Turns without ids are left out, and so are those that extend a turn that is not there.
    """
    full: dict[int, tuple[int, ...]] = {}
    for turn in turns:
        tokens = turn.record.tokens
        if tokens is None or (tokens.extends is not None and tokens.extends not in full):
            continue
        before = full[tokens.extends] if tokens.extends is not None else ()
        full[turn.number] = (*before, *tokens.prompt, *tokens.sampled)
    return full


def rows(trajectory: Trajectory) -> list[Row]:
    """Return the training rows of a trajectory, in which each reply is trained on exactly once.

    Turns that extend one another share a row. Where several turns extend the same one, the first
    of them goes on in its row; the others begin rows of their own, in which what they share is
    only read. Turns without ids have no row.
    """
    full = full_ids(trajectory.turns)
    chains: list[list[Turn]] = []
    for turn in trajectory.turns:
        if turn.number not in full:
            continue
        assert turn.record.tokens is not None
        extends = turn.record.tokens.extends
        ending_there = (chain for chain in chains if chain[-1].number == extends)
        chain = next(ending_there, None)
        if chain is None:
            chains.append([turn])
        else:
            chain.append(turn)
    return [_row(chain, full) for chain in chains]


def _row(chain: Sequence[Turn], full: dict[int, tuple[int, ...]]) -> Row:
    """Put together turns each of which extends the one before it."""
    ids = full[chain[-1].number]
    turn_of: list[int | None] = [None] * len(ids)
    logprobs: list[float] | None = [0.0] * len(ids)
    for turn in chain:
        tokens = turn.record.tokens
        assert tokens is not None
        end = len(full[turn.number])
        start = end - len(tokens.sampled)
        turn_of[start:end] = [turn.number] * len(tokens.sampled)
        if tokens.logprobs is None:
            logprobs = None
        elif logprobs is not None:
            logprobs[start:end] = tokens.logprobs
    return Row(ids, tuple(turn_of), tuple(logprobs) if logprobs is not None else None)
