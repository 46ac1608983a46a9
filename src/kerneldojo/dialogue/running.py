"""Between asynchronous and plain: coroutines run to their end, and calls from other threads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_BEGINS_S = 10.0
"""Longest time for a thread to begin with what it was given."""
_HEARS_S = 0.2
"""Longest time until an interruption is heard."""


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and return its result, also within a notebook, whose loop runs already.

    Interrupted (Ctrl-C), it cancels the coroutine and waits until that has tidied up.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    stop: Future[Callable[[], object]] = Future()

    async def stoppable() -> T:
        task = asyncio.current_task()
        assert task is not None
        stop.set_result(called_in_loop(task.cancel))
        return await work

    with ThreadPoolExecutor(1, thread_name_prefix="kerneldojo-loop") as thread:
        try:
            running = thread.submit(asyncio.run, stoppable())
            # a signal that comes just before a wait without end is heard when that has ended
            while not wait([running], _HEARS_S).done:
                pass
            return running.result()
        except KeyboardInterrupt:
            # what was submitted begins in a moment; what was not never will
            with contextlib.suppress(TimeoutError):
                stop.result(_BEGINS_S)()
            raise


def called_in_loop(call: Callable[P, object]) -> Callable[P, None]:
    """Return a function for other threads that has the running loop make a call.

    Who still calls after the loop has been closed, because its work was interrupted, is ignored.
    """
    loop = asyncio.get_running_loop()

    def from_anywhere(*args: P.args, **kwargs: P.kwargs) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(lambda: call(*args, **kwargs))

    return from_anywhere
