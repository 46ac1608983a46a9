"""A recorded master seed draws the same inputs again; without one nobody can foresee them."""

from __future__ import annotations

from kerneldojo.records import Evaluation, Status
from kerneldojo.settings import EvaluationSettings, Trials
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp

SEED = "0123456789abcdef" * 2
# a little wrong everywhere, so that the figures depend on the inputs drawn
INEXACT = CPP.replace("3.0f * x[i] + 1.0f", "3.0000005f * x[i] + 1.0f")


def settings(seed: str | None) -> EvaluationSettings:
    return samples.QUICK.model_copy(
        update={"seed": seed, "trials": Trials(seeds=2, distributions=True)}
    )


def figures(evaluation: Evaluation) -> list[tuple[str, float, float]]:
    assert evaluation.status is Status.CORRECT, (evaluation.error, evaluation.findings)
    assert evaluation.correctness is not None
    return [
        (trial.name, trial.error_ratio, trial.mean_abs_error)
        for trial in evaluation.correctness.trials
    ]


def test_the_same_seed_gives_the_same_trials(judge: Judge) -> None:
    first = judge(cpp(INEXACT), samples.another("seed one"), settings(SEED))
    second = judge(cpp(INEXACT), samples.another("seed one"), settings(SEED))
    # the same problem in a session of its own, as after a restart
    other = samples.problem(samples.another("seed one").source, level=1)
    third = judge(cpp(INEXACT), other, settings(SEED))
    assert figures(first) == figures(second) == figures(third)
    assert first.correctness is not None and first.correctness.seed == SEED


def test_a_recorded_seed_replays_an_evaluation(judge: Judge) -> None:
    first = judge(cpp(INEXACT), samples.another("seed two"), settings(None))
    assert first.correctness is not None
    again = judge(cpp(INEXACT), samples.another("seed two"), settings(first.correctness.seed))
    assert figures(again) == figures(first)


def test_without_a_seed_every_evaluation_has_inputs_of_its_own(judge: Judge) -> None:
    problem = samples.another("seed three")
    first = judge(cpp(INEXACT), problem, settings(None))
    second = judge(cpp(INEXACT), problem, settings(None))
    assert first.correctness is not None and second.correctness is not None
    assert first.correctness.seed != second.correctness.seed
    changed = set(figures(first)) ^ set(figures(second))
    assert changed  # cases are shared within a session, but one is always fresh


def test_another_seed_gives_other_inputs(judge: Judge) -> None:
    problem = samples.another("seed four")
    first = judge(cpp(INEXACT), problem, settings(SEED))
    second = judge(cpp(INEXACT), problem, settings("f" * 32))
    assert not {f[1:] for f in figures(first)} & {f[1:] for f in figures(second)}
