"""One turn of a dialogue: what was asked, answered and told."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.corpus.export import kept_thinking
from kerneldojo.corpus.filters import is_whole
from kerneldojo.dialogue.conversations import prompt_of
from kerneldojo.records import Trajectory, Turn
from kerneldojo.store import Run

_EXCERPT_LINES = 12


def show_turn(console: Console, run: Run, trajectory: Trajectory, turn: Turn) -> None:
    """Print the end of the prompt, the reply in full, and the feedback."""
    begun, record = trajectory.record, turn.record
    head = Text(f"turn {turn.number + 1} of {begun.problem}#{begun.sample}", "bold")
    console.print(head, soft_wrap=True)
    console.print(Text("  " + " · ".join(_facts(turn)), "dim"), soft_wrap=True)
    if is_whole(trajectory, turn):
        prompt = prompt_of(trajectory, turn, keep_thinking=kept_thinking(run))
        what = f"prompt, the last of {wording.plural(len(prompt), 'message')}"
        _passage(console, what, prompt[-1].content, _EXCERPT_LINES)
    if record.thinking:
        _passage(console, "thinking", record.thinking, _EXCERPT_LINES)
    _passage(console, "reply", record.reply)
    _passage(console, "feedback", record.feedback)


def _facts(turn: Turn) -> list[str]:
    record = turn.record
    facts = [record.place] if record.place != f"turn {turn.number + 1}" else []
    if record.context:
        facts.append(f"shown {_turns(record.context)}")
    if record.forgotten:
        facts.append(f"no room for {_turns(record.forgotten)}")
    if record.parent is not None:
        facts.append(f"improves {_turns([record.parent])}")
    if record.reply_problem:
        facts.append(f"no solution: {record.reply_problem}")
    facts.append("masked" if record.reward is None else f"reward {wording.digits(record.reward)}")
    facts.append(wording.plural(record.usage.tokens, "token"))
    facts.append(f"{wording.digits(record.generation_s)} s")
    return facts


def _turns(numbers: Sequence[int]) -> str:
    """Return the turns' names: people count them from 1."""
    named = ", ".join(str(number + 1) for number in numbers)
    return f"turn {named}" if len(numbers) == 1 else f"turns {named}"


def _passage(console: Console, name: str, text: str, most: int | None = None) -> None:
    """Print a text behind a bar; of a long one, with a limit, the end."""
    lines = text.strip().splitlines() or ["(nothing)"]
    left_out = len(lines) - most if most and len(lines) > most else 0
    console.print()
    console.print(Text(name, "bold"))
    if left_out:
        console.print(Text(f"  … {wording.plural(left_out, 'line')} before", "dim"))
    for line in lines[left_out:]:
        console.print(
            Text.assemble(("│ ", "dim"), wording.plain(line.expandtabs(4))), soft_wrap=True
        )
