"""What is going on right now, on stderr: a spinner on a terminal, lines with -v elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape

from kerneldojo.cli import words


class Progress:
    """Shows the stage each evaluation is in; stages are reported from other threads."""

    def __init__(self, console: Console, *, verbose: bool, total: int) -> None:
        self._console = console
        self._verbose = verbose
        self._total = total
        self._done = 0
        self._spinner = console.status("starting") if console.is_terminal else None
        self._lock = threading.Lock()

    def stage_of(self, origin: str) -> Callable[[str], None]:
        """Return the callback that takes one solution's stages."""
        name = words.short_path(origin)

        def show(stage: str) -> None:
            count = f"[{self._done + 1}/{self._total}] " if self._total > 1 else ""
            line = escape(f"{count}{name}: {stage}")
            with self._lock:
                if self._spinner is not None:
                    self._spinner.update(line)
                    self._spinner.start()
                elif self._verbose:
                    self._console.print(line)

        return show

    def finished(self) -> None:
        """Clear the line, because a card is about to be printed."""
        self._done += 1
        self._stop()

    def _stop(self) -> None:
        with self._lock:
            if self._spinner is not None:
                self._spinner.stop()

    def __enter__(self) -> Self:
        if self._spinner is not None:
            self._spinner.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
