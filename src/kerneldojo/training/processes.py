"""The processes of a training: one for each device, of which the first one writes."""

from __future__ import annotations

import torch
from accelerate import PartialState

from kerneldojo.errors import UsageError


def is_first() -> bool:
    """Whether this process is the one that writes."""
    return bool(PartialState().is_main_process)


def wait_for_first() -> None:
    """Wait until all processes are here."""
    PartialState().wait_for_everyone()


def count() -> int:
    """Return how many processes there are.

    Raises:
        UsageError: if a single process has several GPUs, as it would use one of them only.
    """
    processes = int(PartialState().num_processes)
    gpus = torch.cuda.device_count()
    if processes == 1 and gpus > 1:
        raise UsageError(
            f"{gpus} GPUs are visible to one process. Start one for each: accelerate launch "
            f"--num_processes {gpus} -m kerneldojo train …; or show it one: "
            "CUDA_VISIBLE_DEVICES=0 kerneldojo train …"
        )
    return processes
