"""Every attack is caught, for an acceptable reason; every look-alike passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import kerneldojo as kd
from kerneldojo.records import Evaluation, Language, Status
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan
from tests.attacks.corpus import Entry, attacks, benign

SETTINGS = EvaluationSettings(
    limits=Limits(load_s=60.0, call_s=4.0, memory_mb=4096),
    timing=TimingPlan(budget_s=0.4, warmup=2, min_pairs=5, max_pairs=9),
)


INTERPRETED = SETTINGS.model_copy(update={"target": "interpreter"})


@pytest.fixture(scope="session")
def interpreting() -> Iterator[kd.Evaluator]:
    """Return an evaluator that has Triton interpreted."""
    with kd.Evaluator(settings=INTERPRETED) as evaluator:
        yield evaluator


@pytest.fixture(scope="session")
def evaluator() -> Iterator[kd.Evaluator]:
    """Return one evaluator for the whole corpus, warm after its first verdict."""
    with kd.Evaluator(settings=SETTINGS) as evaluator:
        yield evaluator


def _parameters(entries: tuple[Entry, ...]) -> list[object]:
    return [
        pytest.param(entry, id=entry.id, marks=[pytest.mark.slow] if entry.slow else [])
        for entry in entries
    ]


def _explain(evaluation: Evaluation) -> str:
    lines = [f"status {evaluation.status}"]
    lines += [f"{f.severity} {f.kind}: {f.evidence}" for f in evaluation.findings]
    if evaluation.error is not None:
        lines.append(f"{evaluation.error.type}: {evaluation.error.message}")
        lines.append(evaluation.error.traceback)
    return "\n".join(lines)


# where a kernel runs makes no difference to who forges messages or patches clocks
ON_BOTH_TARGETS = tuple(
    entry
    for entry in attacks() + benign()
    if entry.language is Language.TRITON and entry.group not in ("clock", "harness")
)


@pytest.mark.parametrize("entry", _parameters(ON_BOTH_TARGETS))
def test_the_interpreter_comes_to_the_same_verdict(
    interpreting: kd.Evaluator, entry: Entry
) -> None:
    evaluation = interpreting.evaluate(kd.load_problem(entry.problem), entry.solution)
    assert evaluation.environment.target == "interpreter"
    _require(evaluation, entry)
    assert evaluation.speedup is None


@pytest.mark.parametrize("attack", _parameters(attacks()))
def test_attack_is_caught(evaluator: kd.Evaluator, attack: Entry) -> None:
    _require(evaluator.evaluate(kd.load_problem(attack.problem), attack.solution), attack)


def _require(evaluation: Evaluation, attack: Entry) -> None:
    """Hold a verdict against what the file's header accepts."""
    assert evaluation.status in attack.statuses, _explain(evaluation)
    if evaluation.status is Status.HACKED and attack.findings:
        fatal = {finding.kind for finding in evaluation.findings if finding.fatal}
        assert fatal & attack.findings, _explain(evaluation)


# Triton wants its source in the file, and a wrong number is wrong under any source
VEILABLE = tuple(
    attack
    for attack in attacks()
    if attack.language is Language.CPP
    and attack.group != "numeric"
    and attack.guards != {"static"}
    and not attack.slow
)


@pytest.mark.slow
@pytest.mark.parametrize("attack", _parameters(VEILABLE))
def test_attack_is_caught_without_static_rules(evaluator: kd.Evaluator, attack: Entry) -> None:
    evaluation = evaluator.evaluate(kd.load_problem(attack.problem), attack.veiled)
    assert evaluation.status in attack.statuses, _explain(evaluation)


@pytest.mark.parametrize("entry", _parameters(benign()))
def test_look_alike_passes(evaluator: kd.Evaluator, entry: Entry) -> None:
    evaluation = evaluator.evaluate(kd.load_problem(entry.problem), entry.solution)
    assert evaluation.status is Status.CORRECT, _explain(evaluation)
    assert not any(finding.fatal for finding in evaluation.findings)
    assert evaluation.speedup is not None
    if entry.coverage is not None:
        assert evaluation.profile is not None
        assert evaluation.profile.coverage is not None
        low, high = entry.coverage
        assert low <= evaluation.profile.coverage <= high
