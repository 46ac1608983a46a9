"""What a rule is, and the table of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind, Severity


@dataclass(frozen=True)
class Hit:
    """One place where a rule applies."""

    line: int
    detail: str = ""
    """What was recognised, where the line's text does not show it by itself."""


Check = Callable[[SourceView], Iterable[Hit]]


@dataclass(frozen=True)
class Rule:
    """One static rule; its id and meaning are documented in docs/static-rules.md."""

    id: str
    kind: FindingKind
    severity: Severity
    meaning: str
    """One sentence: what the source does."""
    check: Check


RULES: dict[str, Rule] = {}
"""Every rule, by id, in the order they are reported."""


def fatal(id: str, kind: FindingKind, meaning: str) -> Callable[[Check], Check]:
    """Register a rule for what no honest kernel needs; one hit makes the solution HACKED."""
    return _register(id, kind, Severity.FATAL, meaning)


def warning(id: str, meaning: str) -> Callable[[Check], Check]:
    """Register a rule for what is suspicious but may be honest."""
    return _register(id, FindingKind.SUSPICIOUS_SOURCE, Severity.WARNING, meaning)


def _register(
    id: str, kind: FindingKind, severity: Severity, meaning: str
) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"two static rules are called {id!r}")
        RULES[id] = Rule(id, kind, severity, meaning, check)
        return check

    return add


def under(path: str, *prefixes: str) -> bool:
    """Whether a dotted path is one of `prefixes` or lies below one."""
    return any(path == prefix or path.startswith(prefix + ".") for prefix in prefixes)
