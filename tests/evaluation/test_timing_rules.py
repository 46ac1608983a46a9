"""Rules of timing that no attack can be made to show: floors, claims, stopping."""

from __future__ import annotations

from kerneldojo.evaluation.referee.machine import bandwidth
from kerneldojo.evaluation.referee.roofline import Roofline
from kerneldojo.evaluation.referee.statistics import latency
from kerneldojo.evaluation.referee.timing import PairedClock, Pairs, believable
from kerneldojo.records import FindingKind
from kerneldojo.settings import TimingPlan


def _floor_findings(median_ms: float, output_bytes: int) -> list[FindingKind]:
    clock = PairedClock(None, None, TimingPlan(), lambda: None)  # type: ignore[arg-type]
    floor = Roofline(bytes=2 * output_bytes, output_bytes=output_bytes, operations=0)
    clock._check_floor(latency([median_ms] * 9), floor)
    return [finding.kind for finding in clock.findings]


def test_a_time_shorter_than_writing_the_outputs_is_impossible() -> None:
    size = int(bandwidth())  # takes a second to write at best
    assert _floor_findings(100.0, size) == [FindingKind.IMPOSSIBLE_TIME]
    assert _floor_findings(900.0, size) == []


def test_floors_too_short_to_tell_from_noise_say_nothing() -> None:
    assert _floor_findings(1e-6, 4096) == []


def test_a_claim_takes_off_no_more_than_launching_costs() -> None:
    assert believable(2.0, None) == 2.0
    assert believable(0.10, 0.02) == 0.02  # small kernels: the events' time
    assert believable(5.0, 0.02) == 4.85  # hidden work: what we saw, less the launch
    assert believable(1.0, 1.5) == 1.5


def test_pairs_settle_when_the_interval_is_narrow() -> None:
    assert Pairs([2.0] * 9, [1.0] * 9).settled(0.05)
    assert not Pairs([1.0, 2.0, 3.0, 4.0, 5.0] * 2, [1.0] * 10).settled(0.05)


def _replay_findings(fresh_ms: float, seen_ms: float) -> list[FindingKind]:
    met: set[int] = set()

    class Timed(PairedClock):
        def _time(self, subject: object, case: object, *, check: bool) -> float:  # type: ignore[override]
            first = id(case) not in met
            met.add(id(case))
            return fresh_ms if first else seen_ms

    clock = Timed(None, None, TimingPlan(), lambda: None)  # type: ignore[arg-type]
    kept: list[object] = []

    def case() -> object:
        kept.append(object())
        return kept[-1]

    clock._check_replay(case, Pairs([1.0] * 9, [fresh_ms] * 9))  # type: ignore[arg-type]
    return [finding.kind for finding in clock.findings]


def test_inputs_seen_before_must_take_as_long_as_fresh_ones() -> None:
    assert _replay_findings(2.0, 0.2) == [FindingKind.REPLAY]
    assert _replay_findings(2.0, 1.5) == []
    assert _replay_findings(0.02, 0.001) == []  # too short to tell


def test_a_busy_machine_makes_no_call_look_shorter_than_it_is() -> None:
    class Empty:
        times = iter([4_000_000, 60_000, 9_000_000] * 5)

        def noop(self, case: object, sweep: object) -> int:
            return next(self.times)

    clock = PairedClock(Empty(), None, TimingPlan(), lambda: None)  # type: ignore[arg-type]
    assert clock._calibrate(None) == 0.06  # type: ignore[arg-type]
