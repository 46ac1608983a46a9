"""The options that several verbs share, declared once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from kerneldojo.errors import UsageError
from kerneldojo.problems import Selection
from kerneldojo.settings import Budget

ProblemName = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM",
        help="A problem such as suite/softmax/softmax, kernelbench/level1/19 or "
        "generated/train/7, or a path to a reference file.",
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE...]",
        help="Names, patterns, ranges, files, folders or hf:ORG/NAME; by default the suite.",
    ),
]
Level = Annotated[
    int | None, typer.Option("--level", metavar="N", help="Only problems of this level, 1 to 4.")
]
Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="GLOB", help="Only names like this; may be repeated."),
]
Numbers = Annotated[
    str | None,
    typer.Option("--range", metavar="1-20,35", help="Only problems of these numbers."),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="Only problems with this tag; may be repeated."),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="At most so many: the first ones.")
]
SampleSeed = Annotated[
    int | None,
    typer.Option(
        "--sample-seed",
        metavar="SEED",
        help="With --limit: draw them at random under this seed instead.",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option("--scale", metavar="cpu", help="Scale every problem down for a CPU."),
]
KernelBench = Annotated[
    Path | None,
    typer.Option(
        "--kernelbench",
        metavar="PATH",
        help="A clone of KernelBench; short for --set problems.kernelbench=PATH.",
    ),
]
Licence = Annotated[
    str | None,
    typer.Option(
        "--licence", metavar="NAME", help="The licence of files and tables that name none."
    ),
]
CodeColumn = Annotated[
    str | None,
    typer.Option(
        "--code-column",
        metavar="NAME",
        help="The column of a table that holds the reference; found out if left out.",
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
PolicyName = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="Who answers, if no endpoint: tour, gold, templates, replay:RUN, hf:PATH or "
        "mailbox:FOLDER.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="The model's name; short for --set policy.model=NAME."
    ),
]
TrainedModel = Annotated[
    str,
    typer.Option(
        "--model", metavar="MODEL", help="Folder or name of the model.", show_default=False
    ),
]
ChatTemplate = Annotated[
    Path | None,
    typer.Option(
        "--chat-template",
        metavar="FILE",
        help="A Jinja file that takes the place of the tokenizer's own chat template.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="An OpenAI-compatible endpoint; short for --set policy.base_url=URL.",
    ),
]
BudgetLimits = Annotated[
    list[str] | None,
    typer.Option(
        "--budget",
        metavar="LIMIT=VALUE",
        help="Most turns, tokens, evaluations, money or seconds on a problem; may be repeated.",
    ),
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, metavar="N", help="Most dialogues at once.")
]
RunPath = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="RUN", help="The run's directory.", show_default=False),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in RUN, if there is one.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v", "--verbose", help="Show more: stages, what solutions print, all that is refused."
    ),
]

_NO_ENDPOINTS = ("tour", "gold", "templates", "replay", "mailbox", "hf")


@dataclass(frozen=True)
class Choice:
    """Which problems."""

    sources: Sources = None
    level: Level = None
    match: Match = None
    numbers: Numbers = None
    tag: Tags = None
    limit: Limit = None
    sample_seed: SampleSeed = None
    scale: Scale = None
    kernelbench: KernelBench = None

    @property
    def selection(self) -> Selection:
        """What to keep of the problems that the sources hold.

        Raises:
            UsageError: if a value is impossible.
        """
        return Selection(
            level=self.level,
            match=tuple(self.match or ()),
            numbers=self.numbers,
            tags=tuple(self.tag or ()),
            limit=self.limit,
            sample_seed=self.sample_seed,
            scale=self.scale,
        )

    def asked(self) -> dict[str, Any]:
        """Return what a run records of the choice."""
        chosen = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self.selection).items()
            if value not in (None, ())
        }
        return {"sources": self.sources or ["suite"], "selection": chosen}


@dataclass(frozen=True)
class Judging:
    """How solutions are judged."""

    target: Target = None
    cache: CacheSwitch = None


@dataclass(frozen=True)
class Asking:
    """Which model."""

    policy: PolicyName = None
    model: Model = None
    base_url: BaseUrl = None
    budget: BudgetLimits = None

    def short(self) -> dict[str, Any]:
        """Return the settings that these options are short for.

        Raises:
            UsageError: if a model is named beside a policy that is none at an endpoint.
        """
        kind = (self.policy or "").partition(":")[0]
        if kind in _NO_ENDPOINTS and (self.model or self.base_url):
            raise UsageError(
                f"--policy {self.policy} is no endpoint, so it takes neither --model nor "
                "--base-url. Leave either out."
            )
        return {"policy.model": self.model, "policy.base_url": self.base_url}

    def limits(self) -> list[str]:
        """Return the limits as assignments of settings.

        Raises:
            UsageError: if one is not of the form LIMIT=VALUE.
        """
        for limit in self.budget or ():
            name, equals, value = limit.partition("=")
            if not (equals and name.strip() and value.strip()):
                raise UsageError(
                    f"--budget {limit!r} is not of the form LIMIT=VALUE, for example turns=14. "
                    f"Limits are {', '.join(Budget.model_fields)}."
                )
        return [f"budget.{limit}" for limit in self.budget or ()]


@dataclass(frozen=True)
class Running:
    """The run."""

    resume: Resume = False
    concurrency: Concurrency = 16
    json: Json = False
    dry_run: DryRun = False


@dataclass(frozen=True)
class Common:
    """Settings and output."""

    settings: Settings = None
    config: ConfigFiles = None
    verbose: Verbose = False
