"""Brings a source to life in a player, and puts calls to it."""

from __future__ import annotations

import contextlib
import math
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kerneldojo.errors import InfrastructureError
from kerneldojo.evaluation.arena import Placement, random_start
from kerneldojo.evaluation.referee import outputs as outputs_module
from kerneldojo.evaluation.referee.cases import Case
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.player_process import Answer, Player
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.records import Solution
from kerneldojo.settings import EvaluationSettings


@dataclass(frozen=True)
class SecretPlaces:
    """Where in a tensor, as fractions of its length, an observed call is to report values."""

    fractions: list[float]
    least: int
    """Smallest tensor that is of interest."""
    most: int
    """Largest tensor that is of interest."""


@dataclass
class Reply:
    """What came of one call."""

    answer: Answer
    structure: Any
    outputs: list[Output]
    inputs_changed: bool
    bands_changed: bool


@dataclass
class Subject:
    """A loaded source in its player, constructed for one workload at a time."""

    player: Player
    reference: Reference
    call_s: float = 30.0
    first_call_s: float = 90.0
    renew: Callable[[Reference], Player] | None = None
    """Loads the same source in another fresh player."""
    rng: random.Random = field(default_factory=random.SystemRandom)
    _called: bool = False
    _start: int = 0

    def start_over(self) -> None:
        """Go on in a fresh player, because this one is dead, stuck or worse."""
        assert self.renew is not None
        self.player.discard()
        self.player = self.renew(self.reference)
        self._called = False

    def construct(self, reference: Reference) -> None:
        """Build the model anew for another workload."""
        self.reference = reference
        message, placements = _construction(self.player, reference)
        for placement in placements:
            self.player.arena.write(placement)
        self.player.ask({"op": "construct", **message}, "loaded", self.first_call_s, "construction")
        self._called = False

    def call(
        self,
        case: Case,
        stage: str,
        *,
        observe: str | None = None,
        places: SecretPlaces | None = None,
        same_storage: bool = False,
        before: Any = None,
        at_most_s: float = math.inf,
    ) -> Reply:
        """Prepare and run one call; `before` runs last thing before the clock starts."""
        placements = self._place(case, same_storage)
        deadline = min(self.call_s if self._called else self.first_call_s, at_most_s)
        message = {
            "observe": observe,
            "fractions": places.fractions if places else [],
            "sizes": [places.least, places.most] if places else [0, 0],
            "cotangents": placements[1].node if len(placements) > 1 else None,
            "parameters": self.reference.parameter_names,
        }
        self.player.arena.reserve(placements[-1].end)
        self.player.prepare(message, placements[0], deadline, stage)
        for placement in placements:
            self.player.arena.write(placement)
        if before is not None:
            before()
        answer = self.player.go(deadline, stage)
        self._called = True
        node = answer.node
        if node is None:
            node = self.player.ask({"op": "collect"}, "done", deadline, stage)
        structure, read = outputs_module.read(self.player.pid, node, case.largest)
        read = outputs_module.in_order(read, [leaf.path for leaf in case.leaves])
        disturbed = [self.player.arena.disturbed(placement) for placement in placements]
        return Reply(
            answer,
            structure,
            read,
            any(inputs for inputs, _ in disturbed),
            any(bands for _, bands in disturbed),
        )

    def noop(self, case: Case, before: Any) -> int:
        """Return the elapsed nanoseconds of a call that computes nothing."""
        (placement, *_) = self._place(case, same_storage=True)
        message = {
            "observe": None,
            "fractions": [],
            "sizes": [0, 0],
            "cotangents": None,
            "parameters": [],
            "noop": True,
        }
        self.player.prepare(message, placement, self.call_s, "calibration")
        before()
        return self.player.go(self.call_s, "calibration").elapsed_ns

    def profile(self, case: Case, calls: int) -> dict[str, Any]:
        """Return what the device's profiler captured of some calls, as the player claims."""
        (placement, *_) = self._place(case, same_storage=True)
        self.player.arena.reserve(placement.end)
        self.player.arena.write(placement)
        message = {"op": "profile", "inputs": placement.node, "calls": calls, "parameters": []}
        profiled = self.player.ask(message, "profiled", self.first_call_s, "profiling")
        return profiled if isinstance(profiled, dict) else {}

    def inspect(self, stage: str) -> dict[str, Any]:
        """Return the player's claims about its last call."""
        claims = self.player.ask({"op": "inspect"}, "inspection", self.call_s, stage)
        return claims if isinstance(claims, dict) else {}

    def read_again(self, case: Case, stage: str) -> list[Output]:
        """Read the last call's outputs once more."""
        node = self.player.ask({"op": "collect"}, "done", self.call_s, stage)
        read = outputs_module.read(self.player.pid, node, case.largest)[1]
        return outputs_module.in_order(read, [leaf.path for leaf in case.leaves])

    def _place(self, case: Case, same_storage: bool) -> list[Placement]:
        if not same_storage:
            self._start = random_start(case.size, self.rng)
        arena = self.player.arena
        placements = [arena.place(case.inputs, self._start, grad=case.cotangents is not None)]
        if case.cotangents is not None:
            placements.append(arena.place(case.cotangents, placements[0].end))
        return placements


class TrustedSubject(Subject):
    """The reference in a process of its own: whatever goes wrong there is a fault of ours."""

    def call(self, *args: Any, **options: Any) -> Reply:
        """Run one call as `Subject.call` does; raises InfrastructureError if it fails."""
        with _ours():
            return super().call(*args, **options)

    def noop(self, case: Case, before: Any) -> int:
        """Run a call as `Subject.noop` does; raises InfrastructureError if it fails."""
        with _ours():
            return super().noop(case, before)


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except SolutionFault as error:
        raise InfrastructureError(f"the reference failed in its own process: {error}") from error


def load(
    player: Player,
    solution: Solution,
    reference: Reference,
    settings: EvaluationSettings,
    device: str,
    *,
    interpret: bool,
) -> None:
    """Import a source in a player and construct its entry point; raises SolutionFault."""
    message, placements = _construction(player, reference)
    for placement in placements:
        player.arena.write(placement)
    message |= {
        "op": "load",
        "source": solution.source,
        "entry_point": solution.entry_point,
        "threads": threads(settings),
        "device": device,
        "interpret": interpret,
    }
    player.ask(message, "loaded", settings.limits.load_s, "load")


def threads(settings: EvaluationSettings) -> int:
    """Return how many threads reference and solution get."""
    return settings.threads or len(os.sched_getaffinity(0))


def _construction(player: Player, reference: Reference) -> tuple[dict[str, Any], list[Placement]]:
    init = player.arena.place(list(reference.init), 0)
    state = player.arena.place(reference.state, init.end)
    player.arena.reserve(state.end)
    message = {
        "init": init.node,
        "state": state.node,
        "seed": reference.seed,
        "training": reference.training,
    }
    return message, [init, state]
