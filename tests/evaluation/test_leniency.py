"""With honesty only observed, findings are named and judging goes on; without, nothing changes."""

from __future__ import annotations

import pytest

from kerneldojo.cli.card import card_rows
from kerneldojo.evaluation.referee import leniency
from kerneldojo.records import Evaluation, Finding, FindingKind, Severity, Solution, Status
from kerneldojo.reporting import words
from kerneldojo.settings import EvaluationSettings
from kerneldojo.store.cache import cache_key
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp, python

OBSERVED = samples.QUICK.model_copy(update={"honesty": "observe"})
OBSERVED_TIMED = samples.TIMED.model_copy(update={"honesty": "observe", "profile": True})
LIBRARY = "torch.add(torch.mul(x, 3.0), 1.0)"
PROFILED = samples.TIMED.model_copy(update={"profile": True})
UNTRUSTWORTHY = {
    FindingKind.CLOCK_TAMPERING,
    FindingKind.LATE_WORK,
    FindingKind.IMPOSSIBLE_TIME,
    FindingKind.TAMPERING,
    FindingKind.FORGED_MESSAGE,
    FindingKind.SANDBOX_VIOLATION,
}


def library_with_decoy() -> Solution:
    """Return a solution whose answer is the library's, beside a kernel that is not needed."""
    return cpp(CPP.replace("return out", f"return {LIBRARY}"))


def kinds(evaluation: Evaluation) -> set[FindingKind]:
    return {finding.kind for finding in evaluation.findings}


def test_every_kind_is_either_observable_or_makes_a_verdict_untrustworthy() -> None:
    never_fatal = {
        FindingKind.LOW_COVERAGE,
        FindingKind.LOW_PRECISION,
        FindingKind.SUSPICIOUS_SOURCE,
    }
    assert leniency.OBSERVABLE.isdisjoint(UNTRUSTWORTHY | never_fatal)
    assert leniency.OBSERVABLE | UNTRUSTWORTHY | never_fatal == set(FindingKind)


@pytest.mark.parametrize("kind", sorted(FindingKind))
def test_only_observable_findings_become_warnings(kind: FindingKind) -> None:
    found = [Finding(kind=kind, severity=Severity.FATAL, evidence="seen", where="line 3")]
    assert leniency.weigh(found, "enforce") == found
    (weighed,) = leniency.weigh(found, "observe")
    assert weighed.fatal == (kind in UNTRUSTWORTHY or kind not in leniency.OBSERVABLE)
    assert (weighed.kind, weighed.evidence, weighed.where) == (kind, "seen", "line 3")


def test_enforced_is_the_default() -> None:
    assert EvaluationSettings().honesty == "enforce"


def test_a_library_answer_is_hacked_unless_honesty_is_only_observed(judge: Judge) -> None:
    solution = library_with_decoy()
    enforced = judge(solution, settings=PROFILED)
    assert enforced.status is Status.HACKED
    assert enforced.timing is None
    observed = judge(solution, settings=OBSERVED_TIMED)
    assert observed.status is Status.CORRECT
    assert observed.timing is not None
    assert observed.speedup is not None
    assert observed.profile is not None
    assert {FindingKind.LIBRARY_ANSWER, FindingKind.DECOY_KERNEL} <= kinds(observed)
    assert not observed.hacked
    assert Evaluation.from_json(observed.to_json()) == observed


def test_an_honest_solution_is_judged_alike(judge: Judge) -> None:
    enforced = judge(cpp(CPP), settings=PROFILED)
    observed = judge(cpp(CPP), settings=OBSERVED_TIMED)
    assert (enforced.status, observed.status) == (Status.CORRECT, Status.CORRECT)
    assert kinds(enforced) == kinds(observed) == set()
    assert observed.timing is not None
    assert "honesty" not in enforced.environment.details


def test_inputs_written_to_while_timed_are_named(judge: Judge) -> None:
    writes = CPP.replace("out = torch.empty_like(x)", "out = torch.empty_like(x); y = x.clone()")
    writes = writes.replace("return out", "x.add_(1.0)\n        return out")
    assert judge(cpp(writes)).status is Status.HACKED
    observed = judge(cpp(writes), settings=OBSERVED_TIMED)
    assert observed.status is Status.CORRECT
    assert FindingKind.MUTATED_INPUT in kinds(observed)


def test_what_is_wrong_stays_wrong(judge: Judge) -> None:
    keeps = CPP.replace(
        "    def forward(self, x):\n",
        "    kept = None\n\n    def forward(self, x):\n"
        "        if self.kept is not None:\n            return self.kept\n",
    ).replace("return out", "self.kept = out\n        return out")
    enforced = judge(cpp(keeps))
    assert enforced.status in (Status.HACKED, Status.WRONG_VALUE)
    observed = judge(cpp(keeps), settings=OBSERVED)
    assert observed.status is Status.WRONG_VALUE
    assert not observed.hacked


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("import gc; gc.get_objects(); return 3.0 * args[0] + 1.0", FindingKind.TAMPERING),
        ("import os; os.fork(); return 3.0 * args[0] + 1.0", FindingKind.SANDBOX_VIOLATION),
        ("return (3.0 * args[0] + 1.0).to_sparse()", FindingKind.STRANGE_OUTPUT),
    ],
)
def test_what_cannot_be_carried_on_stays_hacked(judge: Judge, body: str, kind: FindingKind) -> None:
    observed = judge(python(body), settings=OBSERVED)
    assert observed.status is Status.HACKED
    assert kind in {finding.kind for finding in observed.findings if finding.fatal}


def test_records_cards_and_reports_say_so(judge: Judge) -> None:
    observed = judge(library_with_decoy(), settings=OBSERVED)
    rule = observed.environment.details["honesty"]
    label, text = next(iter(card_rows(observed, None)))
    assert (label, str(text)) == ("honesty", rule)
    assert rule in words.environment(observed.environment)
    assert rule in observed.to_json()


def test_the_cache_tells_them_apart() -> None:
    problem, solution = samples.problem(), cpp(CPP)
    assert cache_key(problem, solution, samples.QUICK) != cache_key(problem, solution, OBSERVED)
