"""A trajectory held for verl, and the rows of tokens it becomes. Free of verl."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from kerneldojo.dialogue.dialogue import Dialogue
from kerneldojo.dialogue.strategy import Strategy, directed
from kerneldojo.dialogue.token_rows import Row, rows
from kerneldojo.errors import InvalidProblem, PolicyError
from kerneldojo.integrations.verl.handover import LOST, Handover, Played
from kerneldojo.records import Trajectory

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """A trajectory, and whether a turn was begun that a fault of ours took away."""

    trajectory: Trajectory
    broken: bool = False

    @property
    def turns(self) -> tuple[Played, ...]:
        """The verdict of every turn."""
        judged = tuple(map(Played.of, self.trajectory.turns))
        return (*judged, LOST) if self.broken else judged


@dataclass(frozen=True)
class ResponseRow:
    """A row as verl wants it: a prompt, and a response in which replies stand."""

    prompt: tuple[int, ...]
    response: tuple[int, ...]
    mask: tuple[int, ...]
    """1 where the model wrote the token and it may be learnt from."""
    logprobs: tuple[float, ...] | None
    rewards: tuple[float, ...]
    """Each turn's reward at its last token, 0 elsewhere."""
    handover: Handover


async def hold(dialogue: Dialogue, strategy: Strategy, deadline_s: float | None = None) -> Held:
    """Hold a dialogue; faults of ours end it and are no verdict on what it might have become.

    Raises:
        PolicyRefused: if no question could be answered.
        InfrastructureError: if nothing at all can be judged.
    """
    name = f"{dialogue.problem.name}, trajectory {dialogue.record.sample}"
    try:
        async with asyncio.timeout(deadline_s):
            await directed(strategy, dialogue)
    except TimeoutError:
        LOG.warning("%s: not at its end after %g s; what is under way is lost", name, deadline_s)
    except PolicyError as error:
        LOG.warning("%s: the turn is lost: %s", name, error)
    except InvalidProblem as error:
        LOG.error("%s is left out: %s", name, error)
    else:
        return Held(dialogue.trajectory)
    return Held(dialogue.trajectory, broken=True)


def response_rows(held: Held, *, partial: bool) -> list[ResponseRow]:
    """Return the rows of a trajectory, those left out that no turn's verdict is known of.

    Args:
        held: the trajectory.
        partial: whether tokens of a trajectory with a lost turn may be unmasked, because whoever
            learns from them reads the handover. Else such a trajectory is masked as a whole.
    """
    turns = held.turns
    masked = not partial and any(turn.reward is None for turn in turns)
    found = [_response_row(row, held, turns, masked) for row in rows(held.trajectory)]
    return [row for row in found if _some_known(row, turns)]


def _some_known(row: ResponseRow, turns: Sequence[Played]) -> bool:
    return any(turns[turn].reward is not None for turn, _, _ in row.handover.spans)


def _response_row(row: Row, held: Held, turns: tuple[Played, ...], masked: bool) -> ResponseRow:
    start = next(place for place, turn in enumerate(row.turn_of) if turn is not None)
    numbers = {turn.number: place for place, turn in enumerate(held.trajectory.turns)}
    own = [numbers[turn] if turn is not None else None for turn in row.turn_of[start:]]
    spans = _spans(own)
    rewards = [0.0] * len(own)
    for turn, _, end in spans:
        rewards[end - 1] = turns[turn].reward or 0.0
    record = held.trajectory.record
    return ResponseRow(
        prompt=row.ids[:start],
        response=row.ids[start:],
        mask=tuple(int(turn is not None and not masked) for turn in own),
        logprobs=row.logprobs[start:] if row.logprobs is not None else None,
        rewards=tuple(rewards),
        handover=Handover(record.problem_digest, record.sample, turns, spans),
    )


def _spans(turn_of: Sequence[int | None]) -> tuple[tuple[int, int, int], ...]:
    """Return turn, begin and end of every run of one turn's tokens."""
    found: list[tuple[int, int, int]] = []
    for place, turn in enumerate(turn_of):
        if turn is None:
            continue
        if found and found[-1][0] == turn and found[-1][2] == place:
            found[-1] = (turn, found[-1][1], place + 1)
        else:
            found.append((turn, place, place + 1))
    return tuple(found)
