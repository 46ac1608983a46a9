"""`kerneldojo train`: models trained on what runs have brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerneldojo.cli import lessons, options, train_rl
from kerneldojo.cli.grouped import grouped
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import OK, Session, open_common

if TYPE_CHECKING:
    from kerneldojo.training import Teaching

train = typer.Typer(no_args_is_help=True, help="Train models.")

Data = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA...",
        help="Conversations: FILE.jsonl, FILE.parquet, or folders of them or of datasets.",
    ),
]


@train.callback()
def root() -> None:
    """Train models on what runs have brought."""


train.command("lessons")(grouped(lessons.lessons))
train.command("rl")(grouped(train_rl.rl))


@train.command()
@grouped
def sft(
    data: Data,
    model: options.TrainedModel,
    out: options.RunPath,
    common: options.Common,
    chat_template: options.ChatTemplate = None,
    resume: options.Resume = False,
    dry_run: options.DryRun = False,
    json: options.Json = False,
) -> None:
    """Fine-tune a model on conversations: it learns its own turns, word for word.

    `kerneldojo export RUN --as conversations` writes such conversations. After an interruption
    the same command with --resume goes on at the last checkpoint.
    """
    # Imported here because what trains takes long to load, which other verbs need not wait for.
    from kerneldojo.cli.train_view import TrainView
    from kerneldojo.training import Teaching, fine_tune

    session = open_common(common, json=json)
    settings = session.config.sft
    if dry_run:
        _show_plan(session, Teaching(tuple(data), model, settings, chat_template))
        return
    with TrainView(session.progress) as view:
        trained = fine_tune(
            data, model, out, settings, chat_template=chat_template, resume=resume, watcher=view
        )
    _report(session, out, trained)
    raise typer.Exit(OK)


def _show_plan(session: Session, teaching: Teaching) -> None:
    from kerneldojo.cli.train_view import told
    from kerneldojo.training import prepare_sft

    _, lesson = prepare_sft(teaching)
    facts = {"model": teaching.model, "data": list(teaching.data), **lesson.facts()}
    if session.json:
        print_json({**facts, "sft": teaching.settings.model_dump(mode="json")})
        return
    session.people.out(session.config.to_toml(), highlight=False)
    for line in told(lesson):
        session.people.out(line)


def _report(session: Session, out: Path, trained: Path) -> None:
    from kerneldojo.training.journal import read_steps
    from kerneldojo.training.processes import is_first

    if not is_first():
        return
    steps = read_steps(out)
    last = steps[-1]
    if session.json:
        figures = last.model_dump(include={"step", "epoch", "loss", "accuracy", "tokens"})
        print_json({"run": str(out), "model": str(trained), **figures})
    session.people.out(f"Loss {steps[0].loss:.4f} → {last.loss:.4f} in {last.step:,} steps")
    session.people.out(f"Model: {trained}")
