"""Options that belong together, as one parameter of a verb."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from copy import copy
from typing import Annotated, Any, get_args, get_type_hints

from typer.models import OptionInfo


def grouped(verb: Callable[..., None]) -> Callable[..., None]:
    """Let a verb take dataclasses of options: for typer, each field is a parameter of its own.

    The fields are annotated and have defaults as a verb's parameters do. In `--help` they stand
    together, under the first line of the group's docstring.
    """
    hints = get_type_hints(verb, include_extras=True)
    groups: dict[str, tuple[type, list[str]]] = {}
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(verb).parameters.values():
        kind = hints[parameter.name]
        if not dataclasses.is_dataclass(kind):
            flat.append(_parameter(parameter.name, kind, parameter.default))
            continue
        assert isinstance(kind, type)
        fields, inner = dataclasses.fields(kind), get_type_hints(kind, include_extras=True)
        title = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
        flat += [
            _parameter(field.name, _titled(inner[field.name], title), field.default)
            for field in fields
        ]
        groups[parameter.name] = kind, [field.name for field in fields]

    def run(**given: Any) -> None:
        made = {
            name: kind(**{field: given.pop(field) for field in fields})
            for name, (kind, fields) in groups.items()
        }
        verb(**made, **given)

    run.__name__, run.__doc__ = verb.__name__, verb.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    run.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    return run


def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    empty = default is dataclasses.MISSING or default is inspect.Parameter.empty
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=kind,
        default=inspect.Parameter.empty if empty else default,
    )


def _titled(kind: Any, title: str) -> Any:
    """Return an option's annotation, to be shown under a title."""
    plain, info = get_args(kind)
    if isinstance(info, OptionInfo):
        info = copy(info)
        info.rich_help_panel = title
    return Annotated.__class_getitem__((plain, info))  # type: ignore[attr-defined]
