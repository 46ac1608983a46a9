"""The order of an evaluation: static check, build, correctness, honesty, timing, profile."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

import torch

from kerneldojo.errors import DeviceUnavailable, InfrastructureError, InvalidProblem
from kerneldojo.evaluation import languages, static_check
from kerneldojo.evaluation.arena import Arena
from kerneldojo.evaluation.lease import Lease
from kerneldojo.evaluation.referee import ahead, environment, fault, machine, sanitize
from kerneldojo.evaluation.referee.draft import Draft
from kerneldojo.evaluation.referee.loading import Subject, load
from kerneldojo.evaluation.referee.player_process import Player
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.evaluation.referee.stages import Stages
from kerneldojo.evaluation.referee.trials import Trials
from kerneldojo.evaluation.referee.zygote_process import Zygote
from kerneldojo.evaluation.sandbox import kernel
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.records import (
    Environment,
    ErrorInfo,
    Evaluation,
    Language,
    Problem,
    Solution,
    Status,
    content_digest,
)
from kerneldojo.settings import EvaluationSettings

_MOST_SESSIONS = 3
_TIMER_SLACK_NS = 1000

OnStage = Callable[[str], None]


class Referee:
    """Judges solutions on one device, one at a time; others may work beside it (`Lease`)."""

    def __init__(
        self, device: str = "cpu", isolation: str = "auto", lease: Lease | None = None
    ) -> None:
        kernel.prctl(kernel.PR_SET_TIMERSLACK, _TIMER_SLACK_NS)
        self._device = device
        self._lease = lease or Lease(device)
        self._zygote = Zygote(device, isolation)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._sweep: machine.CacheSweep | None = None

    def warm(self) -> None:
        """Wait until the first evaluation can start at once."""
        self._zygote.wait_warm()
        self._sweep = machine.CacheSweep()

    @property
    def isolation(self) -> IsolationLevel:
        """The level players run at."""
        return self._zygote.level

    def describe(self, settings: EvaluationSettings, language: Language) -> Environment:
        """Return where a solution in this language would be judged."""
        target = resolve_target(settings.target, Solution(source="", language=language))
        return environment.describe(target, self.isolation, settings, language)

    def evaluate(
        self,
        problem: Problem,
        solution: Solution,
        settings: EvaluationSettings,
        on_stage: OnStage = lambda stage: None,
    ) -> Evaluation:
        """Judge one solution.

        Raises:
            InfrastructureError: for a fault of ours, which the pool may retry.
        """
        self._zygote.require(IsolationLevel(settings.isolation_floor))
        target = resolve_target(settings.target, solution)
        where = environment.describe(target, self.isolation, settings, solution.language)
        with self._lease.shared():
            try:
                draft = Draft(problem, solution, where, settings.honesty)
                return self._evaluate(draft, settings, on_stage)
            except fault.NotCompiled as inability:
                instead = environment.interpreted(where, inability.reason)
                draft = Draft(problem, solution, instead, settings.honesty)
                draft.costs["native attempt"] = inability.spent_s
                return self._evaluate(draft, settings, on_stage)

    def _evaluate(
        self, draft: Draft, settings: EvaluationSettings, on_stage: OnStage
    ) -> Evaluation:
        """Judge one solution where its draft says.

        Raises:
            NotCompiled: if the CPU was tried and a kernel cannot be compiled for it.
        """
        problem, solution, target = draft.problem, draft.solution, draft.environment.target
        stages = _Clockwork(draft, on_stage, self._lease)
        try:
            with stages("static check"):
                draft.add_static(static_check.check_source(solution))
                error = static_check.validate_shape(solution)
            if error is not None:
                return draft.failed(Status.INVALID_SOLUTION, error)
            if draft.hacked:
                return draft.finish(Status.HACKED)
            with stages("reference"):
                session = self._session(problem, settings, target)
                session.solutions += 1
                for workload in session.workloads():
                    session.case(workload, "default", 0)
            return self._play(session, draft, stages)
        except InvalidProblem as error:
            info = ErrorInfo(type="InvalidProblem", message=str(error))
            return draft.failed(Status.INVALID_PROBLEM, info)

    def _play(self, session: Session, draft: Draft, stages: _Clockwork) -> Evaluation:
        """Run the solution in a fresh player and judge what it does."""
        limits = session.settings.limits
        seat = _Seat(self._zygote, session, draft)
        try:
            with stages("build"):
                if session.target.startswith("aot:"):
                    not_run = ahead.judge(session, seat.spawn(), draft)
                    return draft.finish(Status.EVALUATION_FAILED, not_run)
                first = session.reference(session.workloads()[-1])
                player = seat.load(first)
            subject = Subject(player, first, limits.call_s, limits.load_s, renew=seat.load)
            self._judge(session, subject, draft, stages)
            draft.log = seat.log()
            return draft.finish(draft.verified.status or Status.CORRECT)
        except fault.SolutionFault as error:
            draft.log = seat.log()
            if _is_native_triton(session, draft) and error.is_compiler_s(draft.log):
                raise fault.NotCompiled(str(error), sum(draft.costs.values())) from error
            if error.crashed and _is_cpp(draft.solution):
                with stages("sanitizer"):
                    error = sanitize.explain(error, session, self._zygote, draft.solution)
            return draft.fail_with(error)
        finally:
            seat.close()

    def _judge(self, session: Session, subject: Subject, draft: Draft, stages: _Clockwork) -> None:
        """Verify, then time and profile; stops as soon as something is wrong."""
        settings = session.settings
        fresh = settings.seed[16:] if settings.seed else secrets.token_hex(8)
        draft.seed = session.master + fresh
        with stages("verification"):
            trials = Trials(session, subject, fresh)
            draft.verified = trials.result
            trials.run()
        if settings.sanitize and not draft.ended and _is_cpp(draft.solution):
            with stages("sanitizer"):
                draft.add(sanitize.out_of_bounds(session, self._zygote, draft.solution))
        if not draft.ended:
            later = Stages(session, subject, self._zygote, self._sweep or machine.CacheSweep())
            with contextlib.ExitStack() as alone:
                with stages("waiting"):
                    if not alone.enter_context(self._lease.alone()):
                        draft.environment = environment.disturbed(draft.environment)
                later.measure(draft, stages)
        if draft.timing is not None and not draft.ended:
            with stages("second census"):
                trials.look_again()

    def _session(self, problem: Problem, settings: EvaluationSettings, target: str) -> Session:
        key = content_digest(
            problem.digest,
            target,
            settings.trials.model_dump(),
            settings.threads,
            settings.seed,
            settings.limits.model_dump(),
        )
        session = self._sessions.pop(key, None)
        if session is not None and session.exhausted:
            session.close()
            session = None
        if session is None:
            device = target if target.startswith("cuda") else "cpu"
            session = Session(problem, settings, device, target, pause=self._lease.pause)
        session.settings = settings
        self._sessions[key] = session
        while len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)[1].close()
        return session

    def close(self) -> None:
        """End every process this referee started."""
        for session in self._sessions.values():
            with contextlib.suppress(InfrastructureError):
                session.close()
        self._zygote.close()
        self._lease.close()


class _Seat:
    """Where a solution's player sits: one at a time, all on the same arena."""

    def __init__(self, zygote: Zygote, session: Session, draft: Draft) -> None:
        self._zygote = zygote
        self._session = session
        self._solution = draft.solution
        self._arena = Arena()
        self._player: Player | None = None

    def spawn(self) -> Player:
        """Return a fresh player."""
        self._player = self._zygote.spawn(self._session.settings.limits, self._arena)
        return self._player

    def load(self, reference: Reference) -> Player:
        """Return a fresh player that has loaded the solution; raises SolutionFault."""
        session, player = self._session, self.spawn()
        interpret = session.target == "interpreter"
        settings, device = session.settings, session.device
        load(player, self._solution, reference, settings, device, interpret=interpret)
        return player

    def log(self) -> str:
        """Return what the last player printed."""
        return self._player.log() if self._player is not None else ""

    def close(self) -> None:
        """End the player and release the arena."""
        if self._player is not None:
            self._player.discard()
        self._arena.close()


class _Clockwork:
    """Names the stages as they happen and notes what each took."""

    def __init__(self, draft: Draft, on_stage: OnStage, lease: Lease) -> None:
        self._draft = draft
        self._on_stage = on_stage
        self._lease = lease

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self._on_stage(name)
        self._lease.pause()
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = self._draft.costs
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - start


def _is_native_triton(session: Session, draft: Draft) -> bool:
    """Whether a fault may be one of our own compiler, and nothing has been found already."""
    triton = draft.solution.language is Language.TRITON
    return triton and session.target == "cpu" and not draft.hacked


def _is_cpp(solution: Solution) -> bool:
    return solution.language is Language.CPP


def resolve_target(target: str, solution: Solution) -> str:
    """Return the concrete target for a solution on this machine.

    Raises:
        DeviceUnavailable: if the target asked for is not here, or cannot run the language.
    """
    has_gpu = torch.cuda.is_available()
    able: tuple[str, ...] = languages.support(solution.language).targets(has_gpu)
    if target == "auto":
        return able[0]
    if re.fullmatch(r"cuda(:\d+)?", target) and not has_gpu:
        raise DeviceUnavailable(
            f"target {target!r} was asked for, but PyTorch sees no CUDA device here; "
            f"for {solution.language} this machine can do: {', '.join(able)}"
        )
    family = target.partition(":")[0]
    if family not in {name.partition(":")[0] for name in able} | {"aot"}:
        raise DeviceUnavailable(
            f"target {target!r} cannot run {solution.language} solutions here; "
            f"possible: {', '.join(able)}"
        )
    return f"{target}:0" if target == "cuda" else target
