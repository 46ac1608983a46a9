"""The options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProblemName = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM",
        help="A bundled problem such as suite/softmax/softmax, or a path to a reference file.",
    ),
]
SolutionPath = Annotated[
    str,
    typer.Argument(
        metavar="SOLUTION",
        help="A file that defines ModelNew; - reads stdin; gold is the bundled solution.",
    ),
]
SolutionPaths = Annotated[
    list[str],
    typer.Argument(
        metavar="SOLUTION...",
        help="Files that define ModelNew; - reads stdin; gold is the bundled solution.",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="TARGET",
        help="cuda, cpu, interpreter, aot:sm_90, or auto (the default): the first that is here.",
    ),
]
LanguageName = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="LANGUAGE", help="triton, cuda or cpp; found out if left out."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Data on stdout as JSON; what people read goes to stderr.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="PATH",
        help="Also write the record: to FILE.json, appended to FILE.jsonl, or into a directory.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting; may be repeated."),
]
ConfigFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--config", metavar="FILE", help="A TOML file of settings; may be repeated, later ones win."
    ),
]
CacheSwitch = Annotated[
    bool | None,
    typer.Option(
        "--cache/--no-cache",
        help="Answer at once what has been judged before on this machine, and keep new verdicts.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the configuration and what would run, then stop.")
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Also show stages and what the solution printed.")
]
