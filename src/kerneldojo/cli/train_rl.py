"""`kerneldojo train rl`: a model learns from what its kernels are worth."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerneldojo.cli import options
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import OK, Session, open_common, open_evaluator
from kerneldojo.cli.sources import load_distinct
from kerneldojo.errors import UsageError
from kerneldojo.records import Problem

if TYPE_CHECKING:
    from kerneldojo.training.reinforcement import Practice

Validate = Annotated[
    list[str] | None,
    typer.Option(
        "--validate",
        metavar="SOURCE",
        help="Problems to look at without learning from them; needs rl.validate_steps.",
    ),
]


def rl(
    model: options.TrainedModel,
    out: options.RunPath,
    choice: options.Choice,
    judging: options.Judging,
    common: options.Common,
    validate: Validate = None,
    chat_template: options.ChatTemplate = None,
    resume: options.Resume = False,
    dry_run: options.DryRun = False,
    json: options.Json = False,
) -> None:
    """Train a model by what its kernels are worth: right, honest, fast, and its own work.

    Each step the model answers problems, turn after turn; its solutions are judged, and its
    replies become likelier or less likely by what they earned. After an interruption the same
    command with --resume goes on at the last checkpoint.
    """
    # Imported here because what trains takes long to load, which other verbs need not wait for.
    from kerneldojo.cli.train_rl_view import RlView
    from kerneldojo.training.reinforcement import reinforce

    if not choice.sources:
        raise UsageError("name problems to learn from, e.g. generated/train/0-999.")
    session = open_common(common, choice, judging, json=json)
    practice = _practice(session, choice, validate or [], model, chat_template)
    if dry_run:
        _show_plan(session, practice)
        return
    with open_evaluator(session.config) as evaluator, RlView(session.progress) as view:
        trained = reinforce(practice, evaluator, out, resume=resume, watcher=view)
    _report(session, out, trained)
    raise typer.Exit(OK)


def _practice(
    session: Session,
    choice: options.Choice,
    validate: list[str],
    model: str,
    chat_template: Path | None,
) -> Practice:
    from kerneldojo.training.reinforcement import Practice

    config = session.config
    if bool(validate) != (config.rl.validate_steps is not None):
        raise UsageError(
            "--validate names the problems and rl.validate_steps says when: give both or none."
        )
    held_out: list[Problem] = []
    if validate:
        held_out = load_distinct(session, dataclasses.replace(options.Choice(), sources=validate))
    return Practice(
        model=model,
        problems=tuple(load_distinct(session, choice)),
        settings=config.rl,
        dialogue=config.dialogue,
        sampling=config.sampling,
        reward=config.reward,
        validation=tuple(held_out),
        chat_template=chat_template,
    )


def _show_plan(session: Session, practice: Practice) -> None:
    from kerneldojo.training.reinforcement import prepare_rl

    prepare_rl(practice)
    settings = practice.settings
    facts = {
        "model": practice.model,
        "problems": len(practice.problems),
        "validation": len(practice.validation),
        "trajectories": settings.steps * settings.prompts * settings.trajectories,
        "turns": settings.steps
        * settings.prompts
        * settings.trajectories
        * practice.dialogue.turns,
    }
    if session.json:
        print_json({**facts, "config": session.config.model_dump(mode="json")})
        return
    for name, value in facts.items():
        session.people.out(f"# {name}: {value if isinstance(value, str) else f'{value:,}'}")
    session.people.out(session.config.to_toml(), highlight=False)


def _report(session: Session, out: Path, trained: Path) -> None:
    from kerneldojo.cli.train_rl_view import figures
    from kerneldojo.training.processes import is_first
    from kerneldojo.training.reinforcement.journal import read_steps, read_validations

    if not is_first():
        return
    steps, validations = read_steps(out), read_validations(out)
    if session.json:
        print_json(
            {
                "run": str(out),
                "model": str(trained),
                "last": steps[-1].model_dump(mode="json"),
                "validations": [each.model_dump(mode="json") for each in validations],
            }
        )
    session.people.out(f"first step  {figures(steps[0])}")
    session.people.out(f"last step   {figures(steps[-1])}")
    if validations:
        session.people.out(f"held out, before  {figures(validations[0])}")
        session.people.out(f"held out, after   {figures(validations[-1])}")
    session.people.out(f"Model: {trained}")
