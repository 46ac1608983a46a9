"""Trainings of the miniature in lines of text."""

from __future__ import annotations

import time
from collections.abc import Callable

from kerneldojo.training import journal
from kerneldojo.training.reinforcement.figures import Figures
from kerneldojo.training.reinforcement.journal import RlStep, Validation, Watcher

Tell = Callable[[str], None]

_SHARES = {
    "correct": "correct",
    "fast_1_2": "fast@1.2",
    "hacked": "hacks",
    "lazy": "lazy",
    "coverage": "coverage",
}


def in_words(figures: Figures) -> str:
    """Return what a step or a validation came to, in a line."""
    shares = (
        f"{words} {share:4.0%}" if (share := getattr(figures, name)) is not None else f"{words}   –"
        for name, words in _SHARES.items()
    )
    speedup = f"{figures.speedup:.2f} ×" if figures.speedup is not None else "–"
    return f"reward {figures.reward or 0:.2f} · {' · '.join(shares)} · speedup {speedup}"


class ColdStart(journal.Watcher):
    """Tells of every so many steps of supervised training."""

    def __init__(self, tell: Tell, every: int = 50) -> None:
        self._tell, self._every = tell, every

    def stepped(self, step: journal.Step) -> None:
        """Tell about a step, if it is time."""
        if step.step % self._every == 0 or step.step in (1, step.steps):
            self._tell(
                f"cold start {step.step:4}/{step.steps}  loss {step.loss:.3f} nats a token · "
                f"{step.tokens_per_s:,.0f} tokens/s"
            )


class Practised(Watcher):
    """Tells of every step of reinforcement learning, and of every validation."""

    def __init__(self, tell: Tell, name: str = "step") -> None:
        self._tell, self._name = tell, name
        self._began = time.monotonic()

    def stepped(self, step: RlStep) -> None:
        """Tell about a step."""
        passed = time.monotonic() - self._began
        self._tell(f"{self._name} {step.step:2}/{step.steps}  {in_words(step)} · {passed:.0f} s")

    def validated(self, validation: Validation) -> None:
        """Tell about a validation."""
        self._tell(f"{self._name} held out, after {validation.step}: {in_words(validation)}")
