"""How a dialogue goes: what is asked, what is told, and when it ends."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kerneldojo.records.base import Record
from kerneldojo.records.solution import Language

Count = Annotated[int, Field(ge=1)]


class StopRules(Record):
    """When a dialogue ends before its last turn; each rule may be left out."""

    speedup_goal: float | None = Field(default=None, gt=0)
    """End once a correct solution is this many times as fast as the reference."""
    patience: Count | None = None
    """End after this many turns without a better reward than before."""
    repeats: Count | None = 3
    """End after this many replies in a row with the code of a turn that the model was shown."""


class DialogueSettings(Record):
    """What a model is asked and told."""

    turns: Count = 3
    """Most turns of a trajectory."""
    language: Language = Language.TRITON
    """What the model shall write."""
    example: bool = True
    """Show an example in the first turn."""
    hardware: bool = True
    """Say in the first turn what the solution will run on."""
    feedback_tokens: Annotated[int, Field(ge=64)] = 1500
    """Most tokens of feedback on a turn."""
    keep_thinking: bool = False
    """Show a model its own earlier thinking."""
    templates: str | None = None
    """Folder whose templates take the place of ours by name."""
    stop: StopRules = StopRules()


class Budget(Record):
    """What may be spent on one problem; whichever limit is reached first ends it."""

    turns: Count | None = None
    """Most turns."""
    tokens: Count | None = None
    """Most tokens read and written."""
    evaluations: Count | None = None
    """Most solutions judged."""
    money: float | None = Field(default=None, gt=0)
    """Most money, at the endpoint's prices."""
    seconds: float | None = Field(default=None, gt=0)
    """Longest time, in seconds; interruptions do not count."""
