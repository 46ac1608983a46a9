"""The resolved configuration of a run: class defaults < TOML files, left to right < `--set`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError

from kerneldojo.errors import ConfigError, did_you_mean
from kerneldojo.records.base import Record
from kerneldojo.settings import (
    Budget,
    DialogueSettings,
    EndpointSettings,
    EvaluationSettings,
    RewardPlan,
    RlSettings,
    Sampling,
    SftSettings,
)

_SCHEMA_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "a list",
    "object": "a table",
}
_PATTERN_WORDS = {
    r"(:\d+)?": "[:N]",
    r"\d+[a-z]?": "NN",
    "[0-9a-f]{32}": "32 hexadecimal digits",
}


class PoolSettings(Record):
    """Where evaluations run."""

    devices: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """GPU indices to use; empty means every visible one."""
    retries: int = Field(default=1, ge=0)
    """How often an evaluation that failed through a fault of ours is tried again."""
    overlap: int = Field(default=2, ge=1)
    """How many evaluations may be under way on a device; only one of them measures at a time."""

    @property
    def spec(self) -> str:
        """The `pool` argument of `Evaluator`: `local` or `local:0,1`."""
        return "local:" + ",".join(map(str, self.devices)) if self.devices else "local"


class CacheSettings(Record):
    """Verdicts kept between commands; the same question on the same machine is answered at once."""

    enabled: bool = False
    """Answer from the cache what it holds, and keep new verdicts in it."""
    path: str | None = None
    """The cache's file; by default `kerneldojo/evaluations.sqlite` in `~/.cache`."""
    size_mb: int = Field(default=1024, ge=1)
    """Size limit; the verdicts that were not asked for longest make room for new ones."""


class ProblemSettings(Record):
    """Where problems that are not bundled are found."""

    kernelbench: str | None = None
    """A clone of KernelBench, or a folder of its data set's Parquet files."""


class Config(Record):
    """Everything a run can be told; saved with its results."""

    evaluation: EvaluationSettings = EvaluationSettings()
    pool: PoolSettings = PoolSettings()
    cache: CacheSettings = CacheSettings()
    problems: ProblemSettings = ProblemSettings()
    policy: EndpointSettings = EndpointSettings()
    sampling: Sampling = Sampling()
    dialogue: DialogueSettings = DialogueSettings()
    reward: RewardPlan = RewardPlan()
    budget: Budget = Budget()
    sft: SftSettings = SftSettings()
    rl: RlSettings = RlSettings()

    def to_toml(self) -> str:
        """Return the configuration as TOML that `load_config` reads back."""
        lines: list[str] = []
        _write_table(self.model_dump(mode="json", exclude_none=True), "", lines)
        return "\n".join(lines) + "\n"


def load_config(files: Iterable[Path] = (), assignments: Iterable[str] = ()) -> Config:
    """Merge defaults, TOML files (later ones win) and `key=value` assignments.

    Args:
        files: TOML files with the tables `[evaluation]`, `[pool]` and `[cache]`.
        assignments: dotted keys with TOML values, e.g. `evaluation.timing.budget_s=0.5`; a
            value that is not TOML is taken as a string, so quotes may be left out.

    Raises:
        ConfigError: naming file, key, value and what is allowed.
    """
    sources = [(str(path), _read(path)) for path in files]
    sources += [("--set", _parse_assignment(text)) for text in assignments]
    merged: dict[str, Any] = {}
    for origin, table in sources:
        _check_keys(table, origin)
        _merge(merged, table)
    try:
        return Config.model_validate_json(json.dumps(merged, default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(_explain(error, sources)) from None


def keys(model: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every setting, in order of declaration."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from keys(annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


@cache
def _free_tables() -> frozenset[str]:
    """Return the settings that are tables whose keys are the user's own."""
    found = set()
    for key in keys():
        model: Any = Config
        for part in key.split(".")[:-1]:
            model = model.model_fields[part].annotation
        if get_origin(model.model_fields[key.rpartition(".")[2]].annotation) is dict:
            found.add(key)
    return frozenset(found)


def allowed(key: str) -> str:
    """Say in words which values a setting takes, e.g. `a number > 0`.

    Raises:
        KeyError: if there is no such setting.
    """
    model: Any = Config
    *parents, leaf = key.split(".")
    for parent in parents:
        model = model.model_fields[parent].annotation
    schema = model.model_json_schema()
    words = _describe(schema["properties"][leaf], schema.get("$defs", {}))
    return words + (" (may be left out)" if _optional(model, leaf) else "")


def _optional(model: type[BaseModel], name: str) -> bool:
    return type(None) in get_args(model.model_fields[name].annotation)


def _describe(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "anyOf" in schema:
        schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return "one of " + ", ".join(map(repr, schema["enum"]))
    words = _SCHEMA_WORDS.get(schema.get("type", ""), "a value")
    if "pattern" in schema:
        return _describe_pattern(schema["pattern"])
    if "items" in schema:
        return f"{words}, each {_describe(schema['items'], definitions)}"
    signs = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}
    bounds = [f"{sign} {schema[word]:g}" for word, sign in signs.items() if word in schema]
    return " ".join([words, " and ".join(bounds)]).strip()


def _describe_pattern(pattern: str) -> str:
    """Say in words what the few patterns used in settings match."""
    text = pattern.strip("^$")
    for piece, words in _PATTERN_WORDS.items():
        text = text.replace(piece, words)
    if text.startswith("("):
        return "one of " + ", ".join(text[1:-1].split("|"))
    return text


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration file {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the configuration file {path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _parse_assignment(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"--set {text!r} is not of the form key=value, "
            "for example --set evaluation.timing.budget_s=0.5."
        )
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    table: Any = parsed
    for part in reversed(key.strip().split(".")):
        table = {part: table}
    return dict(table)


def _flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value and prefix + name not in _free_tables():
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _check_keys(table: dict[str, Any], origin: str) -> None:
    known = list(keys())
    tables = {key.rpartition(".")[0] for key in known} | {key.partition(".")[0] for key in known}
    for key, value in _flatten(table):
        if key in known or (key in tables and value == {}):
            continue
        if key in tables:
            inside = [name for name in known if name.startswith(key + ".")]
            raise ConfigError(
                f"{origin}: {key!r} is a table, not a value. Its settings: {', '.join(inside)}."
            )
        raise ConfigError(
            f"{origin}: there is no setting {key!r}.{_suggest(key, known)} "
            "docs/settings.md lists all of them."
        )


def _suggest(key: str, known: list[str]) -> str:
    """Prefer a setting with the same last part, wherever it lives, to a similar full name."""
    leaf = key.rpartition(".")[2]
    same_leaf = [name for name in known if name.rpartition(".")[2] == leaf]
    return f" Did you mean {same_leaf[0]!r}?" if same_leaf else did_you_mean(key, known)


def _merge(into: dict[str, Any], table: dict[str, Any]) -> None:
    for name, value in table.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _explain(error: ValidationError, sources: list[tuple[str, dict[str, Any]]]) -> str:
    lines = []
    known = set(keys())
    for detail in error.errors():
        path = ".".join(str(part) for part in detail["loc"])
        while path not in known:  # an element of a list: report the list
            path = path.rpartition(".")[0]
        origin, value = next(
            (origin, dict(_flatten(table))[path])
            for origin, table in reversed(sources)
            if path in dict(_flatten(table))
        )
        lines.append(f"{origin}: {path} = {value!r} is not allowed; it takes {allowed(path)}.")
    return "\n".join(dict.fromkeys(lines))


def _write_table(table: dict[str, Any], prefix: str, lines: list[str]) -> None:
    values = {name: value for name, value in table.items() if not isinstance(value, dict)}
    if prefix and values:
        lines += ([""] if lines else []) + [f"[{prefix}]"]
    lines += [f"{_key(name)} = {_value(value)}" for name, value in values.items()]
    for name, value in table.items():
        if isinstance(value, dict):
            _write_table(value, f"{prefix}.{_key(name)}" if prefix else name, lines)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
