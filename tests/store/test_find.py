"""Answers go by the start of an id, or by problem and sample; marks stand at their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import (
    ErrorInfo,
    Finding,
    FindingKind,
    KernelUse,
    MarkKind,
    Severity,
    Status,
    marks,
)
from kerneldojo.store import Run, find, label
from tests.cli import samples
from tests.store.conftest import CONFIG, RIGHT, SOFTMAX, SWISH, entry, verdict


def test_by_id_and_by_name(filled: Path) -> None:
    run = Run.open(filled)
    _, right, cheat = run.evaluations()
    assert find(run, right.id[:4])[1].id == right.id
    assert find(run, "suite/softmax/softmax#1")[1].id == cheat.id
    found, row = find(run, "softmax#0")
    assert (found.origin, row.id) == ("a.py", right.id)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("softmax", r"'softmax' stands for 2 answers; name one by its id:\n  [0-9a-f]{12}  suite"),
        ("softmx", r"no evaluated answer called 'softmx'\. Did you mean 'softmax'"),
        ("swish", "no evaluated answer called 'swish'"),
        ("softmax#7", "no evaluated answer"),
        ("", "no evaluated answer"),
    ],
)
def test_what_names_no_single_answer_is_told(filled: Path, name: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        find(Run.open(filled), name)


def test_turns_are_told_apart(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "search", CONFIG) as run:
        run.add(entry(SOFTMAX, RIGHT, sample=2))
        run.add(entry(SWISH, RIGHT, sample=2, turn=1))
        run.add(verdict(SOFTMAX, RIGHT))
        run.add(verdict(SWISH, RIGHT))
        assert label(find(run, "swish#2.2")[0]) == "suite/elementwise/swish#2.2"
        with pytest.raises(UsageError):
            find(run, "softmax#2.2")
        assert find(run, "softmax#2.1")[0].turn == 0, "people count turns from 1"
    assert label(entry(SOFTMAX, RIGHT)) == "suite/softmax/softmax"


SOURCE = '''\
KERNEL = """
extern "C" void row_sum(const float *x,
                        float *out) {
}
void use() { row_sum(a, b); }
"""

def softmax_rows(x):
    pass

class ModelNew:
    def forward(self, x):
        return torch.softmax(x)
'''


def test_marks_stand_at_the_lines_they_are_about() -> None:
    findings = (
        Finding(
            kind=FindingKind.LIBRARY_ANSWER, severity=Severity.FATAL, evidence="a\n b", where="gelu"
        ),
        Finding(
            kind=FindingKind.DECOY_KERNEL,
            severity=Severity.FATAL,
            evidence="does nothing",
            where="kernel row_sum",
        ),
        Finding(
            kind=FindingKind.SUSPICIOUS_SOURCE,
            severity=Severity.WARNING,
            evidence="calls  softmax",
            where="line 13",
        ),
        Finding(
            kind=FindingKind.SUSPICIOUS_SOURCE,
            severity=Severity.WARNING,
            evidence="beyond the end",
            where="line 99",
        ),
    )
    profile = samples.PROFILE.model_copy(
        update={
            "kernels": (
                *samples.PROFILE.kernels,
                KernelUse(name="row_sum", launches_per_call=3, share=0.25),
                KernelUse(name="<lambda>", launches_per_call=1, share=0),
            )
        }
    )
    evaluation = samples.evaluation(Status.HACKED, findings=findings, profile=profile)
    found = [(mark.line, mark.kind, mark.label, mark.text) for mark in marks(evaluation, SOURCE)]
    assert found == [
        (2, MarkKind.FATAL, "decoy_kernel", "does nothing"),
        (2, MarkKind.KERNEL, "row_sum", "25% of the time, launched 3 times a call"),
        (8, MarkKind.KERNEL, "softmax_rows", "97% of the time, launched once a call"),
        (13, MarkKind.WARNING, "suspicious_source", "calls softmax"),
    ]


def test_an_error_stands_where_its_traceback_ends() -> None:
    error = ErrorInfo(
        type="TypeError",
        message="no\nmore",
        traceback='File "solution.py", line 12, in forward\nFile "solution.py", line 8, in g',
    )
    evaluation = samples.evaluation(Status.RUNTIME_ERROR, error=error)
    [mark] = marks(evaluation, SOURCE)
    assert (mark.line, mark.kind, mark.label, mark.text) == (8, MarkKind.ERROR, "TypeError", "no")
