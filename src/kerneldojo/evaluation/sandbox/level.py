"""How well a player is isolated here: one ordered scale."""

from __future__ import annotations

from enum import StrEnum


class IsolationLevel(StrEnum):
    """From nothing to everything; each level includes the ones before it."""

    NONE = "none"
    """No isolation beyond a separate process."""
    LIMITS = "limits"
    """Resource limits, and all descendants killed at the deadline."""
    CONFINED = "confined"
    """Also Landlock and seccomp: no network, no foreign files, no hostile system calls."""
    NAMESPACES = "namespaces"
    """Also its own process list, mounts, scratch file system and (empty) network."""

    @property
    def rank(self) -> int:
        """Position on the scale, from 0."""
        return list(IsolationLevel).index(self)

    def at_least(self, floor: IsolationLevel) -> bool:
        """Whether this level is as strong as `floor`."""
        return self.rank >= floor.rank
