"""The data of a page: all evaluations in brief, and as many in full as the page has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerneldojo.records import Outcome, Status
from kerneldojo.reporting.cards import pack
from kerneldojo.reporting.content import Content
from kerneldojo.reporting.packs import Packs, squeeze
from kerneldojo.reporting.reading import Judged, Reading

_LONGEST_SOURCE = 100_000
_LONGEST_ORIGIN = 120


@dataclass(frozen=True)
class Embedded:
    """What a page carries besides its text."""

    index: str
    """Base64 of a gzip stream of JSON: every outcome, and where its card and source are."""
    packs: tuple[str, ...]
    evaluations: int
    cards: int
    """Evaluations whose card found room."""
    solutions: int
    sources: int
    """Solutions whose source found room."""


@dataclass
class _Catalogue:
    """Evaluations and source texts, numbered in the order of their importance."""

    evaluations: dict[str, Judged] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """By digest; solutions, then problems."""
    first: int = 0
    """Evaluations that stand for others like them: they come first."""

    def number(self) -> dict[str, int]:
        """Return the number of each evaluation."""
        return {name: number for number, name in enumerate(self.evaluations)}


def embed(
    readings: Sequence[Reading], content: Content, environments: list[str], room: int
) -> Embedded:
    """Return the data of a page.

    When there is not room for everything, the fastest correct solution of every problem in every
    run comes first, then one of each other status and finding of each problem, then the rest:
    cards before sources.

    Args:
        readings: the runs.
        content: the report on them.
        environments: as cards number them.
        room: bytes that the data may take up.
    """
    catalogue = _catalogue(readings)
    table = _table(readings, content, catalogue)
    table["environments"] = environments
    table["cards"] = list(range(len(catalogue.evaluations)))
    table["sources"] = list(range(len(catalogue.sources)))
    packs = Packs(room - len(squeeze(pack(table))) - 1024)
    cards = {str(n): judged.card for n, judged in enumerate(catalogue.evaluations.values())}
    texts = {str(n): pack(text) for n, text in enumerate(catalogue.sources.values())}
    numbers = {digest: str(n) for n, digest in enumerate(catalogue.sources)}
    chosen = dict.fromkeys(
        numbers[judged.solution_digest]
        for judged in list(catalogue.evaluations.values())[: catalogue.first]
        if judged.solution_digest in numbers
    )
    names = list(cards)
    placed = packs.add((name, cards[name]) for name in names[: catalogue.first])
    placed_texts = packs.add((name, texts[name]) for name in chosen)
    placed |= packs.add((name, cards[name]) for name in names[catalogue.first :])
    placed_texts |= packs.add((name, texts[name]) for name in texts if name not in chosen)
    table["cards"] = [placed.get(name, -1) for name in cards]
    table["sources"] = [placed_texts.get(name, -1) for name in texts]
    solutions = {digest for reading in readings for digest in reading.solutions}
    kept = sum(numbers[digest] in placed_texts for digest in solutions)
    return Embedded(
        index=squeeze(pack(table)),
        packs=tuple(packs.texts),
        evaluations=len(cards),
        cards=len(placed),
        solutions=len(solutions),
        sources=kept,
    )


def _catalogue(readings: Sequence[Reading]) -> _Catalogue:
    catalogue = _Catalogue()
    known = {name: judged for reading in readings for name, judged in reading.evaluations.items()}
    for name in _representatives(readings):
        catalogue.evaluations.setdefault(name, known[name])
    catalogue.first = len(catalogue.evaluations)
    catalogue.evaluations |= known
    for reading in readings:
        for digest, solution in reading.solutions.items():
            catalogue.sources[digest] = _cut(solution.source)
    for reading in readings:
        for digest, problem in reading.problems.items():
            catalogue.sources[digest] = _cut(problem.source)
    return catalogue


def _representatives(readings: Sequence[Reading]) -> Iterator[str]:
    """Yield the evaluations that stand for others: the fastest, then one of each other kind."""
    others: list[str] = []
    for reading in readings:
        best: dict[str, Outcome] = {}
        kinds: dict[tuple[str, ...], str] = {}
        for row in reading.outcomes:
            known = best.get(row.problem)
            faster = known is None or (row.speedup or 0) > (known.speedup or 0)
            if row.status is Status.CORRECT and faster:
                best[row.problem] = row
            kinds.setdefault((row.problem, row.status, *sorted(row.findings)), row.evaluation)
        yield from (
            row.evaluation for row in best.values() if row.evaluation in reading.evaluations
        )
        others += [name for name in kinds.values() if name in reading.evaluations]
    yield from others


def _table(readings: Sequence[Reading], content: Content, catalogue: _Catalogue) -> dict[str, Any]:
    """Return all outcomes, column by column."""
    statuses = {status: number for number, status in enumerate(Status)}
    problems = {problem.name: number for number, problem in enumerate(content.problems)}
    evaluations = catalogue.number()
    sources = {digest: number for number, digest in enumerate(catalogue.sources)}
    judged = list(catalogue.evaluations.values())
    rows = [
        (
            problems[row.problem],
            number,
            evaluations.get(row.evaluation, -1),
            statuses[row.status],
            _short(row.speedup),
            _short(row.speedup_low),
            _short(row.speedup_high),
            _short(row.coverage),
            row.sample,
            row.turn,
            row.origin[-_LONGEST_ORIGIN:],
            " ".join(row.findings),
        )
        for number, reading in enumerate(readings)
        for row in reading.outcomes
    ]
    names = "problem run evaluation status speedup low high coverage sample turn origin findings"
    columns = list(zip(*rows, strict=True)) or [()] * len(names.split())
    return {
        **{name: list(column) for name, column in zip(names.split(), columns, strict=True)},
        "runs": [run.label for run in content.runs],
        "statuses": [str(status) for status in Status],
        "problems": [
            [problem.name, problem.level, problem.family, problem.description]
            for problem in content.problems
        ],
        "ids": list(catalogue.evaluations),
        "source": [sources.get(each.solution_digest, -1) for each in judged],
        "reference": [sources.get(each.problem_digest, -1) for each in judged],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")


def _cut(source: str) -> str:
    if len(source) <= _LONGEST_SOURCE:
        return source
    return source[:_LONGEST_SOURCE] + f"\n… cut here, {len(source):,} characters in all"
