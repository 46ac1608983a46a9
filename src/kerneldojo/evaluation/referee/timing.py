"""The paired measurement: reference and solution in turn, on the same secret inputs.

Before each call the inputs are written while the player is frozen and the caches are swept;
the referee's clock runs from just before the player is thawed until its answer arrives. The
least time of a call that computes nothing, measured the same way on the trusted player, is taken
off both. Every timed answer is verified before the next call.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kerneldojo.evaluation.referee import compare, fault, honesty, leniency, machine
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.loading import Reply, Subject
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.roofline import Roofline
from kerneldojo.evaluation.referee.statistics import latency, median_interval
from kerneldojo.records import Finding, FindingKind, Latency, Status, Timing
from kerneldojo.settings import TimingPlan
from kerneldojo.settings.evaluation import Honesty

_CALIBRATION_CALLS = 15
_REPEATS = 3
_CONFIRMATIONS = 3
_REPLAY_RATIO = 2.0
_REPLAY_LEAST_MS = 0.1
_IMPOSSIBLE = 0.4
"""Share of the time to merely write the outputs below which a time cannot be real."""
_IMPOSSIBLE_LEAST_MS = 0.05
_LEAST_MS = 1e-4
_LAUNCH_MS = 0.15
"""Most that launching kernels from Python may cost a call."""


@dataclass
class Pairs:
    """Times of both sides, pair by pair, in milliseconds."""

    reference: list[float] = field(default_factory=list)
    solution: list[float] = field(default_factory=list)

    def ratios(self) -> list[float]:
        """Return reference ÷ solution of each pair."""
        return [r / s for r, s in zip(self.reference, self.solution, strict=True)]

    def settled(self, width: float) -> bool:
        """Whether the interval of the median ratio is narrower than `width` of it."""
        median, low, high = median_interval(self.ratios())
        return high - low <= width * median


class PairedClock:
    """Times a solution against the reference."""

    def __init__(
        self,
        reference: Subject,
        solution: Subject,
        plan: TimingPlan,
        sweep: Callable[[], None],
        honesty: Honesty = "enforce",
    ) -> None:
        self._reference = reference
        self._solution = solution
        self._plan = plan
        self._sweep = sweep
        self._honesty = honesty
        self._rng = random.SystemRandom()
        self._overhead_ms = 0.0
        self._events = False
        self.findings: list[Finding] = []

    def measure(self, cases: Callable[[], Case], workload: str, floor: Roofline) -> Timing | None:
        """Return the timing, or None if a fatal finding ended it.

        Raises:
            SolutionFault: if the solution fails or answers wrongly while it is timed.
        """
        self._overhead_ms = self._calibrate(cases())
        self._warm_up(cases)
        pairs = self._measure_pairs(cases)
        self._check_replay(cases, pairs)
        solution = latency(pairs.solution)
        self._check_floor(solution, floor)
        if any(finding.fatal for finding in self.findings):
            return None
        speedup, low, high = median_interval(pairs.ratios())
        return Timing(
            reference=latency(pairs.reference),
            solution=solution,
            speedup=speedup,
            speedup_low=min(low, speedup),
            speedup_high=max(high, speedup),
            workload=workload,
            floor_ms=floor.floor_ms,
            speed_of_light=floor.floor_ms / max(solution.median_ms, _LEAST_MS),
            clock=self._clock_words(),
        )

    def _clock_words(self) -> str:
        overhead = f"{self._overhead_ms * 1e3:.0f} us for the round trip"
        return f"referee, less {overhead}" + (", CUDA events within it" if self._events else "")

    def baseline(self, subject: Subject, cases: Callable[[], Case]) -> Latency:
        """Time another trusted subject the same way, unpaired."""
        for _ in range(self._plan.warmup):
            self._time(subject, cases(), check=False)
        calls = range(self._plan.min_pairs)
        return latency([self._time(subject, cases(), check=False) for _ in calls])

    def _calibrate(self, case: Case) -> float:
        # the least of them is in every call; on a busy machine the rest of a typical one is not,
        # and taken off it would make a short call look shorter still
        return min(self._reference.noop(case, self._sweep) / 1e6 for _ in range(_CALIBRATION_CALLS))

    def _warm_up(self, cases: Callable[[], Case]) -> None:
        """Run pairs until the solution's times stop falling."""
        case = cases()
        times: list[float] = []
        for _ in range(3 * self._plan.warmup + 1):
            self._time(self._reference, case, check=False)
            times.append(self._time(self._solution, case, check=True))
            if len(times) > self._plan.warmup and times[-1] > 0.9 * min(times[:-1]):
                return

    def _measure_pairs(self, cases: Callable[[], Case]) -> Pairs:
        plan, pairs = self._plan, Pairs()
        deadline = time.monotonic() + plan.budget_s
        # the number of calls is not for the solution to know
        least = plan.min_pairs + self._rng.randrange(3)
        while len(pairs.solution) < max(plan.max_pairs, least):
            case = cases()
            if self._rng.random() < 0.5:
                reference = self._time(self._reference, case, check=False)
                solution = self._time(self._solution, case, check=True)
            else:
                solution = self._time(self._solution, case, check=True)
                reference = self._time(self._reference, case, check=False)
            pairs.reference.append(reference)
            pairs.solution.append(solution)
            enough = len(pairs.solution) >= least
            if enough and (time.monotonic() > deadline or pairs.settled(plan.relative_width)):
                break
        return pairs

    def _time(self, subject: Subject, case: Case, *, check: bool) -> float:
        reply = subject.call(
            case,
            "timing",
            same_storage=self._rng.random() < 0.5,
            before=self._sweep,
        )
        if check:
            self.findings += require_right(case, subject, reply, self._honesty)
        self._events = reply.answer.claimed_ms is not None
        observed = reply.answer.elapsed_ns / 1e6 - self._overhead_ms
        return max(believable(observed, reply.answer.claimed_ms), _LEAST_MS)

    def _check_replay(self, cases: Callable[[], Case], pairs: Pairs) -> None:
        """Inputs seen before, in new storage, must take about as long as fresh ones.

        A suspicion is looked into by measuring both in turn, anew each time: other work on the
        machine may make some calls slow, but not time and again just the fresh ones.
        """
        fresh, seen = list(pairs.solution), self._repeat(cases())
        for _ in range(_CONFIRMATIONS):
            # noise only ever adds time: the least fresh time is the most it cannot explain
            if not _much_slower(min(fresh), statistics.median(seen)):
                return
            fresh, seen = [], []
            for _ in range(_REPEATS):
                case = cases()
                fresh.append(self._time(self._solution, case, check=True))
                seen.append(self._time(self._solution, case, check=True))
        if _much_slower(min(fresh), statistics.median(seen)):
            found = honesty.fatal(
                FindingKind.REPLAY,
                f"inputs seen before take {statistics.median(seen):.3f} ms, "
                f"fresh ones {min(fresh):.3f} ms at least",
            )
            self.findings += leniency.weigh([found], self._honesty)

    def _repeat(self, case: Case) -> list[float]:
        times = [self._time(self._solution, case, check=True) for _ in range(_REPEATS + 1)]
        return times[1:]

    def _check_floor(self, solution: Latency, floor: Roofline) -> None:
        if floor.output_bytes <= machine.last_level_cache():
            return  # caches are faster than the bandwidth that was measured
        hard = floor.hard_floor_ms
        if hard > _IMPOSSIBLE_LEAST_MS and solution.median_ms < _IMPOSSIBLE * hard:
            self.findings.append(
                honesty.fatal(
                    FindingKind.IMPOSSIBLE_TIME,
                    f"{solution.median_ms:.4f} ms, but writing the outputs alone takes "
                    f"{hard:.4f} ms at this machine's bandwidth",
                )
            )


def require_right(case: Case, subject: Subject, reply: Reply, rule: Honesty) -> list[Finding]:
    """Verify one call after the trials; returns what is to be noted of it.

    Raises:
        SolutionFault: if its form or conduct is wrong.
        WrongWhileTimed: if its values are.
    """
    compare.require_form(case, reply.structure, reply.outputs)
    found = honesty.conduct(case, reply)
    found += honesty.placement(case, reply.outputs, subject.player.arena_bounds())
    found = leniency.weigh(found, rule)
    if fatal := [finding for finding in found if finding.fatal]:
        raise fault.SolutionFault(Status.HACKED, finding=fatal[0])
    if not compare.is_right(case, reply.outputs):
        raise WrongWhileTimed(case, reply.outputs)
    return found


def _much_slower(fresh_ms: float, seen_ms: float) -> bool:
    return fresh_ms - seen_ms > _REPLAY_LEAST_MS and fresh_ms > _REPLAY_RATIO * seen_ms


def believable(observed_ms: float, claimed_ms: float | None) -> float:
    """Return the time that counts, given what we saw and what the device's events say.

    On a GPU our own clock also sees the host's launches. The events' time is preferred, but a
    claim can take off no more than launching may cost, whatever the solution did to it.
    """
    if claimed_ms is None:
        return observed_ms
    return max(claimed_ms, observed_ms - _LAUNCH_MS)


class WrongWhileTimed(Exception):
    """A call after the trials gave a wrong answer; carries what a trial's record needs."""

    def __init__(self, case: Case, outputs: list[Output]) -> None:
        super().__init__(case.name)
        self.case = case
        self.outputs = outputs
