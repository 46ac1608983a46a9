"""Findings and wrong values in the words a model is told, each thing once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from kerneldojo.dialogue import explanations
from kerneldojo.dialogue.discretion import addressed
from kerneldojo.dialogue.quoting import quote
from kerneldojo.records import (
    Correctness,
    Evaluation,
    Finding,
    FindingKind,
    Mismatch,
    Status,
    Trial,
)

_LINE = re.compile(r"line (\d+)")
_RULE = re.compile(r"(?P<rule>[a-z]+(?:-[a-z]+)+): (?P<meaning>.+?)(?:: .*)?", re.DOTALL)
_SAME = {"no-kernel-written": FindingKind.NO_KERNEL, "compiler-used": FindingKind.FOREIGN_KERNEL}
"""Static rules that say no more than a kind of finding does."""
_LEAST_SHARE = 0.0001


def worth_telling(evaluation: Evaluation) -> list[Finding]:
    """Return the findings without those that another one, or the profile, says as well."""
    fatal = {finding.kind for finding in evaluation.findings if finding.fatal}
    lines = {finding.where for finding in evaluation.findings if finding.fatal and finding.where}
    profiled = evaluation.status is Status.CORRECT and evaluation.profile is not None
    return [
        finding
        for finding in evaluation.findings
        if finding.fatal
        or not (
            finding.where in lines
            or _SAME.get(_rule(finding)) in fatal
            or (finding.kind is FindingKind.LOW_COVERAGE and profiled)
        )
    ]


def findings_in_words(findings: Iterable[Finding], source: str) -> str:
    """Return what the findings mean, those that say the same together, with their lines."""
    lines: dict[str, list[int]] = {}
    for finding in findings:
        numbers = lines.setdefault(_words(finding), [])
        if match := _LINE.fullmatch(finding.where or ""):
            numbers.append(int(match[1]))
    told = []
    for words, numbers in lines.items():
        told.append(f"- {words}")
        if quoted := quote(source, numbers, context=0):
            told.append(quoted)
    return "\n".join(told)


def values_in_words(correctness: Correctness) -> str:
    """Return which element is wrong, how many are, by how much, and when they are."""
    failed = [trial for trial in correctness.trials if not trial.passed]
    told = []
    if correctness.mismatch is not None:
        told.append(_mismatch(correctness.mismatch))
    if failed:
        worst = max(failed, key=lambda trial: trial.max_abs_error)
        finite = correctness.mismatch is None or math.isfinite(correctness.mismatch.actual)
        told.append(
            f"{'L' if finite else 'Where the output is finite: l'}argest absolute error "
            f"{worst.max_abs_error:.3g}, mean {worst.mean_abs_error:.3g}."
        )
        told += _when(failed, [trial for trial in correctness.trials if trial.passed])
    return "\n".join(told)


def _words(finding: Finding) -> str:
    meaning = explanations.FINDINGS[finding.kind]
    if finding.kind is FindingKind.NO_KERNEL:
        return meaning  # its evidence is the same in other words
    rule = _RULE.fullmatch(finding.evidence)
    # the line that a rule is about is quoted below it
    evidence = rule["meaning"] if rule and _LINE.fullmatch(finding.where or "") else None
    return f"{meaning} ({addressed(evidence or finding.evidence).rstrip('.')})"


def _rule(finding: Finding) -> str:
    match = _RULE.fullmatch(finding.evidence)
    return match["rule"] if match else ""


def _mismatch(mismatch: Mismatch) -> str:
    where = f"[{', '.join(map(str, mismatch.index))}]" if mismatch.index else ""
    share = mismatch.wrong_elements / max(mismatch.total_elements, 1)
    many = "all" if share == 1 else f"{share:.2%}" if share >= _LEAST_SHARE else "a few"
    told = (
        f"{mismatch.output}{where} should be {mismatch.expected:.7g} and is {mismatch.actual:.7g}"
    )
    told += "." if mismatch.total_elements == 1 else f"; {many} of its elements are wrong."
    if math.isnan(mismatch.actual) and not math.isnan(mismatch.expected):
        told += f" {explanations.NAN}"
    return told


def _when(failed: list[Trial], passed: list[Trial]) -> Iterable[str]:
    """Yield what tells the trials that failed from those that did not, if anything does."""
    wrong = {_size(trial) for trial in failed}
    right = {_size(trial) for trial in passed} - wrong
    if right:
        sizes = "another size" if len(right) == 1 else f"{len(right)} other sizes"
        yield f"It was right for {sizes}: look at what depends on the size, such as masks."
    values = {_values(trial) for trial in failed}
    fine = {_values(trial) for trial in passed if _size(trial) in wrong} - values
    if fine:
        yield f"At this size it was wrong for {_listed(values)}, and right for {_listed(fine)}."


def _size(trial: Trial) -> str:
    return trial.name.partition("/")[0]


def _values(trial: Trial) -> str:
    return trial.name.partition("/")[2].partition("#")[0]


def _listed(distributions: Iterable[str]) -> str:
    return " and ".join(
        words for name, words in explanations.DISTRIBUTIONS.items() if name in set(distributions)
    )
