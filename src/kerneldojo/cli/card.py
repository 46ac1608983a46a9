"""What a person sees of one evaluation: a card on a terminal, plain lines anywhere else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.records import Evaluation, Finding, Mismatch, Profile, Severity, Solution

Row = tuple[str, Text]

WIDEST = 100
_LABEL = 11
_LOG_LINES = 20
_TRACEBACK_LINES = 12
_OPERATORS = 4


def show_card(
    console: Console,
    evaluation: Evaluation,
    solution: Solution | None = None,
    *,
    log: bool = False,
    note: str = "",
) -> None:
    """Print one evaluation.

    Args:
        console: where to; a card is drawn only if this is a terminal.
        evaluation: what to show.
        solution: quoted where a finding or an error names one of its lines.
        log: also show what the solution printed.
        note: what else to say about how this record came here; with it goes when it was made.
    """
    rows = list(card_rows(evaluation, solution, log=log))
    if note:
        rows.append(("judged", Text(f"{words.date(evaluation.created_at)}, {note}", "dim")))
    name = words.short_path(solution.origin) if solution else ""
    headline, style = words.headline(evaluation)
    subject = f"{evaluation.problem} · {evaluation.language} · {evaluation.environment.target}"
    if not console.is_terminal:
        title = f"{headline}  " + " · ".join(filter(None, (name, subject)))
        console.out(plain(title, rows, width=console.width) + "\n")
        return
    console.print(
        Panel(
            _grid(rows),
            title=Text.assemble((f" {headline} ", style), (f" {name} " if name else "")),
            title_align="left",
            subtitle=Text(f" {subject} ", "dim"),
            subtitle_align="right",
            border_style="green" if "green" in style else "red",
            width=min(console.width, WIDEST),
            padding=(0, 1),
        )
    )


def plain(title: str, rows: list[Row], width: int = 80) -> str:
    """Return rows as text for files and pipes: a title, then indented `label  value` lines."""
    lines = [title]
    for label, text in rows:
        head = "  " + label.ljust(_LABEL)
        for piece in text.plain.split("\n"):
            wrapped = textwrap.wrap(
                piece,
                max(width, 40),
                initial_indent=head,
                subsequent_indent=" " * len(head),
                replace_whitespace=False,
                drop_whitespace=True,
                break_on_hyphens=False,
            )
            lines += wrapped or [head]
            head = " " * len(head)
    return "\n".join(line.rstrip() for line in lines)


def _grid(rows: list[Row]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", width=_LABEL - 1, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, text)
    return grid


def card_rows(
    evaluation: Evaluation, solution: Solution | None, *, log: bool = False
) -> Iterator[Row]:
    """Yield what a card says, line by line, most important first."""
    if rule := evaluation.environment.details.get("honesty"):
        yield "honesty", Text(rule, "bold yellow")
    if evaluation.timing is not None:
        yield from _timing(evaluation)
    elif evaluation.status == "CORRECT":
        why = ": an interpreter's times say nothing" if _interpreted(evaluation) else ""
        yield "speedup", Text(f"not measured{why}", "dim")
    if words.only_compiled(evaluation) and evaluation.error is not None:
        yield "compiled", Text(evaluation.error.message, "green")
    elif evaluation.error is not None:
        yield from _error(evaluation)
    yield from _correctness(evaluation)
    if evaluation.profile is not None and not words.only_compiled(evaluation):
        yield from profile_rows(evaluation.profile)
    yield from finding_rows(evaluation.findings, solution)
    if log and evaluation.log.strip():
        yield "printed", Text(_tail(evaluation.log, _LOG_LINES), "dim")
    if reason := evaluation.environment.details.get("fallback"):
        yield "note", Text(f"interpreted, as it cannot be compiled for the CPU: {reason}", "yellow")
    yield "ran on", Text(_environment(evaluation), "dim")
    if evaluation.costs.stages:
        yield "took", Text(_costs(evaluation), "dim")


def _interpreted(evaluation: Evaluation) -> bool:
    return evaluation.environment.target == "interpreter"


def _timing(evaluation: Evaluation) -> Iterator[Row]:
    timing = evaluation.timing
    assert timing is not None
    faster = timing.speedup_low > 1
    style = "bold green" if faster else "bold" if timing.speedup_high >= 1 else "bold yellow"
    text = Text(words.speedup(timing), style)
    text.append("  95 % interval of the paired ratio", "dim")
    yield "speedup", text
    text = Text(f"{words.latency(timing.solution)}, reference {words.latency(timing.reference)}")
    text.append(f"  ({timing.solution.calls} pairs, {timing.workload})", "dim")
    yield "time", text
    for name, value in timing.baselines.items():
        yield "", Text(f"{name} {words.latency(value)}", "dim")
    if timing.floor_ms is not None and timing.speed_of_light is not None:
        share = wording.percent(timing.speed_of_light)
        floor = wording.duration(timing.floor_ms)
        yield "", Text(f"{share} of the speed of light (floor {floor})", "dim")


def _correctness(evaluation: Evaluation) -> Iterator[Row]:
    correctness = evaluation.correctness
    if correctness is None or not correctness.trials:
        return
    passed = sum(trial.passed for trial in correctness.trials)
    total = len(correctness.trials)
    text = Text(
        f"{passed} of {wording.plural(total, 'trial')}", "green" if passed == total else "red"
    )
    worst = max(correctness.trials, key=lambda trial: trial.error_ratio)
    text.append(
        f"  largest error {worst.error_ratio:.2g} × the {correctness.policy} tolerance", "dim"
    )
    if passed < total:
        first = next(trial for trial in correctness.trials if not trial.passed)
        text.append(f"\nfirst failure in {first.name}", "dim")
    yield "correct", text
    if correctness.mismatch is not None:
        yield "mismatch", _mismatch(correctness.mismatch)


def _mismatch(mismatch: Mismatch) -> Text:
    at = f"{mismatch.output}[{', '.join(map(str, mismatch.index))}]"
    text = Text(f"{at} is {mismatch.actual:.7g}, expected {mismatch.expected:.7g}")
    text.append(f" (±{mismatch.allowed:.2g} allowed)\n", "dim")
    share = mismatch.wrong_elements / max(mismatch.total_elements, 1)
    text.append(
        f"{mismatch.wrong_elements:,} of {mismatch.total_elements:,} elements"
        f" are wrong ({wording.percent(share)})"
    )
    return text


def profile_rows(profile: Profile) -> Iterator[Row]:
    """Yield the coverage bar, the library operators that ran and the bottleneck."""
    if profile.coverage is None:
        yield "coverage", Text(f"could not be captured ({profile.source})", "yellow")
    else:
        style = "green" if profile.coverage >= 0.5 else "yellow" if profile.coverage > 0 else "red"
        text = Text(words.bar(profile.coverage), style)
        text.append(f" {wording.percent(profile.coverage)}", "bold")
        text.append(" own kernels", "dim")
        yield "coverage", text
    if profile.operators:
        names = [
            f"{operator.name}"
            + (f" {wording.percent(operator.share)}" if operator.share is not None else "")
            for operator in profile.operators[:_OPERATORS]
        ]
        more = len(profile.operators) - len(names)
        yield "library", Text(", ".join(names) + (f" and {more} more" if more else ""))
    if profile.bottleneck:
        yield "advice", Text(profile.bottleneck, "italic")


def finding_rows(findings: tuple[Finding, ...], solution: Solution | None) -> Iterator[Row]:
    """Yield one row for each finding, gravest first, quoting the line it points at."""
    for finding in sorted(findings, key=lambda finding: not finding.fatal):
        fatal = finding.severity is Severity.FATAL
        text = Text(str(finding.kind), "bold red" if fatal else "bold yellow")
        text.append(f" · {finding.where}" if finding.where else "", "dim")
        text.append(f"\n{finding.evidence}")
        quoted = _quote(finding.where, solution)
        if quoted and quoted not in finding.evidence:
            text.append(f"\n{finding.where}: {quoted}", "cyan")
        yield "fatal" if fatal else "warning", text


def _quote(where: str | None, solution: Solution | None) -> str:
    word, _, number = (where or "").partition(" ")
    if solution is None or word != "line" or not number.isdigit():
        return ""
    lines = solution.source.splitlines()
    return lines[int(number) - 1].strip() if 0 < int(number) <= len(lines) else ""


def _error(evaluation: Evaluation) -> Iterator[Row]:
    error = evaluation.error
    assert error is not None
    text = Text(error.type, "bold red")
    text.append(f": {_tail(error.message, _TRACEBACK_LINES)}")
    yield "error", text
    if error.traceback.strip():
        yield "", Text(_tail(error.traceback, _TRACEBACK_LINES), "dim")


def _tail(text: str, lines: int) -> str:
    rows = text.strip("\n").splitlines()
    return "\n".join((["…"] if len(rows) > lines else []) + rows[-lines:])


def _environment(evaluation: Evaluation) -> str:
    environment = evaluation.environment
    parts = [
        environment.device,
        wording.plural(environment.threads, "thread"),
        f"torch {environment.torch}",
        *([f"triton {environment.triton}"] if environment.triton else []),
        f"isolation {environment.isolation}",
        *([environment.details["disturbed"]] if "disturbed" in environment.details else []),
    ]
    return " · ".join(parts)


def _costs(evaluation: Evaluation) -> str:
    stages = sorted(evaluation.costs.stages.items(), key=lambda stage: -stage[1])
    named = [f"{name} {wording.duration(seconds * 1e3)}" for name, seconds in stages[:4]]
    return f"{wording.duration(evaluation.costs.total_s * 1e3)} ({', '.join(named)})"
