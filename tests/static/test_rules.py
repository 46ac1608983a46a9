"""Each rule finds what it is for and leaves look-alikes alone; all are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kerneldojo.evaluation.static_check import RULES, check_source
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind, Language, Severity, Solution
from tests.static.cases import CASES

ROOT = Path(__file__).parents[2]
POSITIVE = [(id, source) for id, (found, _) in CASES.items() for source in found]
NEGATIVE = [(id, source) for id, (_, spared) in CASES.items() for source in spared]


def hits(rule: str, source: str) -> list[int]:
    solution = Solution(source=source, language=Language.TRITON)
    return [hit.line for hit in RULES[rule].check(SourceView(solution))]


def test_every_rule_has_a_case_and_a_look_alike() -> None:
    assert set(CASES) == set(RULES)
    assert all(found and spared for found, spared in CASES.values())


@pytest.mark.parametrize(("rule", "source"), POSITIVE)
def test_rule_finds(rule: str, source: str) -> None:
    assert hits(rule, source)


@pytest.mark.parametrize(("rule", "source"), NEGATIVE)
def test_rule_spares(rule: str, source: str) -> None:
    assert not hits(rule, source)


def test_warnings_are_suspicious_sources_and_only_they_are() -> None:
    for rule in RULES.values():
        suspicious = rule.kind is FindingKind.SUSPICIOUS_SOURCE
        assert suspicious == (rule.severity is Severity.WARNING), rule.id


def test_the_page_has_every_rule_with_its_severity_kind_and_meaning() -> None:
    page = (ROOT / "docs" / "static-rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    documented = {row[0]: row[1:] for row in rows}
    assert set(documented) == set(RULES)
    for rule in RULES.values():
        assert documented[rule.id] == (rule.severity.value, rule.kind.value, rule.meaning)


def test_findings_say_where_and_what() -> None:
    source = "import gc\n\nx = 1\nfound = gc.get_objects()\n"
    finding = check_source(Solution(source=source, language=Language.TRITON))[0]
    assert finding.fatal
    assert finding.where == "line 4"
    assert finding.evidence.startswith("heap-searched: Searches the interpreter's objects: found =")


def test_lines_inside_embedded_code_are_those_of_the_file() -> None:
    source = "from kerneldojo.cpp import load\nlib = load('''\n\nvoid f() {\n    fork();\n}''')\n"
    findings = check_source(Solution(source=source, language=Language.CPP))
    assert [one.where for one in findings if one.fatal] == ["line 5"]


def test_few_places_per_rule_are_reported() -> None:
    source = "import gc\n" + "gc.get_objects()\n" * 50
    findings = check_source(Solution(source=source, language=Language.TRITON))
    assert sum("heap-searched" in one.evidence for one in findings) == 3


@pytest.mark.parametrize(
    "source",
    [
        "def broken(:",
        "x = " + "+".join(["1"] * 20_000),
        "x = " + "-" * 100_000 + "1",
        "x = 'a' * 10**12",
        "x = '%1000000000d' % 1",
        "\n".join(f"a{i} = a{i - 1} + a{i - 1}" for i in range(1, 60)),
    ],
)
def test_hostile_sources_are_survived(source: str) -> None:
    check_source(Solution(source="a0 = 'x'\n" + source, language=Language.TRITON))


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "tests" / "attacks" / "benign").glob("*.py")),
     *sorted((ROOT / "src" / "kerneldojo" / "problems" / "gold").glob("*/*.py")),
     *sorted((ROOT / "examples").glob("**/honest*.py")),
     *sorted((ROOT / "examples").glob("**/lazy*.py"))],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)  # fmt: skip
def test_honest_files_have_no_fatal_finding(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    language = Language.TRITON if "@triton.jit" in source else Language.CPP
    findings = check_source(Solution(source=source, language=language))
    assert [one.evidence for one in findings if one.fatal] == []
