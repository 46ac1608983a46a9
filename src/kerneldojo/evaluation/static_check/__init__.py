"""Static evidence: what a solution's text shows before anything runs.

Rules work on the syntax tree, on names followed through aliases and on the tokens of embedded
C++; comments and docstrings are never looked at. docs/static-rules.md lists them all.
"""

from __future__ import annotations

from kerneldojo.evaluation.static_check import (  # noqa: F401 - importing registers the rules
    authorship,
    clock,
    embedded,
    harness,
    imports,
    replay,
)
from kerneldojo.evaluation.static_check.rules import RULES, Rule
from kerneldojo.evaluation.static_check.shape import validate_shape
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import Finding, Severity, Solution

__all__ = ["RULES", "Rule", "check_source", "validate_shape"]

_MOST_PER_RULE = 3


def check_source(solution: Solution) -> tuple[Finding, ...]:
    """Return what the rules find in `solution`, fatal findings first.

    At most three places are reported per rule. A source that does not parse has no findings;
    `validate_shape` says what is wrong with it.
    """
    try:
        view = SourceView(solution)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    findings = [finding for rule in RULES.values() for finding in _apply(rule, view)]
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.FATAL))


def _apply(rule: Rule, view: SourceView) -> list[Finding]:
    lines: dict[int, str] = {}
    for hit in rule.check(view):
        lines.setdefault(hit.line, hit.detail)
    findings = []
    for line in sorted(lines)[:_MOST_PER_RULE]:
        text, detail = view.text_at(line), lines[line]
        shown = f"{text} ({detail})" if detail and detail not in text else text
        evidence = f"{rule.id}: {rule.meaning.rstrip('.')}: {shown}"
        findings.append(
            Finding(kind=rule.kind, severity=rule.severity, evidence=evidence, where=f"line {line}")
        )
    return findings
