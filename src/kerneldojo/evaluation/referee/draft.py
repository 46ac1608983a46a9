"""An evaluation in the making: gathers what is known, then becomes the immutable record."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerneldojo.evaluation.referee import leniency
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.evaluation.referee.trials import Verified
from kerneldojo.records import (
    Correctness,
    Costs,
    Environment,
    ErrorInfo,
    Evaluation,
    Finding,
    Problem,
    Profile,
    Solution,
    Status,
    Timing,
)
from kerneldojo.settings.evaluation import Honesty


@dataclass
class Draft:
    """Mutable until `finish`."""

    problem: Problem
    solution: Solution
    environment: Environment
    honesty: Honesty = "enforce"
    seed: str = ""
    verified: Verified = field(default_factory=Verified)
    timing: Timing | None = None
    profile: Profile | None = None
    log: str = ""
    costs: dict[str, float] = field(default_factory=dict)
    _static: list[Finding] = field(default_factory=list)
    _extra: list[Finding] = field(default_factory=list)

    def add_static(self, findings: tuple[Finding, ...]) -> None:
        """Note what the source text shows."""
        self._static += leniency.weigh(findings, self.honesty)

    def add(self, *findings: Finding | None) -> None:
        """Note what was found later on."""
        found = [finding for finding in findings if finding is not None]
        self._extra += leniency.weigh(found, self.honesty)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, fatal ones first, without repetitions."""
        everything = [*self._static, *self.verified.findings, *self._extra]
        unique = {(f.kind, f.severity, f.where, f.evidence): f for f in everything}
        return tuple(sorted(unique.values(), key=lambda finding: not finding.fatal))

    @property
    def hacked(self) -> bool:
        """Whether any finding is fatal."""
        return any(finding.fatal for finding in self.findings)

    @property
    def ended(self) -> bool:
        """Whether the verdict is already certain."""
        return self.verified.ended or self.hacked

    def failed(self, status: Status, error: ErrorInfo) -> Evaluation:
        """Return the record of a failure; findings that are fatal take precedence."""
        return self.finish(status, error)

    def fail_with(self, fault: SolutionFault) -> Evaluation:
        """Return the record of a fault of the solution; its finding is as grave as it says."""
        self._extra += [fault.finding] if fault.finding is not None else []
        return self.finish(fault.status, fault.error)

    def finish(self, status: Status, error: ErrorInfo | None = None) -> Evaluation:
        """Return the immutable record."""
        if status.judged and self.hacked:
            status, error = Status.HACKED, None
        correct = status is Status.CORRECT
        return Evaluation(
            problem=self.problem.name,
            problem_digest=self.problem.digest,
            solution_digest=self.solution.digest,
            language=self.solution.language.value,
            status=status,
            findings=self.findings,
            correctness=self._correctness(),
            timing=self.timing if correct else None,
            profile=self.profile,
            environment=self.environment,
            error=error,
            log=self.log,
            costs=Costs(stages={name: round(spent, 6) for name, spent in self.costs.items()}),
        )

    def _correctness(self) -> Correctness | None:
        if not self.verified.trials:
            return None
        return Correctness(
            policy=self.problem.metadata.tolerance.policy,
            trials=tuple(self.verified.trials),
            mismatch=self.verified.mismatch,
            seed=self.seed,
        )
