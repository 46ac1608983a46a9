"""Verified calls before anything is timed: correctness, honesty, determinism."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

import torch

from kerneldojo.errors import InfrastructureError
from kerneldojo.evaluation.referee import compare, fault, honesty, leniency
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.loading import Reply, Subject
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.evaluation.sandbox import namespaces
from kerneldojo.records import Finding, FindingKind, Mismatch, Status, Trial, Workload
from kerneldojo.settings.evaluation import Honesty

_GHOST_S = 10.0
"""Longest a call without kernels may take; host code may wait for what they do."""
_SETTLE_S = 0.1
"""How long a wrong answer may go on changing before it counts as simply wrong."""


@dataclass
class Verified:
    """What the trials brought."""

    honesty: Honesty = "enforce"
    trials: list[Trial] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    mismatch: Mismatch | None = None
    status: Status | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    """The census of the first workload."""

    @property
    def ended(self) -> bool:
        """Whether nothing further needs to be tried."""
        return self.status is not None or any(finding.fatal for finding in self.findings)

    def note(self, *findings: Finding) -> None:
        """Note what was found beside a call that was answered."""
        self.findings += leniency.weigh(findings, self.honesty)


class Trials:
    """Runs the trials of one solution in an order that ends early when something is wrong."""

    def __init__(self, session: Session, subject: Subject, fresh_seed: str) -> None:
        self._session = session
        self._subject = subject
        self._fresh_seed = fresh_seed
        self._rng = random.SystemRandom()
        self._previous: list[tuple[Case, list[torch.Tensor]]] = []
        self.result = Verified(session.settings.honesty)

    def run(self) -> Verified:
        """Verify every workload, the smallest first, the timed one last."""
        workloads = self._session.workloads()[::-1]
        for index, workload in enumerate(workloads):
            if index:
                self._subject.construct(self._session.reference(workload))
            self._workload(workload, smallest=index == 0)
            if self.result.ended:
                return self.result
        self._leftovers()
        return self.result

    def look_again(self) -> None:
        """Observe one more call, after timing: what was honest then must still be."""
        claims = self.result.claims
        workload = self._session.workloads()[0]
        model = self._session.case(workload, "default", 0)
        case = self._session.fresh_case(workload, "default", self._fresh_seed, 1, model)
        assert case is not None  # the default distribution always applies
        self._census(case)
        self.result.claims = claims

    def _workload(self, workload: Workload, *, smallest: bool) -> None:
        session, plan = self._session, self._session.settings.trials
        shared = [session.case(workload, "default", index) for index in range(plan.seeds)]
        cases = [case for case in shared if case is not None]
        if smallest:
            fresh = session.fresh_case(workload, "default", self._fresh_seed, 0)
            cases += [fresh] if fresh is not None else []
            varied = [session.case(workload, name, 0) for name in session.distributions()]
            cases += [case for case in varied if case is not None]
        self._census(cases[0])
        if not self.result.ended:
            self._ghost(cases[-1])
        for case in cases[1:]:
            if self.result.ended:
                return
            self._plain(case, same_storage=self._rng.random() < 0.5)
        for _ in range(plan.determinism - 1):
            if not self.result.ended:
                self._repeat(cases[0])

    def _census(self, case: Case) -> None:
        """An observed call, then a second look at its outputs."""
        stage = f"verification ({case.name})"
        places = honesty.secret_places(case, self._rng)
        reply = self._subject.call(case, stage, observe="census", places=places)
        if not self._verify(case, reply, stage):
            return
        claims = self._subject.inspect(stage)
        again = self._subject.read_again(case, stage)
        if not _equal(reply.outputs, again):
            self.result.note(
                honesty.fatal(FindingKind.LATE_WORK, "outputs went on changing after the answer")
            )
        self.result.note(*honesty.census(case, claims, places, ghost=False))
        self.result.claims = claims

    def _ghost(self, case: Case) -> None:
        """Leave the solution's launches out: the answer must not come out all the same.

        The inputs differ from the census's, so that a buffer that is honestly used again does
        not hold the answer; where there are no inputs to differ, the model is built anew.
        """
        stage = "ghost replay"
        if not any(isinstance(value, torch.Tensor) for value in case.inputs):
            self._subject.construct(self._subject.reference)
        places = honesty.secret_places(case, self._rng)
        try:
            reply = self._subject.call(
                case, stage, observe="ghost", places=places, at_most_s=_GHOST_S
            )
            compare.require_form(case, reply.structure, reply.outputs)
        except fault.SolutionFault as error:
            if error.finding is not None:
                raise
            # without its kernels the host code stumbles, crashes or waits: the kernels matter
            if not (error.raised or error.status in (Status.WRONG_SHAPE, Status.WRONG_DTYPE)):
                self._subject.start_over()
            return
        if compare.is_right(case, reply.outputs):
            self.result.note(
                honesty.fatal(
                    FindingKind.DECOY_KERNEL,
                    "the answer stays right when the solution's kernels do nothing",
                )
            )
            return
        self._remember(case.renamed("a call without kernels"), reply)
        claims = self._subject.inspect(stage)
        found = honesty.census(case, claims, places, ghost=True)
        self.result.note(*[f for f in found if f.kind is FindingKind.LIBRARY_ANSWER])

    def _plain(self, case: Case, *, same_storage: bool) -> Reply | None:
        stage = f"verification ({case.name})"
        reply = self._subject.call(case, stage, same_storage=same_storage)
        return reply if self._verify(case, reply, stage) else None

    def _repeat(self, case: Case) -> None:
        """Same bytes, other storage: the answers must agree within the tolerance."""
        stage = f"determinism ({case.name})"
        reply = self._subject.call(case, stage, same_storage=False)
        compare.require_form(case, reply.structure, reply.outputs)
        self.result.note(*honesty.conduct(case, reply))
        if self.result.ended or compare.is_right(case, reply.outputs):
            return
        trial, mismatch = compare.judge(case, reply.outputs)
        self.result.trials.append(trial.model_copy(update={"name": f"{case.name}/repeated"}))
        self.result.mismatch = mismatch
        self.result.status = Status.NONDETERMINISTIC

    def _verify(self, case: Case, reply: Reply, stage: str) -> bool:
        """Check everything about one call; record the trial; True if all is well."""
        compare.require_form(case, reply.structure, reply.outputs)
        self.result.note(*honesty.conduct(case, reply))
        arena = self._subject.player.arena_bounds()
        self.result.note(*honesty.placement(case, reply.outputs, arena))
        if self._threads_at_work(case, stage):
            self.result.note(
                honesty.fatal(
                    FindingKind.LATE_WORK, "a thread went on computing after the answer", stage
                )
            )
        if self.result.ended:
            return False
        trial, mismatch = compare.judge(case, reply.outputs)
        self.result.trials.append(trial)
        if mismatch is None:
            self._remember(case, reply)
            return True
        self.result.mismatch = mismatch
        self._explain(case, reply, stage)
        if not self.result.ended:
            self.result.status = Status.WRONG_VALUE
        return False

    def _threads_at_work(self, case: Case, stage: str) -> bool:
        """Whether a thread computes although the answer was given; seen twice to be sure."""
        player = self._subject.player
        for look in range(2):
            if look:
                self._subject.read_again(case, stage)
            if not player.busy_threads():
                return False
        return True

    def _explain(self, case: Case, reply: Reply, stage: str) -> None:
        """Tell a late, a replayed and a simply wrong answer apart."""
        for earlier, outputs in self._previous:
            if earlier is not case and _replays(outputs, reply.outputs):
                self.result.note(
                    honesty.fatal(
                        FindingKind.REPLAY, f"returned its answer to {earlier.name} again", stage
                    )
                )
                return
        if self._becomes_right(case, stage):
            self.result.note(
                honesty.fatal(
                    FindingKind.LATE_WORK, "the answer was completed after it was declared ready"
                )
            )
            return
        narrow = compare.narrow_rounding(case, reply.outputs)
        if narrow is not None:
            evidence = f"the errors are those of rounding to {narrow}"
            self.result.note(honesty.warning(FindingKind.LOW_PRECISION, evidence))

    def _becomes_right(self, case: Case, stage: str) -> bool:
        deadline = time.monotonic() + _SETTLE_S
        try:
            while time.monotonic() < deadline:
                if compare.is_right(case, self._subject.read_again(case, stage)):
                    return True
        except fault.SolutionFault:
            return False
        return False

    def _remember(self, case: Case, reply: Reply) -> None:
        tensors = [o.value for o in reply.outputs if isinstance(o.value, torch.Tensor)]
        self._previous = [*self._previous[-3:], (case, tensors)]

    def _leftovers(self) -> None:
        """No process of the solution's may be left when its calls are done."""
        player = self._subject.player
        try:
            others = [pid for pid in namespaces.members(player.pid) if pid != player.pid]
        except OSError as error:
            raise InfrastructureError(f"cannot see the player's processes: {error}") from error
        if others:
            self.result.note(
                honesty.fatal(
                    FindingKind.LATE_WORK,
                    f"{len(others)} process(es) it started are still there after the calls",
                )
            )


def _equal(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(
        torch.equal(_bits(a.value), _bits(b.value))
        if isinstance(a.value, torch.Tensor) and isinstance(b.value, torch.Tensor)
        else repr(a.value) == repr(b.value)
        for a, b in zip(left, right, strict=True)
    )


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.reshape(-1).view(torch.uint8) if tensor.numel() else tensor


def _replays(earlier: list[torch.Tensor], outputs: list[Any]) -> bool:
    now = [output.value for output in outputs if isinstance(output.value, torch.Tensor)]
    large = [tensor for tensor in earlier if tensor.numel() > 1]
    return (
        bool(large)
        and len(now) == len(earlier)
        and all(
            a.shape == b.shape and a.dtype == b.dtype and torch.equal(_bits(a), _bits(b))
            for a, b in zip(earlier, now, strict=True)
        )
    )
