"""Who wants to see dialogues happen: live views, progress bars, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerneldojo.records import Ending, TrajectoryRecord, Turn

if TYPE_CHECKING:
    from kerneldojo.records import Evaluation


class Watcher:
    """Takes no notice of anything; override what is of interest.

    All methods are called in the event loop and must return soon.
    """

    def begun(self, trajectory: TrajectoryRecord) -> None:
        """A trajectory begins, or goes on after an interruption."""

    def asked(self, trajectory: TrajectoryRecord, place: str) -> None:
        """The policy is being asked for a turn."""

    def text(self, trajectory: TrajectoryRecord, place: str, piece: str) -> None:
        """A further piece of a reply has come."""

    def stage(self, trajectory: TrajectoryRecord, place: str, stage: str) -> None:
        """The evaluation of a turn has reached a stage."""

    def turned(self, trajectory: TrajectoryRecord, turn: Turn, *, recalled: bool) -> None:
        """A turn is finished; recalled: it was on disk already."""

    def verified(self, trajectory: TrajectoryRecord, turn: Turn, evaluation: Evaluation) -> None:
        """A search has judged a turn's solution anew."""

    def ended(self, trajectory: TrajectoryRecord, ending: Ending) -> None:
        """A trajectory has ended."""

    def failed(self, trajectory: TrajectoryRecord, error: Exception) -> None:
        """A trajectory was given up for now, through no fault of the model's."""
