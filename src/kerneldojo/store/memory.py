"""Ask once: futures of verdicts, from the cache or from whoever asked the same just before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from kerneldojo.records import Evaluation
from kerneldojo.store.cache import Cache


class Memory:
    """Stands between those who ask and those who judge. May be used from threads."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._under_way: dict[str, Future[Evaluation]] = {}
        self._threads = threading.Lock()

    def recall(
        self, key: str, problem: str, ask: Callable[[], Future[Evaluation]]
    ) -> Future[Evaluation]:
        """Return a future of what is kept under a key or under way, else ask and keep the answer.

        Who asks what is under way gets its outcome, whatever that is: a verdict, an exception,
        or a cancellation.

        Args:
            key: from `cache_key`.
            problem: what the problem is called this time; equal content may have other names.
            ask: starts the evaluation.
        """
        with self._threads:
            earlier = self._under_way.get(key) or self._recorded(key)
            if earlier is None:
                asked = self._under_way[key] = ask()
        if earlier is not None:
            return _follower(earlier, problem)
        # Outside the lock, because what has finished already calls back at once.
        asked.add_done_callback(lambda done: self._keep(key, done))
        return asked

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    def _recorded(self, key: str) -> Future[Evaluation] | None:
        known = self._cache.get(key)
        if known is None:
            return None
        future: Future[Evaluation] = Future()
        future.set_result(known)
        return future

    def _keep(self, key: str, done: Future[Evaluation]) -> None:
        if not done.cancelled() and done.exception() is None and done.result().status.judged:
            self._cache.put(key, done.result())
        # Only now: until an answer is in the cache, it is found here.
        with self._threads:
            del self._under_way[key]


def _follower(earlier: Future[Evaluation], problem: str) -> Future[Evaluation]:
    """Return a future of its own, so that each who asked may give up and count by itself."""
    future: Future[Evaluation] = Future()

    def pass_on(done: Future[Evaluation]) -> None:
        if done.cancelled():
            future.cancel()
        if not future.set_running_or_notify_cancel():
            return
        error = done.exception()
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(done.result().model_copy(update={"problem": problem}))

    earlier.add_done_callback(pass_on)
    return future
