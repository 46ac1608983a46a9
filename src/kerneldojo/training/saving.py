"""A trained model on disk: there whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerneldojo.store.whole import write_whole
from kerneldojo.training import processes


def save_model(trainer: Any, folder: Path) -> None:
    """Write a trainer's model; each process takes its part.

    Raises:
        OSError: if it cannot be written.
    """

    def write(path: Path) -> None:
        trainer.save_model(str(path))
        (path / "training_args.bin").unlink(missing_ok=True)

    if processes.is_first():
        write_whole(folder, write)
    else:
        trainer.save_model(str(folder))
    processes.wait_for_first()
