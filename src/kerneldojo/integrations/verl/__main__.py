"""`python -m kerneldojo.integrations.verl`: data, checks and training with verl."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kerneldojo.errors import InfrastructureError, KernelDojoError, UsageError
from kerneldojo.integrations.verl.checking import check

OK, USAGE, FAULT = 0, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit status: 2 if they are wrong, 3 for a fault."""
    asked = _parser().parse_args(arguments)
    try:
        asked.do(asked)
    except KernelDojoError as error:
        print(f"{asked.verb}: {error}", file=sys.stderr)
        return FAULT if isinstance(error, InfrastructureError) else USAGE
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kerneldojo.integrations.verl")
    verbs = parser.add_subparsers(dest="verb", required=True)
    data = verbs.add_parser("prepare", help="write problems as data for verl")
    data.add_argument("sources", nargs="+", metavar="SOURCE", help="problems (docs/problems.md)")
    data.add_argument("-o", "--out", required=True, metavar="FILE.parquet")
    data.add_argument("--set", nargs="+", action="extend", default=[], metavar="dialogue.KEY=VALUE")
    data.set_defaults(do=_prepare)
    for name, do, words in (
        ("check", _check, "compose a recipe, check it, and see whether verl knows us"),
        ("train", _train, "the same, on every machine, and then train"),
    ):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("recipe", metavar="RECIPE.yaml")
        verb.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="in Hydra's words")
        verb.set_defaults(do=do)
    return parser


def _prepare(asked: argparse.Namespace) -> None:
    from kerneldojo.config import load_config
    from kerneldojo.integrations.verl.data import write_data
    from kerneldojo.problems import load_problems

    settings = load_config(assignments=asked.set).dialogue
    found = load_problems(asked.sources)
    for refusal in found.refused:
        print(f"left out: {refusal}", file=sys.stderr)
    count = write_data(found.problems, asked.out, settings)
    print(f"{asked.out}: {count} problems")


def _check(asked: argparse.Namespace) -> None:
    from kerneldojo.integrations.verl.launching import check_config, compose_recipe

    check()
    check_config(compose_recipe(asked.recipe, asked.overrides))
    print(f"{asked.recipe}: verl accepts it and knows all that it names.")


def _train(asked: argparse.Namespace) -> None:
    from kerneldojo.integrations.verl.launching import train

    for override in asked.overrides:
        if "=" not in override:
            raise UsageError(f"{override!r} is no override; write KEY=VALUE")
    train(asked.recipe, asked.overrides)


if __name__ == "__main__":
    sys.exit(main())
