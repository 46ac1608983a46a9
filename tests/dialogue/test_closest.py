"""The failure that came closest."""

from __future__ import annotations

from kerneldojo.dialogue.closest import closest_turn
from kerneldojo.records import Evaluation, Turn, TurnRecord
from tests.cli import samples


def turn(number: int, evaluation: Evaluation | None, reward: float | None = 0.0) -> Turn:
    record = TurnRecord(
        trajectory="t", number=number, place=str(number), reply="", feedback="", reward=reward
    )
    return Turn(record, None, evaluation)


def wrong(elements: int) -> Evaluation:
    sample = samples.wrong()
    assert sample.correctness is not None and sample.correctness.mismatch is not None
    mismatch = sample.correctness.mismatch.model_copy(update={"wrong_elements": elements})
    return sample.model_copy(
        update={"correctness": sample.correctness.model_copy(update={"mismatch": mismatch})}
    )


def closest(*evaluations: Evaluation | None) -> int | None:
    found = closest_turn([turn(number, each) for number, each in enumerate(evaluations)])
    return found.number if found else None


def test_later_stages_are_closer() -> None:
    assert closest(None, samples.crashed(), samples.wrong(), samples.crashed(), None) == 2


def test_fewer_wrong_elements_are_closer() -> None:
    assert closest(wrong(5000), wrong(3), wrong(70)) == 1


def test_of_equals_the_latest() -> None:
    assert closest(wrong(3), wrong(3)) == 1


def test_what_was_dishonest_is_not_close() -> None:
    assert closest(None, samples.hacked()) == 0


def test_a_fault_of_ours_is_no_attempt() -> None:
    assert closest_turn([turn(0, samples.failed(), None)]) is None
    assert closest_turn([]) is None
