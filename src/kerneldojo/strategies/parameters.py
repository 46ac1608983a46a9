"""What all strategies have in common: parameters, and a name made of them."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from kerneldojo.errors import UsageError


class Parameters:
    """Base of strategies that are frozen dataclasses whose fields are their parameters."""

    kind: ClassVar[str]
    """What the strategy is called, without its parameters."""

    @property
    def name(self) -> str:
        """The kind with all parameters, e.g. `particles(n=4, rounds=5)`; can be parsed again."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        given = (f"{field.name}={_shown(getattr(self, field.name))}" for field in fields)
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


def _shown(value: Any) -> str:
    return str(value.name) if hasattr(value, "explore") else repr(value)
