"""Ask once: futures of verdicts, from the cache where it has them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from kerneldojo.records import Evaluation
from kerneldojo.store.cache import Cache


class Memory:
    """Stands between those who ask and those who judge."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._under_way: dict[str, Future[Evaluation]] = {}

    def recall(
        self, key: str, problem: str, ask: Callable[[], Future[Evaluation]]
    ) -> Future[Evaluation]:
        """Return a finished future of what is kept under a key, or ask, and keep the answer.

        Args:
            key: from `cache_key`.
            problem: what the problem is called this time; equal content may have other names.
            ask: starts the evaluation.
        """
        known = self._answered(key) or self._cache.get(key)
        if known is not None:
            future: Future[Evaluation] = Future()
            future.set_result(known.model_copy(update={"problem": problem}))
            return future
        future = ask()
        self._under_way[key] = future
        future.add_done_callback(lambda done: self._keep(key, done))
        return future

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    def _answered(self, key: str) -> Evaluation | None:
        """Return an answer that has just come and is perhaps not in the cache yet."""
        future = self._under_way.get(key)
        return _verdict(future) if future is not None and future.done() else None

    def _keep(self, key: str, future: Future[Evaluation]) -> None:
        evaluation = _verdict(future)
        if evaluation is not None:
            self._cache.put(key, evaluation)
        if self._under_way.get(key) is future:
            del self._under_way[key]


def _verdict(future: Future[Evaluation]) -> Evaluation | None:
    if future.cancelled() or future.exception() is not None:
        return None
    evaluation = future.result()
    return evaluation if evaluation.status.judged else None
