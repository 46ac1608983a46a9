"""The command's verbs, and the one place where exceptions become exit codes."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

import kerneldojo as kd
from kerneldojo.cli import (
    bench,
    cache,
    check,
    collect,
    doctor,
    export,
    problems,
    profile,
    report,
    search,
    show,
    train,
    view,
)
from kerneldojo.cli import eval as eval_verb
from kerneldojo.cli.grouped import grouped
from kerneldojo.cli.session import INFRASTRUCTURE, INTERRUPTED, USAGE
from kerneldojo.errors import InfrastructureError, KernelDojoError

app = typer.Typer(
    name="kerneldojo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 judged and not correct, 2 usage or configuration, "
    "3 setup or infrastructure, 130 interrupted.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(kd.__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Judge kernels: are they right, are they honest, are they fast?"""


app.command("eval")(eval_verb.evaluate)
app.command("bench")(grouped(bench.bench))
app.command("search")(grouped(search.search))
app.command("refine", help="Make one module of your own faster; the same as `search`.")(
    grouped(search.search)
)
app.command("collect")(grouped(collect.collect))
app.command("rollout", help="The same as `collect`.")(grouped(collect.collect))
app.add_typer(train.train, name="train")
app.command("check")(check.check)
app.command("profile")(profile.profile)
app.add_typer(problems.problems, name="problems")
app.command("show")(show.show)
app.command("report")(report.report)
app.command("view")(view.view)
app.command("export")(export.export)
app.add_typer(cache.cache, name="cache")
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; errors are told in one place, on stderr.

    Ctrl-C arrives here as exit code 130: typer turns it into that once evaluators are closed.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            app(args=arguments, prog_name="kerneldojo")
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("kerneldojo: interrupted; what was finished stands", file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else 0
    except InfrastructureError as error:
        return _tell(error, INFRASTRUCTURE)
    except KernelDojoError as error:
        return _tell(error, USAGE)
    except Exception:
        traceback.print_exc()
        print("kerneldojo: this is a fault of KernelDojo's own, please report it", file=sys.stderr)
        return INFRASTRUCTURE
    return 0


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Tell a warning as errors are told; where in our source it arose is no one's concern."""
    print(f"kerneldojo: warning: {message}", file=sys.stderr)


def _tell(error: KernelDojoError, code: int) -> int:
    print(f"kerneldojo: {error}", file=sys.stderr)
    return code
