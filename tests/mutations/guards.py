"""Removes one guard at a time, in the referee's process or in the zygote's.

Each function takes a guard out the way a careless edit would: the rest of the evaluator goes
on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerneldojo.records import FindingKind

REFEREE: dict[str, Callable[[], None]] = {}
"""Guards of the trusted side, by name."""
PLAYER: dict[str, Callable[[], None]] = {}
"""Guards that live in players; removed in the zygote they are forked from."""


def _referee(function: Callable[[], None]) -> Callable[[], None]:
    REFEREE[function.__name__] = function
    return function


def _player(function: Callable[[], None]) -> Callable[[], None]:
    PLAYER[function.__name__] = function
    return function


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _without(original: Callable[..., Any], *kinds: FindingKind) -> Callable[..., Any]:
    def fewer(*args: Any, **kwargs: Any) -> Any:
        return [finding for finding in original(*args, **kwargs) if finding.kind not in kinds]

    return fewer


@_referee
def static() -> None:
    """No rule looks at the source."""
    from kerneldojo.evaluation import static_check

    static_check.check_source = lambda solution: ()


@_referee
def enforcement() -> None:
    """Honesty is observed although it is to be enforced."""
    from kerneldojo.evaluation.referee import leniency

    original = leniency.weigh
    leniency.weigh = lambda findings, honesty: original(findings, "observe")


@_referee
def provenance() -> None:
    """Nobody asks where the answer first appeared."""
    from kerneldojo.evaluation.referee import honesty

    honesty._sightings = lambda *args, **kwargs: []


@_referee
def ghost() -> None:
    """The solution's launches are never left out."""
    from kerneldojo.evaluation.referee.trials import Trials

    Trials._ghost = _nothing  # type: ignore[method-assign]


@_referee
def launch_census() -> None:
    """Launches are not counted."""
    from kerneldojo.evaluation.referee import honesty

    honesty.census = _without(honesty.census, FindingKind.NO_KERNEL, FindingKind.FOREIGN_KERNEL)


@_referee
def surface() -> None:
    """Replaced functions go unnoticed."""
    from kerneldojo.evaluation.referee import honesty

    honesty.census = _without(honesty.census, FindingKind.TAMPERING)


@_referee
def output_check() -> None:
    """Element types are not compared."""
    from kerneldojo.evaluation.referee import compare

    compare._require_dtype = _nothing


@_referee
def input_check() -> None:
    """Inputs are not compared with what they were."""
    from kerneldojo.evaluation.arena import Arena

    original = Arena.disturbed
    Arena.disturbed = lambda self, placement: (  # type: ignore[method-assign]
        False,
        original(self, placement)[1],
    )


@_referee
def input_bands() -> None:
    """Bands around inputs are not looked at."""
    from kerneldojo.evaluation.arena import Arena

    original = Arena.disturbed
    Arena.disturbed = lambda self, placement: (  # type: ignore[method-assign]
        original(self, placement)[0],
        False,
    )


@_referee
def alias_check() -> None:
    """Outputs may lie anywhere."""
    from kerneldojo.evaluation.referee import honesty

    honesty.placement = lambda *args: []


@_referee
def fresh_inputs() -> None:
    """Every call gets the same bytes."""
    from kerneldojo.evaluation.referee import cases, session

    same: Callable[..., int] = lambda *parts: 7  # noqa: E731
    cases.derive_seed = session.derive_seed = same


@_referee
def second_census() -> None:
    """Nobody looks again after timing."""
    from kerneldojo.evaluation.referee.trials import Trials

    Trials.look_again = _nothing  # type: ignore[method-assign]


@_referee
def oracle() -> None:
    """Any value is right."""
    from kerneldojo.evaluation.referee.tolerance import Bounds

    Bounds.admits = lambda self, actual: True  # type: ignore[method-assign]


@_referee
def distributions() -> None:
    """Only the problem's own values are tried."""
    from kerneldojo.evaluation.referee.session import Session

    Session.distributions = lambda self: ()  # type: ignore[method-assign]


@_referee
def workloads() -> None:
    """Only the timed sizes are tried."""
    from kerneldojo.evaluation.referee.session import Session

    original = Session.workloads
    Session.workloads = lambda self: original(self)[:1]  # type: ignore[method-assign]


@_referee
def determinism() -> None:
    """Equal inputs are not tried twice."""
    from kerneldojo.evaluation.referee.trials import Trials

    Trials._repeat = _nothing  # type: ignore[method-assign]


@_referee
def timed_calls() -> None:
    """Answers of timed calls are not verified."""
    from kerneldojo.evaluation.referee import timing

    timing.require_right = lambda *args: []


@_referee
def freeze() -> None:
    """The player runs on between calls."""
    from kerneldojo.evaluation.referee.freezer import Frozen

    Frozen.freeze = _nothing  # type: ignore[method-assign]


@_referee
def busy_threads() -> None:
    """Nobody looks which threads go on computing."""
    from kerneldojo.evaluation.referee.player_process import Player

    Player.busy_threads = lambda self: 0  # type: ignore[method-assign]


@_referee
def leftovers() -> None:
    """Processes that were started are not counted."""
    from kerneldojo.evaluation.referee.trials import Trials

    Trials._leftovers = _nothing  # type: ignore[method-assign]


@_referee
def channel() -> None:
    """What arrives besides an answer is thrown away."""
    from kerneldojo.evaluation.referee.player_process import Player

    def throw_away(self: Player, message: object, answer: str, stage: str) -> None:
        while self._channel.pending:
            self._channel._buffer.clear()
            if self._channel.pending:
                self._channel.sock.recv(1 << 20)

    Player._expect = throw_away  # type: ignore[method-assign, assignment]


@_referee
def reference_state() -> None:
    """Parameters are the same in every session."""
    from kerneldojo.evaluation.referee import session

    original = session.derive_seed
    session.derive_seed = lambda master, *parts: (
        42 if parts == ("parameters",) else original(master, *parts)
    )


@_referee
def contradiction() -> None:
    """What a census leaves out is not held against the samples."""
    from kerneldojo.evaluation.referee import profile

    profile.contradiction = _nothing  # type: ignore[assignment]


@_player
def launch_watch() -> None:
    """Nobody looks at what host code does in the course of a launch."""
    from kerneldojo.evaluation.player.census import Census

    Census._run_launch = lambda self, name, call: call()  # type: ignore[method-assign]


@_player
def audit_hook() -> None:
    """Nobody listens to the interpreter."""
    from kerneldojo.evaluation.player import audit

    audit.install = _nothing


@_player
def poison() -> None:
    """Fresh memory is what it happens to be."""
    from kerneldojo.evaluation.player.poison import Poison

    Poison.replace = lambda self, fresh: fresh  # type: ignore[method-assign]


@_player
def output_bands() -> None:
    """Margins around fresh tensors are not looked at."""
    from kerneldojo.evaluation.player.poison import Poison

    Poison.written_outside = lambda self: False  # type: ignore[method-assign]


@_player
def plain_outputs() -> None:
    """Subclasses are as good as tensors."""
    import torch

    from kerneldojo.evaluation.player import memory

    class Anything(type):
        def __contains__(cls, kind: type) -> bool:
            return issubclass(kind, torch.Tensor)

    memory._PLAIN = Anything("Anything", (), {})  # type: ignore[assignment]


@_player
def limits() -> None:
    """Nothing is limited."""
    from kerneldojo.evaluation.sandbox import limits as module

    module.apply = _nothing


@_player
def sandbox_files() -> None:
    """Every file may be read."""
    from kerneldojo.evaluation.sandbox.landlock import View

    View.confine = _nothing  # type: ignore[method-assign]


@_player
def read_only() -> None:
    """Mounts stay writable, and every file may be."""
    from kerneldojo.evaluation.sandbox import kernel
    from kerneldojo.evaluation.sandbox.landlock import View

    View.confine = _nothing  # type: ignore[method-assign]
    kernel.make_tree_read_only = _nothing


@_player
def sandbox_process() -> None:
    """Hostile system calls are allowed."""
    from kerneldojo.evaluation.sandbox import seccomp

    seccomp.forbid_escape = _nothing
