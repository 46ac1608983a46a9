"""Between asynchronous and plain: coroutines run to their end, and calls from other threads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_BEGINS_S = 10.0
"""Longest time for a thread to begin with what it was given."""


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and return its result, also within a notebook, whose loop runs already.

    Interrupted, by Ctrl-C or any other error raised in this thread, it cancels the coroutine and
    waits until that has tidied up.
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
            return thread.submit(asyncio.run, stoppable()).result()
        except BaseException:
            # the work's own error, or one from here while it goes on, as by Ctrl-C or a timeout;
            # what was submitted begins in a moment, and what was not never will
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
