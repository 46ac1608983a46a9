"""How many requests are under way at once, and how soon the next may begin."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


def pause_before_try(number: int) -> float:
    """Return how many seconds to wait before trying once more.

    The pauses double, and differ so that conversations that failed together do not return
    together.

    Args:
        number: 1 for the first further try.
    """
    longest = min(FIRST_PAUSE_S * 2.0 ** (number - 1), LONGEST_PAUSE_S)
    return longest * random.uniform(0.75, 1.0)


class Pacer:
    """Lets requests begin, for all conversations of one event loop together.

    Args:
        concurrency: most requests under way at once.
        per_minute: most requests begun in a minute, evenly spread; None sets no limit.
    """

    def __init__(self, concurrency: int, per_minute: float | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._paused_until = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place and for the time to begin, and keep the place meanwhile."""
        async with self._slots:
            loop = asyncio.get_running_loop()
            start = max(self._next, loop.time())
            self._next = start + self._interval
            await asyncio.sleep(start - loop.time())
            while (rest := self._paused_until - loop.time()) > 0:
                await asyncio.sleep(rest)
            yield

    def pause(self, seconds: float) -> None:
        """Let nobody begin for so long: the endpoint asked everyone to wait."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
