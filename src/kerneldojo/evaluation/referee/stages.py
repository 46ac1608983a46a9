"""What comes after verification: timing, profile, and compiling for absent devices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from kerneldojo.evaluation.referee import compare, fault, honesty, profile, timing
from kerneldojo.evaluation.referee.draft import Draft
from kerneldojo.evaluation.referee.loading import Reply, Subject
from kerneldojo.evaluation.referee.machine import CacheSweep
from kerneldojo.evaluation.referee.roofline import roofline
from kerneldojo.evaluation.referee.sampling import Sampler
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.evaluation.referee.zygote_process import Zygote
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.records import FindingKind, Profile, Status, Timing

StageClock = Callable[[str], AbstractContextManager[None]]
_PROFILE_S = 1.0
_PROFILED_CALLS = 5
_PROFILER_ATTEMPTS = 3
_SUSPICIONS = 2
"""How often samples must contradict a census before it is called forged."""


class Stages:
    """The later stages of one evaluation."""

    def __init__(
        self, session: Session, subject: Subject, zygote: Zygote, sweep: CacheSweep
    ) -> None:
        self._session = session
        self._subject = subject
        self._zygote = zygote
        self._sweep = sweep
        self._workload = session.workloads()[0]

    def measure(self, draft: Draft, stages: StageClock) -> None:
        """Time and profile a verified solution, as far as the target allows."""
        settings, target = self._session.settings, self._session.target
        if settings.timing.enabled and target != "interpreter":
            with stages("lock"):
                self._lock()
            with stages("timing"), self._noting_wrong_answers(draft):
                draft.timing = self._time(draft)
        if settings.profile and not (draft.hacked or draft.verified.ended):
            with stages("profile"), self._noting_wrong_answers(draft):
                draft.profile = self._with_memory(self._profile(draft))
                draft.add(profile.low_coverage(draft.profile, settings.coverage_warning))

    @contextmanager
    def _noting_wrong_answers(self, draft: Draft) -> Iterator[None]:
        """Turn a wrong answer outside of the trials into a failed trial."""
        try:
            yield
        except timing.WrongWhileTimed as wrong:
            trial, mismatch = compare.judge(wrong.case, wrong.outputs)
            name = f"{wrong.case.name}/timed"
            draft.verified.trials.append(trial.model_copy(update={"name": name}))
            draft.verified.mismatch = mismatch
            draft.verified.status = Status.WRONG_VALUE

    def _lock(self) -> None:
        """No new processes from here on; the kernel's own count must confirm it."""
        player = self._subject.player
        confined = self._zygote.level.at_least(IsolationLevel.CONFINED)
        before = player.frozen.filters()
        player.ask({"op": "lock", "seccomp": confined}, "locked", 10.0, "lock")
        if confined and player.frozen.filters() <= before:
            raise fault.hacked(
                FindingKind.FORGED_MESSAGE, "claimed a seccomp filter that the kernel does not know"
            )

    def _time(self, draft: Draft) -> Timing | None:
        session, plan = self._session, self._session.settings.timing
        cases = session.timing_cases(self._workload)
        reference = session.reference_player(self._zygote, self._workload)
        rule = session.settings.honesty
        clock = timing.PairedClock(reference, self._subject, plan, self._sweep, rule)
        floor = roofline(session.reference(self._workload), next(cases))
        try:
            measured = clock.measure(cases.__next__, self._workload.name, floor)
        finally:
            draft.add(*clock.findings)
        if measured is not None and plan.compile_baseline:
            baseline = session.compiled_baseline(self._zygote, self._workload, clock)
            measured = measured.model_copy(update={"baselines": {"torch.compile": baseline}})
        return measured

    def _profile(self, draft: Draft) -> Profile:
        claims = draft.verified.claims
        if self._session.target.startswith("cuda"):
            return self._profile_device(draft)
        if draft.timing is None or self._session.target != "cpu":
            return profile.from_claims(claims)
        settings = self._session.settings
        latency_ms = draft.timing.solution.median_ms
        case = next(self._session.timing_cases(self._workload))

        def check(reply: Reply) -> None:
            draft.add(*timing.require_right(case, self._subject, reply, settings.honesty))

        for _ in range(_SUSPICIONS):
            sampler = Sampler(self._subject, latency_ms)
            samples = sampler.sample(case, settings.profile_samples, _PROFILE_S, check)
            contradiction = profile.contradiction(samples, claims)
            if contradiction is None:
                break
        if contradiction is not None:
            draft.add(honesty.fatal(FindingKind.FORGED_MESSAGE, contradiction))
        return profile.from_samples(samples, claims, latency_ms)

    def _with_memory(self, built: Profile) -> Profile:
        """Add the player's peak, PyTorch itself included, where the device tells none."""
        if built.peak_memory_bytes is not None:
            return built
        peak = self._subject.player.frozen.peak_memory_bytes()
        return built.model_copy(update={"peak_memory_bytes": peak or None})

    def _profile_device(self, draft: Draft) -> Profile:
        """Ask the CUDA profiler; an empty capture is tried again, then reported as such."""
        case = next(self._session.timing_cases(self._workload))
        own = _kernel_names(draft)
        for _ in range(_PROFILER_ATTEMPTS):
            profiled = self._subject.profile(case, _PROFILED_CALLS)
            found = profile.from_device(profiled, own, _PROFILED_CALLS)
            if found is not None:
                return found
        return profile.nothing_captured(_PROFILER_ATTEMPTS)


def _kernel_names(draft: Draft) -> set[str]:
    """Return the kernels a solution defines: those it launched, and its `__global__`s."""
    launches = draft.verified.claims.get("launches")
    own = launches.get("own") if isinstance(launches, dict) else None
    names = {str(name) for name in own} if isinstance(own, dict) else set()
    return names | set(re.findall(r"__global__[^;{(]*?(\w+)\s*\(", draft.solution.source))
