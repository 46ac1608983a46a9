"""A report as Markdown, and as one JSON document."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

from kerneldojo import wording
from kerneldojo.metrics import Curve
from kerneldojo.records import Record
from kerneldojo.reporting import words
from kerneldojo.reporting.content import FORMAT, Content, Duel, ProblemFacts


def document(content: Content) -> str:
    """Return a report as one JSON document, without the chart's points."""
    facts = {"format": FORMAT} | _plain(dataclasses.replace(content, points=()))
    del facts["points"]
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def markdown(content: Content) -> str:
    """Return a report as Markdown."""
    return "\n".join(_markdown(content)) + "\n"


def _markdown(content: Content) -> Iterator[str]:
    labels = [_text(run.label) for run in content.runs]
    yield f"# {_text(content.title)}"
    yield ""
    yield from _runs(content)
    yield from _rows(
        "Settings that differ",
        ["setting", *labels],
        [
            [
                _text(each.key),
                *(_text(value) if value is not None else "–" for value in each.values),
            ]
            for each in content.differences
        ],
    )
    yield from _rows(
        "Figures",
        ["figure", *labels, "meaning"],
        [
            [
                figure.name,
                *(
                    f"{words.show(estimate.value, figure.unit)} "
                    f"({words.interval(estimate, figure.unit) or 'no interval'}"
                    f"{', ' * bool(estimate.problems)}{words.basis(estimate)})"
                    for estimate in figure.estimates
                ),
                figure.meaning,
            ]
            for figure in content.figures
        ],
    )
    for duel in content.duels:
        yield from _duel(content, duel)
    yield from _rows(
        "How far solutions come",
        ["stage", *labels, "meaning"],
        [
            [stage.name, *(f"{count:,}" for count in stage.counts), stage.meaning]
            for stage in content.funnel
        ],
    )
    for label, found in zip(labels, content.turns, strict=True):
        yield from _turns(f"Turn by turn: {label}", found)
    yield from _findings(content, labels)
    yield from _rows(
        "Problems: correct of judged, and the best speedup",
        ["problem", "level", *labels],
        [_problem(problem) for problem in content.problems],
    )
    yield ""
    yield (
        f"Made by KernelDojo {content.kerneldojo} on {content.made_at[:10]}. Intervals are 95 % "
        "bootstrap intervals over problems."
    )


def _runs(content: Content) -> Iterator[str]:
    for run in content.runs:
        facts = [
            f"{run.evaluated:,} solutions of {run.problems:,} problems",
            run.first[:10] if run.first else "",
            f"{wording.clock(run.seconds)} of judging",
            f"{run.asked - run.evaluated:,} not evaluated" if run.asked > run.evaluated else "",
            f"{run.missing:,} problems without a solution, counted as failures" * bool(run.missing),
            f"{run.ahead:,} problems not begun" * bool(run.ahead),
        ]
        yield f"* **{_text(run.label)}**: {', '.join(filter(None, facts))}"
        for environment, count in run.environments.items():
            yield f"  * {count:,} on {_text(environment)}"


def _turns(title: str, found: Sequence[Curve]) -> Iterator[str]:
    rows = [
        [name, *(f"{last}, best {best}" for last, best in cells)]
        for name, cells in words.turn_rows(found)
    ]
    if any(curve.verified for curve in found):
        cells = [
            words.show(curve.verified.value, curve.unit) if curve.verified else words.NOTHING
            for curve in found
        ]
        rows.append(["winners, judged anew", *cells])
    yield from _rows(title, ["turn", *(curve.name for curve in found)], rows)


def _findings(content: Content, labels: Sequence[str]) -> Iterator[str]:
    yield from _rows(
        "Findings",
        ["kind", "severity", *labels, "for example"],
        [
            [
                f"`{each.kind}`",
                each.severity,
                *(f"{count:,}" for count in each.counts),
                f"{_text(each.problem)}: {_text(each.evidence)}",
            ]
            for each in content.findings
        ],
    )


def _duel(content: Content, duel: Duel) -> Iterator[str]:
    a, b = (_text(content.runs[number].label) for number in (duel.a, duel.b))
    found = duel.comparison
    alone = words.left_out(found, a, b)
    yield from _rows(
        f"{a} against {b}, on {wording.plural(found.problems, 'common problem')}"
        + f" ({alone}: left out)" * bool(alone),
        ["", a, b, "difference in percentage points", "p-value (Holm)"],
        [
            [
                f"fast@{row.p:g}",
                words.show(row.a, "share"),
                words.show(row.b, "share"),
                f"{words.points(row.difference)} ("
                + (words.points_interval(row.difference) or "no interval")
                + ")",
                words.p_value(row.p_value_holm),
            ]
            for row in found.fast
        ],
    )
    yield ""
    yield (
        f"Where both are correct, {a} is {words.ratio(found.speedup_ratio.value)} as fast "
        f"({words.interval(found.speedup_ratio, 'ratio') or 'no interval'}; "
        f"p-value {words.p_value(found.speedup_significance.p_value)}). "
        f"First answers: {found.wins} won, {found.losses} lost, "
        f"{found.ties} even, {found.both_failed} failed by both."
    )


def _problem(problem: ProblemFacts) -> list[str]:
    cells = []
    for cell in problem.cells:
        judged = sum(count for status, count in cell.statuses.items() if status.judged)
        correct = sum(count for status, count in cell.statuses.items() if status == "CORRECT")
        cells.append(
            f"{correct} of {judged}, {words.ratio(cell.best.speedup if cell.best else None)}"
        )
    return [_text(problem.name), str(problem.level or "–"), *cells]


def _rows(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"## {title}"
    yield ""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _text(text: str) -> str:
    """Return text that Markdown shows as it is: on one line, without markup."""
    line = wording.plain(" ".join(text.split()))
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#&!~" else letter for letter in line)


def _plain(value: Any) -> Any:
    """Return dataclasses and records as JSON has them."""
    if isinstance(value, Record):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
