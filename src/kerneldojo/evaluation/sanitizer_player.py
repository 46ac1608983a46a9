"""Run a solution once, as a program of its own, for the address sanitizer to watch.

Started by `kerneldojo.evaluation.sanitizer` as `python sanitizer_player.py FOLDER`. FOLDER holds
`solution.py` and `case.pt`. Imports nothing of KernelDojo itself.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import torch

CLEAN, RAISED = 0, 97


def _own(value: Any) -> Any:
    """Copy tensors into allocations of exactly their size, so that red zones touch their ends."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: _own(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_own(one) for one in value)
    return value


def _load_kind(path: Path, entry_point: str) -> Any:
    spec = importlib.util.spec_from_file_location("solution", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    spec.loader.exec_module(module)
    return getattr(module, entry_point)


def _adopt(model: torch.nn.Module, state: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, own in model.state_dict().items():
            given = state.get(name)
            if given is not None and given.shape == own.shape:
                own.copy_(given)


def main(folder: Path) -> int:
    """Build the solution, run it once, return the exit code."""
    case = torch.load(folder / "case.pt", weights_only=True)
    torch.manual_seed(case["seed"])
    try:
        kind = _load_kind(folder / "solution.py", case["entry_point"])
        model = kind(*_own(case["init_args"]), **_own(case["init_kwargs"]))
        _adopt(model, case["state"])
        model.train(case["training"])
        with torch.no_grad():
            model(*_own(case["inputs"]))
    except BaseException:
        traceback.print_exc()
        return RAISED
    return CLEAN


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stderr.flush()
    # the interpreter's long way out is of no interest, and slow under the sanitizer
    os._exit(code)
