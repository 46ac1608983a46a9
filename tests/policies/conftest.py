from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kerneldojo.policies import Endpoint, pacing
from kerneldojo.records import Completion, Message
from kerneldojo.settings import Sampling
from tests.policies.stub import Stub, serve

Ask = Callable[..., Completion]

QUESTION = [Message(role="system", content="Be brief."), Message(role="user", content="Hello?")]


class Switch:
    """One server for all tests, each of which plugs its own stub in."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serve(switch) as address:
        yield switch, address


@pytest.fixture
def stub(server: tuple[Switch, str]) -> Stub:
    stub = Stub()
    server[0].app = stub.app()
    return stub


@pytest.fixture
def url(stub: Stub, server: tuple[Switch, str]) -> str:
    return server[1]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no proxy, and quick second tries."""
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]
    for name in ("OPENAI_API_KEY", *proxies, *map(str.upper, proxies)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pacing, "FIRST_PAUSE_S", 0.001)


@pytest.fixture
def ask(url: str) -> Ask:
    """Ask the stub once."""

    def ask(
        *,
        sampling: Sampling | None = None,
        on_text: Any = None,
        base_url: str = url,
        **options: Any,
    ) -> Completion:
        async def run() -> Completion:
            policy = Endpoint(base_url, options.pop("model", "stub"), **options)
            told = {"on_text": on_text} if on_text else {}
            try:
                return await policy.complete(QUESTION, sampling or Sampling(), **told)
            finally:
                await policy.close()

        return asyncio.run(run())

    return ask
