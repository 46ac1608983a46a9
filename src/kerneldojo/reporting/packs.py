"""Thousands of small texts in a page: compressed in packs that the browser opens on demand."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable

_PACK = 256 * 1024
"""Uncompressed bytes of a pack: opened in a few milliseconds, and long enough to compress well."""


class Packs:
    """Packs filled in the order of importance until a budget is spent.

    Each is base64 of a gzip stream of one JSON object.
    """

    def __init__(self, budget: int) -> None:
        """Start without packs.

        Args:
            budget: bytes that all packs may take up in the page.
        """
        self.texts: list[str] = []
        self.left = budget

    def add(self, items: Iterable[tuple[str, bytes]]) -> dict[str, int]:
        """Add named JSON values, until one no longer fits.

        Returns:
            The number of the pack each name went into; names that found no room are not there.
        """
        places: dict[str, int] = {}
        batch: list[tuple[str, bytes]] = []
        size = 0
        for item in items:
            batch.append(item)
            size += len(item[1])
            if size >= _PACK:
                if not self._store(batch, places):
                    return places
                batch, size = [], 0
        if batch:
            self._store(batch, places)
        return places

    def _store(self, batch: list[tuple[str, bytes]], places: dict[str, int]) -> bool:
        """Store a batch, or as much of its beginning as fits; tell whether it was all."""
        text = squeeze(
            b"{"
            + b",".join(json.dumps(name).encode() + b":" + value for name, value in batch)
            + b"}"
        )
        if len(text) <= self.left:
            places.update(dict.fromkeys((name for name, _ in batch), len(self.texts)))
            self.texts.append(text)
            self.left -= len(text)
            return True
        half = len(batch) // 2
        if half and self._store(batch[:half], places):
            self._store(batch[half:], places)
        return False


def squeeze(data: bytes) -> str:
    """Return bytes as base64 of a gzip stream; equal bytes give equal text."""
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    return base64.b64encode(stream.compress(data) + stream.flush()).decode("ascii")
