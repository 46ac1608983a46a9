"""What all strategies have in common: parameters, and a name made of them."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, ClassVar

from kerneldojo.errors import UsageError


class Parameters:
    """Base of strategies that are frozen dataclasses whose fields are their parameters."""

    kind: ClassVar[str]
    """What the strategy is called, without its parameters."""

    @property
    def name(self) -> str:
        """The kind with all parameters, e.g. `particles(n=4, rounds=5)`; can be parsed again.

        Equal strategies have equal names: a parameter that is a number may be given as 1 or 1.0.
        """
        types = typing.get_type_hints(type(self))
        fields = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        given = (f"{name}={_shown(getattr(self, name), types[name])}" for name in fields)
        return f"{self.kind}({', '.join(given)})"

    def _at_least(self, least: float, *names: str) -> None:
        """Refuse parameters below a limit.

        Raises:
            UsageError: naming the parameter, its value and the limit.
        """
        for name in names:
            value = getattr(self, name)
            if not value >= least:
                raise UsageError(f"{self.kind}: {name} = {value}; it has to be {least:g} or more.")

    def _positive(self, *names: str) -> None:
        """Refuse parameters that are not above 0.

        Raises:
            UsageError: naming the parameter and its value.
        """
        for name in names:
            value = getattr(self, name)
            if not value > 0:
                raise UsageError(f"{self.kind}: {name} = {value}; it has to be above 0.")


def _shown(value: Any, wanted: Any) -> str:
    if hasattr(value, "explore"):
        return str(value.name)
    return repr(float(value) if wanted is float else value)
