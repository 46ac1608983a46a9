"""Problems as the Parquet files that verl reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerneldojo.dialogue import Prompts
from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.settings import NAME
from kerneldojo.problems import distinct
from kerneldojo.records import Problem
from kerneldojo.settings import DialogueSettings


def write_data(
    problems: Sequence[Problem], file: str | Path, settings: DialogueSettings | None = None
) -> int:
    """Write problems as rows of data for verl, and return how many.

    verl reads `prompt` to find out its length; the agent loop asks its own question, which also
    names the device.

    Args:
        problems: each is written once.
        file: ends in `.parquet`.
        settings: how the question is put; by default as usual.

    Raises:
        UsageError: if the file is no Parquet file by its name, two problems have one name, there
            is no problem, or the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = Path(file)
    if out.suffix != ".parquet":
        raise UsageError(f"{out}: verl reads files whose names end in .parquet")
    chosen = distinct(problems)
    if not chosen:
        raise UsageError("there is no problem to write")
    settings = settings or DialogueSettings()
    folder = Path(settings.templates).expanduser() if settings.templates else None
    prompts = Prompts(settings.language, example=settings.example, folder=folder)
    table = pa.Table.from_pylist(
        [_row(number, problem, prompts) for number, problem in enumerate(chosen)]
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error
    return len(chosen)


def _row(number: int, problem: Problem, prompts: Prompts) -> dict[str, Any]:
    return {
        "data_source": _source(problem.name),
        "agent_name": NAME,
        "prompt": [{"role": "user", "content": prompts.first(problem)}],
        "problem": problem.model_dump_json(),
        "reward_model": {"style": "rule", "ground_truth": problem.name},
        "extra_info": {"index": number},
    }


def _source(name: str) -> str:
    """Return under which name verl's validation averages a problem: all but its last part."""
    head, _, leaf = name.rpartition("/")
    return head or leaf
