"""`kerneldojo cache`: what the evaluation cache holds, and forgetting it."""

from __future__ import annotations

import typer
from rich.console import Console

from kerneldojo import wording
from kerneldojo.cli import options, words
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import open_cache
from kerneldojo.cli.tables import show_table
from kerneldojo.config import load_config

cache = typer.Typer(
    name="cache", no_args_is_help=True, help="What the evaluation cache holds, and forgetting it."
)


@cache.command("stats")
def stats(
    json: options.Json = False,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
) -> None:
    """Show where the cache is, how much it holds and how often it answered."""
    opened = open_cache(load_config(config or (), settings or ()))
    found = opened.stats()
    opened.close()
    if json:
        print_json(found)
        return
    rows = [
        ("file", found.path),
        ("verdicts", f"{found.entries:,}"),
        ("size", f"{words.size(found.size_bytes)} of at most {words.size(found.limit_bytes)}"),
        ("answers given", f"{found.hits:,}"),
        ("oldest", words.date(found.oldest) if found.oldest else "–"),
        ("last used", words.date(found.last_used) if found.last_used else "–"),
    ]
    show_table(Console(highlight=False), ("cache", ""), rows)


@cache.command("clear")
def clear(
    json: options.Json = False,
    settings: options.Settings = None,
    config: options.ConfigFiles = None,
) -> None:
    """Forget all verdicts."""
    opened = open_cache(load_config(config or (), settings or ()))
    count = opened.clear()
    path = opened.path
    opened.close()
    if json:
        print_json({"path": str(path), "removed": count})
    else:
        Console(highlight=False).print(f"{wording.plural(count, 'verdict')} removed from {path}")
