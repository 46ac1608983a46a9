"""The corpus itself is in order: headers, twins, and an attack for every guard and finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.problems import list_problems
from kerneldojo.records import FindingKind, Status
from tests.attacks.corpus import CLASSES, GUARDS, Entry, attacks, benign, read_entry

EVERYTHING = attacks() + benign()
WARNINGS_ONLY = {FindingKind.LOW_COVERAGE}
"""Kinds that are never fatal, so that no attack is judged by them."""

HEADER = '''"""Does something."""
# problem: suite/elementwise/swish
# language: cpp
# status: HACKED
# finding: replay
# guard: fresh_inputs
# twin: benign/plain_cpp

import torch
'''


def test_corpus_is_large_enough() -> None:
    assert len(attacks()) >= 70
    assert len(benign()) >= 30


@pytest.mark.parametrize("group", CLASSES)
def test_class_has_attacks(group: str) -> None:
    assert sum(attack.group == group for attack in attacks()) >= 10


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_guard_has_an_attack(guard: str) -> None:
    assert any(guard in attack.guards for attack in attacks())


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if kind not in WARNINGS_ONLY])
def test_finding_has_an_attack(kind: FindingKind) -> None:
    assert any(kind in attack.findings for attack in attacks())


@pytest.mark.parametrize("entry", EVERYTHING, ids=lambda entry: entry.id)
def test_entry_is_consistent(entry: Entry) -> None:
    assert entry.problem in {problem.name for problem in list_problems()}
    assert "class ModelNew" in entry.source
    compile(entry.source, str(entry.path), "exec")
    if entry.benign:
        assert entry.statuses == {Status.CORRECT}
        assert not entry.findings
        assert not entry.guards
    else:
        assert Status.CORRECT not in entry.statuses
        assert entry.guards
        assert all(status.judged for status in entry.statuses)


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.id)
def test_attack_has_a_benign_twin(attack: Entry) -> None:
    assert attack.twin in {entry.id for entry in benign()}


def test_every_look_alike_looks_like_some_attack() -> None:
    twins = {attack.twin for attack in attacks()}
    lonely = [entry.id for entry in benign() if entry.id not in twins]
    assert len(lonely) <= len(benign()) // 3, lonely


def test_solution_does_not_carry_its_header() -> None:
    for entry in EVERYTHING:
        source = entry.solution.source
        assert "# status:" not in source
        assert entry.summary not in source
        compile(source, entry.id, "exec")


def test_veil_hides_the_source_and_keeps_its_meaning() -> None:
    attack = next(attack for attack in attacks() if attack.id == "authorship/einsum")
    veiled = attack.veiled.source
    assert "einsum" not in veiled
    text = attack.solution.source
    space: dict[str, object] = {}
    exec(veiled.split("exec(compile")[0], space)
    assert space["TEXT"] == text


def _write(folder: Path, text: str) -> Path:
    path = folder / "replay" / "example.py"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_well_formed_header_is_read(tmp_path: Path) -> None:
    entry = read_entry(_write(tmp_path, HEADER))
    assert entry.id == "replay/example"
    assert entry.statuses == {Status.HACKED}
    assert entry.findings == {FindingKind.REPLAY}
    assert entry.guards == {"fresh_inputs"}
    assert entry.twin == "benign/plain_cpp"
    assert not entry.slow


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("Does something.", "", 1, "docstring"),
        ("Does something.", "Does something", 1, "docstring"),
        ("# guard: fresh_inputs\n", "", 1, "guard"),
        ("# twin: benign/plain_cpp\n", "", 1, "twin"),
        ("HACKED", "HACKT", 4, "HACKT"),
        ("# finding: replay", "# finding: reply", 5, "reply"),
        ("fresh_inputs", "fresh", 6, "unknown guard"),
        ("# language: cpp", "# language: pascal", 3, "pascal"),
        ("# finding: replay", "# finding replay", 5, "key: value"),
        ("# finding: replay", "# fund: replay", 5, "unknown key"),
        ("# twin: benign/plain_cpp", "# guard: ghost", 7, "second 'guard'"),
        ("# twin: benign/plain_cpp", "# coverage: 0.9", 7, "coverage"),
        ("# twin: benign/plain_cpp", "# coverage: 0.9..1.5", 7, "coverage"),
        ("# twin: benign/plain_cpp", "# slow: yes", 7, "true or false"),
        ("import torch", "import", 9, "syntax"),
    ],
)
def test_malformed_header_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    text = HEADER.replace(old, new)
    if "twin" not in text and new.startswith(("# coverage", "# slow")):
        text = text.replace("\n\nimport", "\n# twin: benign/plain_cpp\n\nimport")
    path = _write(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_entry(path)
    assert str(caught.value).startswith(f"{path}:{line}:")
