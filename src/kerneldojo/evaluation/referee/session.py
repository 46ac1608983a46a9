"""Everything about one problem that does not depend on the solution, computed once.

References, secret inputs with their answers, calibrated tolerances and the reference's own
player live as long as the session; all solutions of the problem share them. A solution
cannot learn from it: each runs in a fresh process that sees nothing of earlier ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from kerneldojo.errors import InfrastructureError
from kerneldojo.evaluation.arena import Arena
from kerneldojo.evaluation.referee.cases import DISTRIBUTIONS, Case, derive_seed, make_case
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.evaluation.referee.loading import Subject, TrustedSubject, load
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.evaluation.referee.timing import PairedClock
from kerneldojo.evaluation.referee.zygote_process import Zygote
from kerneldojo.records import Latency, Problem, Solution, Workload
from kerneldojo.records.solution import Language
from kerneldojo.settings import EvaluationSettings

_MOST_SOLUTIONS = 64
"""After this many solutions a session's secrets are drawn anew."""
_POOL_BYTES = 96 << 20
_COMPILED = """

import torch as _torch


class CompiledModel(Model):
    forward = _torch.compile(Model.forward)
"""


class Session:
    """A problem under evaluation on one target."""

    def __init__(
        self,
        problem: Problem,
        settings: EvaluationSettings,
        device: str,
        target: str,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        """Start empty; `pause` is called wherever others may use the device in between."""
        self.problem = problem
        self._pause = pause
        self.settings = settings
        self.device = device
        self.target = target
        self.master = settings.seed[:16] if settings.seed else secrets.token_hex(8)
        self.solutions = 0
        self._references: dict[str, Reference] = {}
        self._cases: dict[tuple[str, str, int], Case | None] = {}
        self._pool: list[Case] = []
        self._pool_bytes = 0
        self._player: Subject | None = None
        self._compiled: Latency | None = None

    @property
    def exhausted(self) -> bool:
        """Whether the secrets have served long enough."""
        return self.solutions >= _MOST_SOLUTIONS

    def workloads(self) -> list[Workload]:
        """Return the workloads to verify, the timed one first."""
        declared = list(self.problem.metadata.workloads) or [Workload(name="base")]
        target = "cuda" if self.target.startswith("cuda") else "cpu"
        fitting = [workload for workload in declared if workload.target in (None, target)]
        fitting = fitting or declared
        if self.target != "interpreter" and not self.target.startswith("aot:"):
            return sorted(fitting, key=lambda workload: workload.target != target)
        name = self.problem.metadata.interpreter_workload
        named = [workload for workload in fitting if workload.name == name]
        return named or fitting[-1:]

    def reference(self, workload: Workload) -> Reference:
        """Return the reference at a workload, built on first use."""
        if workload.name not in self._references:
            seed = derive_seed(self.master, "parameters")
            self._references[workload.name] = Reference(self.problem, workload, seed)
        return self._references[workload.name]

    def case(self, workload: Workload, distribution: str, index: int) -> Case | None:
        """Return a shared case, computed on first use; None where it does not apply."""
        key = (workload.name, distribution, index)
        if key not in self._cases:
            self._cases[key] = self.fresh_case(workload, distribution, self.master, index)
        return self._cases[key]

    def fresh_case(
        self,
        workload: Workload,
        distribution: str,
        seed: str,
        index: int,
        like: Case | None = None,
    ) -> Case | None:
        """Compute a case under a seed of the caller's (`like`: see `make_case`)."""
        self._pause()
        return make_case(
            self.reference(workload),
            distribution,
            derive_seed(seed, workload.name, distribution, index),
            self.problem.metadata.tolerance,
            f"{workload.name}/{distribution}#{index}",
            like,
        )

    def distributions(self) -> tuple[str, ...]:
        """Return the distributions to verify besides the default one."""
        chosen = self.problem.metadata.distributions
        if not self.settings.trials.distributions:
            return ()
        return DISTRIBUTIONS if chosen is None else tuple(d for d in chosen if d != "default")

    def timing_cases(self, workload: Workload) -> Iterator[Case]:
        """Yield cases no correctness trial uses: pooled ones first, then ever new ones."""
        yield from tuple(self._pool)
        index = len(self._pool)
        model = self.case(workload, "default", 0)
        while True:
            case = self.fresh_case(workload, "default", self.master + "/timing", index, model)
            assert case is not None  # the default distribution always applies
            if self._pool_bytes + case.size <= _POOL_BYTES and index == len(self._pool):
                self._pool.append(case)
                self._pool_bytes += case.size
            index += 1
            yield case

    def reference_player(self, zygote: Zygote, workload: Workload) -> Subject:
        """Return the reference in a process of its own, under the same harness as solutions."""
        if self._player is not None and self._player.player.ended:
            self.drop_player()
        if self._player is None:
            self._player = self._start(zygote, workload, "", "Model")
        return self._player

    def compiled_baseline(self, zygote: Zygote, workload: Workload, clock: PairedClock) -> Latency:
        """Return the reference's time under `torch.compile`, measured once per session."""
        if self._compiled is None:
            subject = self._start(zygote, workload, _COMPILED, "CompiledModel")
            try:
                cases = self.timing_cases(workload)
                self._compiled = clock.baseline(subject, cases.__next__)
            finally:
                subject.player.end()
                subject.player.arena.close()
        return self._compiled

    def _start(self, zygote: Zygote, workload: Workload, suffix: str, entry_point: str) -> Subject:
        reference = self.reference(workload)
        source = Solution(
            source=reference.source + suffix, language=Language.CPP, entry_point=entry_point
        )
        player = zygote.spawn(self.settings.limits, Arena())
        try:
            load(player, source, reference, self.settings, self.device, interpret=False)
        except SolutionFault as error:
            player.end()
            player.arena.close()
            raise InfrastructureError(f"the reference does not run isolated: {error}") from error
        limits = self.settings.limits
        return TrustedSubject(player, reference, limits.call_s, limits.load_s)

    def drop_player(self) -> None:
        """End the reference's process; the next use starts another."""
        if self._player is not None:
            self._player.player.discard()
            self._player.player.arena.close()
            self._player = None

    def close(self) -> None:
        """Release everything."""
        self.drop_player()
        self._cases.clear()
        self._pool.clear()
