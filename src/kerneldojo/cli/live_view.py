"""What shows itself over and over on a terminal; elsewhere, lines take its place."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live


class LiveView:
    """A view that is drawn again while it is entered; use it as a context manager.

    It is drawn for the first time when it is made, so whatever it shows has to be there by then.

    Args:
        console: where it is shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = (
            Live(get_renderable=self._render, console=console, transient=True)
            if console.is_terminal
            else None
        )

    def _render(self) -> RenderableType:
        """Return what there is to see now."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
