"""What the verbs share that ask a model: its policy, the rules of dialogues, plans, endings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kerneldojo.cli.many_view import ManyView
from kerneldojo.cli.options import Asking
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import Session
from kerneldojo.cli.turns_view import TurnsView
from kerneldojo.config import Config
from kerneldojo.dialogue import Prompts, Rules, Strategy, Watcher
from kerneldojo.errors import UsageError
from kerneldojo.policies import Policy
from kerneldojo.records import Problem
from kerneldojo.store import Run
from kerneldojo.store.run import CONFIG

_USUAL_STRATEGY = "stts"
_REPLAYS = ("tour", "replay")


def policy_of(session: Session, asking: Asking) -> Policy:
    """Return the policy that is to be asked.

    Raises:
        UsageError: if there is none of that name, or something that it needs is missing.
    """
    from kerneldojo.policies.open import open_policy

    return open_policy(asking.policy, session.config.policy)


def strategy_of(session: Session, asking: Asking, given: str | None) -> Strategy:
    """Return the strategy that was named; for a replay, by default that of the recording.

    Raises:
        UsageError: if there is no such strategy, or nothing to replay.
    """
    from kerneldojo.strategies import parse_strategy

    if given is None and (asking.policy or "").partition(":")[0] in _REPLAYS:
        given = getattr(policy_of(session, asking), "strategy", None)
    return parse_strategy(given or _USUAL_STRATEGY)


def rules_of(config: Config, watcher: Watcher) -> Rules:
    """Return what the configuration says of dialogues."""
    return Rules(
        settings=config.dialogue,
        sampling=config.sampling,
        reward=config.reward,
        budget=config.budget,
        watcher=watcher,
    )


def show_plan(session: Session, problems: Sequence[Problem], plan: dict[str, Any]) -> None:
    """Print the plan, the first prompt and the resolved configuration."""
    config = session.config
    prompts = Prompts.from_settings(config.dialogue)
    first = prompts.first(problems[0], "")
    if session.json:
        names = [problem.name for problem in problems]
        whole = {"problems": names, "prompt": first, "config": config.model_dump(mode="json")}
        print_json({**plan, **whole})
        return
    console = session.people
    for name, value in plan.items():
        console.out(f"# {name}: {value}")
    console.out(f"# problems: {len(problems)}, the first of them {problems[0].name}")
    if config.dialogue.hardware:
        console.out("# the prompt will also say what the kernel runs on")
    console.out(f"# --- first prompt\n{first}\n# --- configuration\n{config.to_toml()}")


@contextmanager
def keeping(session: Session, out: Path, view: TurnsView | ManyView) -> Iterator[None]:
    """Tell what is kept where a run is interrupted."""
    try:
        with view:
            yield
    except KeyboardInterrupt:
        kept = f"{view.finished:,} turns are" if view.finished != 1 else "1 turn is"
        session.progress.print(
            f"interrupted: {kept} kept in {out}; the same command with --resume goes on from there",
            markup=False,
            soft_wrap=True,
        )
        raise


def ended_before(out: Path, *, resume: bool) -> int:
    """Return how many trajectories of the run to resume have ended.

    Raises:
        UsageError: if there is a run that is not to be resumed; said now, as an evaluator takes
            seconds to start.
    """
    if not (out / CONFIG).exists():
        return 0
    if not resume:
        raise UsageError(f"{out} is not empty: it holds a run. Add --resume, or name another one.")
    return sum(each.ending is not None for each in Run.open(out).iter_trajectories())
