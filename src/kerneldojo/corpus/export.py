"""Training data out of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerneldojo.corpus import conversations, trajectories
from kerneldojo.corpus.keep import Keep
from kerneldojo.corpus.select import Selection, select
from kerneldojo.records import Trajectory
from kerneldojo.store import Run
from kerneldojo.store.dataset_card import DatasetCard
from kerneldojo.store.tables import Format, Kind, Table, write_table

Key = tuple[int, str]
"""Number of a run, and id of one of its trajectories."""


@dataclass(frozen=True)
class Exported:
    """What was written, and what was not."""

    rows: int
    selection: Selection[Key]


def export_conversations(
    runs: Sequence[Run],
    path: str | Path,
    keep: Keep | None = None,
    *,
    thinking: bool = False,
    format: Format | None = None,
) -> Exported:
    """Write conversations for supervised fine-tuning, each of which ends with a good answer.

    Args:
        runs: whose trajectories are looked through, twice and one at a time.
        path: FILE.jsonl, FILE.parquet, or a missing or empty directory for `datasets`.
        keep: which trajectories are wanted; by default those whose answer is correct and in
            which nothing was dishonest.
        thinking: whether the last message holds the model's thinking. What stands before it is
            what the model was shown.
        format: by default what the path's suffix says.

    Raises:
        UsageError: if the format is unknown or cannot hold this, the directory is in use, or a
            package that is needed is not installed.
        StoreError: if nothing can be written there.
    """
    keep = Keep(correct=True, honest=True) if keep is None else keep
    selection = _select(runs, keep)
    rows = (
        row
        for run, trajectory in _kept(runs, selection)
        for row in conversations.conversation_rows(
            str(run.path), trajectory, keep, keep_thinking=kept_thinking(run), thinking=thinking
        )
    )
    card = DatasetCard(
        runs,
        "Conversations about kernels",
        "conversations",
        "conversations",
        {name: meaning for name, (_, meaning) in conversations.COLUMNS.items()},
        {"status": "status", "problem_licence": "licence of the problem"},
    )
    columns = _kinds(conversations.COLUMNS)
    table = Table("conversations", columns, card.counted(rows), card.text, batch_rows=128)
    return Exported(write_table(table, path, format), selection)


def export_trajectories(
    runs: Sequence[Run],
    path: str | Path,
    keep: Keep | None = None,
    *,
    format: Format | None = None,
) -> Exported:
    """Write whole trajectories for reinforcement learning, one a row.

    Args:
        runs: whose trajectories are looked through, twice and one at a time.
        path: FILE.jsonl, FILE.parquet, or a missing or empty directory for `datasets`.
        keep: which trajectories are wanted; by default all.
        format: by default what the path's suffix says.

    Raises:
        UsageError: see `export_conversations`.
        StoreError: see `export_conversations`.
    """
    selection = _select(runs, keep or Keep())
    rows = (
        trajectories.trajectory_row(str(run.path), trajectory, keep_thinking=kept_thinking(run))
        for run, trajectory in _kept(runs, selection)
    )
    columns = trajectories.COLUMNS
    meanings = {name: meaning for name, (_, meaning) in columns.items()} | {
        f"turns[].{name}": meaning for name, (_, meaning) in trajectories.TURN_COLUMNS.items()
    }
    card = DatasetCard(
        runs,
        "Trajectories of kernels",
        "trajectories",
        "trajectories",
        meanings,
        {"end": "end", "problem_licence": "licence of the problem"},
    )
    table = Table("trajectories", _kinds(columns), card.counted(rows), card.text, batch_rows=16)
    return Exported(write_table(table, path, format), selection)


def kept_thinking(run: Run) -> bool:
    """Return whether a run showed the model its own earlier thinking."""
    dialogue = run.config.get("dialogue")
    return bool(isinstance(dialogue, dict) and dialogue.get("keep_thinking"))


def _select(runs: Sequence[Run], keep: Keep) -> Selection[Key]:
    return select(
        (
            ((number, trajectory.record.id), trajectory)
            for number, run in enumerate(runs)
            for trajectory in run.iter_trajectories()
        ),
        keep,
    )


def _kept(runs: Sequence[Run], selection: Selection[Key]) -> Iterator[tuple[Run, Trajectory]]:
    for number, run in enumerate(runs):
        for trajectory in run.iter_trajectories():
            if (number, trajectory.record.id) in selection.kept:
                yield run, trajectory


def _kinds(columns: Mapping[str, tuple[Kind, Any]]) -> dict[str, Kind]:
    return {name: kind for name, (kind, _) in columns.items()}
