"""Checkpoints of a run: which are complete, and which is the last."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from kerneldojo.store.whole import write_whole

FOLDER = "checkpoints"
_MARK = "complete"


def mark(run: Path, step: int) -> Path:
    """Mark the checkpoint of a step as complete, and return it."""
    folder = run / FOLDER / f"checkpoint-{step}"
    write_whole(folder / _MARK, "")
    return folder


def last(run: Path) -> Path | None:
    """Return the last complete checkpoint, or None."""
    complete = [folder for folder in _all(run) if (folder / _MARK).is_file()]
    return complete[-1] if complete else None


def is_final(checkpoint: Path) -> bool:
    """Whether a checkpoint is that of the last step of all."""
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return bool(state["global_step"] >= state["max_steps"])


def clear_torn(run: Path) -> None:
    """Remove what is left of checkpoints in whose writing the process ended."""
    for folder in _all(run):
        if not (folder / _MARK).is_file():
            shutil.rmtree(folder)


def _all(run: Path) -> list[Path]:
    """Return the folders of checkpoints in order of their steps."""
    found = (run / FOLDER).glob("checkpoint-*")
    return sorted(found, key=lambda folder: int(folder.name.rpartition("-")[2]))
