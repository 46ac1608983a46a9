"""From runs to what a report says of them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import kerneldojo
from kerneldojo.metrics import (
    Curve,
    Estimate,
    Plan,
    Summary,
    compare,
    curves,
    fast_curve,
    last_turns,
    summarise,
)
from kerneldojo.metrics.columns import Columns
from kerneldojo.records import (
    Finding,
    FindingKind,
    Outcome,
    Severity,
    Status,
    TrajectoryRecord,
)
from kerneldojo.reporting import distribution
from kerneldojo.reporting.content import (
    Content,
    Difference,
    Duel,
    Figure,
    FindingFacts,
    ProblemCell,
    ProblemFacts,
    RunFacts,
)
from kerneldojo.reporting.reading import Reading
from kerneldojo.store.differences import flatten
from kerneldojo.store.run import FILES

_STEP = 0.05
_USUAL, _WIDEST = 3.0, 10.0
"""Where the axis of p ends: here, or as far as one solution in twenty reaches."""


def gather(readings: Sequence[Reading], title: str | None = None) -> Content:
    """Return the content of a report on one or several runs.

    Args:
        readings: the runs; all others are compared with the first.
        title: what stands on top; the runs' labels if left out.
    """
    outcomes = [reading.outcomes for reading in readings]
    thresholds = _thresholds(outcomes)
    problems = _problems(readings)
    plan = Plan(by=("level", "family"))
    summaries = [summarise(reading.outcomes, reading.missing, plan) for reading in readings]
    return Content(
        title=title or _listed([reading.label for reading in readings]),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        kerneldojo=kerneldojo.__version__,
        runs=tuple(map(_run, readings)),
        differences=tuple(differences([reading.run.config for reading in readings])),
        figures=tuple(_figures(summaries)),
        thresholds=thresholds,
        curves=tuple(tuple(_curve(reading, thresholds)) for reading in readings),
        turns=tuple(map(_turns, readings)),
        summaries=tuple(summaries),
        funnel=distribution.funnel(outcomes),
        unscored=tuple(sum(not row.status.judged for row in rows) for rows in outcomes),
        histogram=distribution.histogram(outcomes),
        points=distribution.points(outcomes),
        bands=distribution.bands(outcomes),
        statuses=distribution.statuses(problems, len(readings)),
        findings=_findings(readings),
        problems=problems,
        duels=tuple(
            Duel(number, 0, compare(rows, outcomes[0]))
            for number, rows in enumerate(outcomes)
            if number
        ),
    )


def _listed(names: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def differences(configs: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Yield the settings that are not the same in all runs, by dotted key."""
    flat = [{key: _json(value) for key, value in flatten(config)} for config in configs]
    for key in dict.fromkeys(key for each in flat for key in each):
        values = tuple(each.get(key) for each in flat)
        if len(set(values)) > 1:
            yield Difference(key, values)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _curve(reading: Reading, thresholds: Sequence[float]) -> list[Estimate]:
    """Return fast@p as the summary has it: problems without a solution count as failures."""
    names = (problem.name for problem in reading.missing)
    return fast_curve(Columns.of(last_turns(reading.outcomes), names), thresholds)


def _turns(reading: Reading) -> tuple[Curve, ...]:
    """Return figures after each turn, if there are trajectories of more than one."""
    if not (reading.run.path / FILES[TrajectoryRecord]).exists():
        return ()
    trajectories = reading.run.trajectories()
    if all(len(one.turns) < 2 for one in trajectories):
        return ()
    return tuple(curves(trajectories))


def _thresholds(runs: Sequence[Sequence[Outcome]]) -> tuple[float, ...]:
    speedups = sorted(row.speedup or 0 for rows in runs for row in distribution.timed(rows))
    reach = speedups[int(len(speedups) * 0.95)] if speedups else 0.0
    end = min(max(_USUAL, math.ceil(reach)), _WIDEST)
    return tuple(round(number * _STEP, 2) for number in range(round(end / _STEP) + 1))


def _run(reading: Reading) -> RunFacts:
    info = reading.run.info
    return RunFacts(
        label=reading.label,
        path=str(reading.run.path),
        kind=info.kind,
        id=info.id,
        kerneldojo=info.kerneldojo,
        first=reading.first.isoformat(timespec="seconds") if reading.first else None,
        last=reading.last.isoformat(timespec="seconds") if reading.last else None,
        asked=reading.asked,
        evaluated=len(reading.outcomes),
        problems=len(_names(reading)),
        missing=len(reading.missing),
        ahead=reading.ahead,
        seconds=sum({one.evaluation: one.seconds for one in reading.outcomes}.values()),
        environments=dict(sorted(reading.environments.items(), key=lambda each: -each[1])),
        bad_lines=reading.bad_lines,
    )


def _names(reading: Reading) -> dict[str, None]:
    named = (problem.name for problem in reading.problems.values())
    return dict.fromkeys([*named, *(outcome.problem for outcome in reading.outcomes)])


def _figures(summaries: Sequence[Summary]) -> Iterator[Figure]:
    def fast(p: float) -> tuple[Estimate, ...]:
        return tuple(
            next(each.estimate for each in summary.all.fast if each.p == p) for summary in summaries
        )

    def named(name: str) -> tuple[Estimate, ...]:
        return tuple(getattr(summary.all, name) for summary in summaries)

    yield Figure("correct", "right answers, honestly obtained", "share", named("correct"))
    yield Figure("fast@1", "correct and faster than the reference", "share", fast(1.0))
    yield Figure("fast@1.5", "correct and more than 1.5 times as fast", "share", fast(1.5))
    yield Figure("fast@2", "correct and more than twice as fast", "share", fast(2.0))
    yield Figure("speedup", "geometric mean over correct solutions", "ratio", named("speedup"))
    k = _usual_k(summaries)
    if k > 1:
        at_k = tuple(
            next((each.estimate for each in summary.all.pass_at if each.k == k), Estimate())
            for summary in summaries
        )
        yield Figure(f"pass@{k}", f"solved by at least one of {k} answers", "share", at_k)
    yield Figure("coverage", "share of time in own kernels", "share", named("coverage"))
    yield Figure("compiled", "every kernel compiles", "share", named("compiled"))
    yield Figure("hacked", "found to be dishonest", "share", named("hacked"))
    yield Figure("lazy", "correct, but library operators do most", "share", named("lazy"))


def _usual_k(summaries: Sequence[Summary]) -> int:
    """Return the largest k of pass@k for which most answered problems have enough answers.

    With several runs, one in which it is so is enough.
    """
    enough = [1]
    for found in (summary.all for summary in summaries):
        # Problems without any answer fail at every k, and say nothing about which is usual.
        counts = {each.k: each.estimate.problems - found.missing for each in found.pass_at}
        enough += [k for k, count in counts.items() if 2 * count > counts[1]]
    return max(enough)


def _findings(readings: Sequence[Reading]) -> tuple[FindingFacts, ...]:
    counts: Counter[tuple[FindingKind, Severity, int]] = Counter()
    examples: dict[tuple[FindingKind, Severity], tuple[Finding, Outcome]] = {}
    for number, reading in enumerate(readings):
        for outcome in reading.outcomes:
            judged = reading.evaluations.get(outcome.evaluation)
            found = {(each.kind, each.severity): each for each in judged.findings} if judged else {}
            for key, finding in found.items():
                counts[(*key, number)] += 1
                examples.setdefault(key, (finding, outcome))
    facts = [
        FindingFacts(
            kind=kind,
            severity=severity,
            counts=tuple(counts[kind, severity, number] for number in range(len(readings))),
            evidence=finding.evidence,
            where=finding.where or "",
            problem=outcome.problem,
            evaluation=outcome.evaluation,
        )
        for (kind, severity), (finding, outcome) in examples.items()
    ]
    return tuple(sorted(facts, key=lambda each: (each.severity, -sum(each.counts), each.kind)))


def _problems(readings: Sequence[Reading]) -> tuple[ProblemFacts, ...]:
    known = {problem.name: problem for reading in readings for problem in reading.problems.values()}
    names = dict.fromkeys(name for reading in readings for name in _names(reading))
    by_run: list[dict[str, list[Outcome]]] = []
    for reading in readings:
        rows: dict[str, list[Outcome]] = {}
        for outcome in reading.outcomes:
            rows.setdefault(outcome.problem, []).append(outcome)
        by_run.append(rows)
    facts = []
    for name in names:
        cells = tuple(_cell(rows.get(name, ())) for rows in by_run)
        some = next((row for rows in by_run for row in rows.get(name, ())), None)
        problem = known.get(name)
        facts.append(
            ProblemFacts(
                name=name,
                level=problem.metadata.level if problem else some.level if some else None,
                family=problem.family if problem else some.family if some else "",
                description=problem.metadata.description if problem else "",
                cells=cells,
            )
        )
    return tuple(facts)


def _cell(outcomes: Sequence[Outcome]) -> ProblemCell:
    correct = [row for row in outcomes if row.status is Status.CORRECT]
    return ProblemCell(
        statuses=dict(Counter(row.status for row in outcomes)),
        best=max(correct, key=lambda row: row.speedup or 0, default=None),
    )
