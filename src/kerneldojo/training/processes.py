"""The processes of a training: one for each device, of which the first one writes."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import gather_object

from kerneldojo.errors import UsageError
from kerneldojo.settings import SftSettings
from kerneldojo.wording import plural

T = TypeVar("T")


def _state() -> PartialState:
    """Return who is there; without being told, processes on CPUs do not find one another."""
    return PartialState(cpu=not torch.cuda.is_available())


def is_first() -> bool:
    """Whether this process is the one that writes."""
    return bool(_state().is_main_process)


def wait_for_first() -> None:
    """Wait until all processes are here."""
    _state().wait_for_everyone()


def count() -> int:
    """Return how many processes there are.

    Raises:
        UsageError: if a single process has several GPUs, as it would use one of them only.
    """
    processes = int(_state().num_processes)
    gpus = torch.cuda.device_count()
    if processes == 1 and gpus > 1:
        raise UsageError(
            f"{gpus} GPUs are visible to one process. Start one for each: accelerate launch "
            f"--num_processes {gpus} -m kerneldojo train …; or show it one: "
            "CUDA_VISIBLE_DEVICES=0 kerneldojo train …"
        )
    return processes


def batches_of_step(settings: SftSettings) -> int:
    """Return how many batches of all devices make up an optimizer step.

    Raises:
        UsageError: if they do not make it up exactly.
    """
    devices = count()
    at_once = settings.device_batch_size * devices
    times, rest = divmod(settings.batch_size, at_once)
    if rest:
        raise UsageError(
            f"sft.batch_size = {settings.batch_size} is not a multiple of the {at_once} sequences "
            f"that {plural(devices, 'device')} with sft.device_batch_size = "
            f"{settings.device_batch_size} take at once. Change one of them."
        )
    return times


def number() -> int:
    """Return the number of this process, from 0."""
    return int(_state().process_index)


def of_all() -> int:
    """Return how many processes there are."""
    return int(_state().num_processes)


def together(mine: list[T]) -> list[T]:
    """Return what all processes have, in the order of their numbers; all of them have to ask."""
    return list(gather_object(mine))


def own_folder(folder: Path) -> Path:
    """Return where this process writes: the folder itself if it is the only one."""
    return folder / f"process-{number()}" if of_all() > 1 else folder
