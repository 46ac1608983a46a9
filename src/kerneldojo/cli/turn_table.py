"""Turns in rows: one table for the view of a search under way and for what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.records import Status, Turn, Usage


@dataclass(frozen=True)
class _Column:
    head: str
    importance: int
    """On a narrow terminal the least important columns are left out."""
    right: bool = True


_COLUMNS = (
    _Column("turn", 9, right=False),
    _Column("status", 9, right=False),
    _Column("speedup", 9),
    _Column("coverage", 4),
    _Column("reward", 6),
    _Column("best", 7),
    _Column("tokens", 5),
    _Column("money", 3),
    _Column("time", 2),
)


def turn_table(turns: Sequence[Turn], width: int, console: Console, last: int = 0) -> Table:
    """Return turns as a table that fits a terminal.

    Args:
        turns: in the order in which they finished.
        width: of the terminal, in characters.
        console: measures the table.
        last: show so many of them only, the latest; 0 shows all.
    """
    rows = _rows(turns)
    left_out = len(rows) - last if last and len(rows) > last else 0
    paid = any(turn.record.usage.money for turn in turns)
    columns = [column for column in _COLUMNS if paid or column.head != "money"]
    while True:
        table = _table(columns, rows[left_out:], left_out)
        needed = Measurement.get(console, console.options.update(width=10_000), table).maximum
        dropped = min(columns, key=lambda column: column.importance)
        if needed <= width or dropped.importance == 9:
            return table
        columns.remove(dropped)


def turn_line(turn: Turn, best: float | None) -> str:
    """Return a turn as a line, for output that is no terminal."""
    cells = _cells(turn, best, improved=False)
    status = cells["status"].plain
    parts = [f"{words.turn_name(turn):<20} {status:<17}"]
    if turn.speedup is not None:
        parts.append(f"{cells['speedup'].plain:>7}")
    if turn.reward is not None:
        parts.append(f"reward {cells['reward'].plain}")
    if best is not None:
        parts.append(f"best {wording.times(best)}×")
    parts += [f"{turn.record.usage.tokens:,} tokens", cells["time"].plain]
    return "  ".join(parts)


def status_of(turn: Turn) -> Text:
    """Return what a turn came to, in the colours of the card."""
    if turn.evaluation is None:
        return Text((turn.record.reply_problem or "no solution").replace("_", " "), "yellow")
    text = Text(*words.headline(turn.evaluation))
    if turn.record.repeats is not None:
        text.append(" again", "dim")
    return text


def spent(usage: Usage, turns: int) -> str:
    """Return what turns cost altogether, in words."""
    about = "about " if usage.estimated else ""
    paid = f" · {words.money(usage.money)} money" if usage.money else ""
    return f"{wording.plural(turns, 'turn')} · {about}{words.count(usage.tokens)} tokens{paid}"


def better(best: float | None, turn: Turn) -> float | None:
    """Return the higher one of the best speedup so far and a correct turn's."""
    correct = turn.evaluation is not None and turn.evaluation.status is Status.CORRECT
    if not correct or turn.speedup is None:
        return best
    return turn.speedup if best is None else max(best, turn.speedup)


def best_of(turns: Iterable[Turn]) -> float | None:
    """Return the highest speedup of correct turns."""
    best = None
    for turn in turns:
        best = better(best, turn)
    return best


def _rows(turns: Sequence[Turn]) -> list[dict[str, Text]]:
    rows, best = [], None
    for turn in turns:
        now = better(best, turn)
        rows.append(_cells(turn, now, improved=now != best))
        best = now
    return rows


def _cells(turn: Turn, best: float | None, *, improved: bool) -> dict[str, Text]:
    record, evaluation = turn.record, turn.evaluation
    profile = evaluation.profile if evaluation else None
    coverage = profile.coverage if profile else None
    return {
        "turn": Text(words.turn_label(turn.number, record.place)),
        "status": status_of(turn),
        "speedup": Text(f"{wording.times(turn.speedup)}×" if turn.speedup is not None else "–"),
        "coverage": Text(wording.percent(coverage) if coverage is not None else "–"),
        "reward": Text(f"{turn.reward:.2f}" if turn.reward is not None else "–"),
        "best": Text(
            f"{wording.times(best)}×" if best is not None else "–",
            "bold green" if improved else "dim",
        ),
        "tokens": Text(("~" if record.usage.estimated else "") + words.count(record.usage.tokens)),
        "money": Text(words.money(record.usage.money)),
        "time": Text(wording.clock(record.generation_s + record.evaluation_s)),
    }


def _table(columns: Sequence[_Column], rows: Sequence[dict[str, Text]], left_out: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", padding=(0, 1))
    for column in columns:
        folds = column.head == "turn"
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not folds,
            overflow="fold",
        )
    if left_out:
        table.add_row(Text(f"… {left_out} earlier", "dim"), *[""] * (len(columns) - 1))
    for row in rows:
        table.add_row(*(row[column.head] for column in columns))
    return table
