"""HTTP to an OpenAI-compatible server: requests, streams, and what can go wrong on the way.

The only file that knows the package `aiohttp`. It takes the answers as plain data, since servers
add fields of their own and leave out others.
"""

from __future__ import annotations

import asyncio
import io
import json
import ssl
import urllib.request
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp

import kerneldojo
from kerneldojo.errors import UsageError
from kerneldojo.policies.events import EventParser
from kerneldojo.policies.failures import Refused, TryAgain, retry_after, status_of
from kerneldojo.settings import EndpointSettings

CONNECT_S = 10.0
_LAST_BYTES_S = 1.0
"""How long to wait for the end of a stream after its last event, to keep the connection."""
_LONGEST_HEADER = 65536
_FREE_TRIES = 3
"""How often a request is sent anew because the server had closed a connection between two."""


class Connection:
    """The connections to one server, of one event loop.

    Args:
        settings: where it is.
        key: what it wants to know, if anything.

    Raises:
        UsageError: if the environment names a proxy that cannot be used.
    """

    def __init__(self, settings: EndpointSettings, key: str) -> None:
        headers = {"User-Agent": f"kerneldojo/{kerneldojo.__version__}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        reuse = aiohttp.TraceConfig()
        reuse.on_connection_create_start.append(_note_new)
        reuse.on_connection_reuseconn.append(_note_reused)
        self._url = settings.base_url
        # The proxy is looked up here, as with `trust_env` aiohttp would also send passwords from
        # ~/.netrc, and asks a thread before each request. How many requests there are at once and
        # how long they may take is the pacer's and the endpoint's business.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_trust(settings.base_url)),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            proxy=_proxy(settings.base_url),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            trace_configs=[reuse],
        )

    async def answers(self, method: str, body: dict[str, Any]) -> AsyncGenerator[object]:
        """Yield the chunks of a reply, or the whole of it where there are none.

        Args:
            method: e.g. `/chat/completions`.
            body: the request; its `stream` says whether chunks are wanted.

        Raises:
            Refused: if the server answers with an error.
            TryAgain: if there is no answer that can be read.
        """
        sent = json.dumps(body).encode()
        with _plain_faults():
            async with await self._send("POST", method, sent) as response:
                if body.get("stream") and "event-stream" in response.content_type:
                    async for chunk in _events(response):
                        yield _unless_error(chunk)
                else:
                    yield _unless_error(await _whole(response))

    async def models(self) -> list[str] | None:
        """Return the names of the server's models, or None if it does not say."""
        try:
            with _plain_faults():
                async with await self._send("GET", "/models") as response:
                    found = await _whole(response)
        except (Refused, TryAgain):
            return None
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, list):
            return None
        return [str(model["id"]) for model in data if isinstance(model, dict) and "id" in model]

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _send(
        self, verb: str, method: str, body: bytes | None = None
    ) -> aiohttp.ClientResponse:
        """Send a request and return the answer, whose body is still to come.

        A server closes connections that lie idle, perhaps just when the next request goes out.
        That is nobody's failure.

        Raises:
            Refused: if the answer is an error.
        """
        url, free_tries = self._url + method, _FREE_TRIES
        headers = {"Content-Type": "application/json"} if body is not None else {}
        while True:
            connection = SimpleNamespace(reused=False)
            # a file is sent in pieces, however long it is
            data = io.BytesIO(body) if body is not None else None
            try:
                response = await self._session.request(
                    verb, url, data=data, headers=headers, trace_request_ctx=connection
                )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not connection.reused or not free_tries:
                    raise
                free_tries -= 1
                continue
            if response.status < 400:
                return response
            async with response:
                said = _parsed(await response.read())
            said = (said.get("error") or said) if isinstance(said, dict) else said
            raise Refused(response.status, said, retry_after(response.headers))


async def _note_new(session: object, context: SimpleNamespace, parameters: object) -> None:
    context.trace_request_ctx.reused = False


async def _note_reused(session: object, context: SimpleNamespace, parameters: object) -> None:
    context.trace_request_ctx.reused = True


def _trust(url: str) -> ssl.SSLContext | bool:
    """Return whose certificates are trusted: the system's, or those that SSL_CERT_FILE names."""
    return ssl.create_default_context() if url.startswith("https:") else True


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address, if any."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(proxy).scheme
    if kind not in ("http", "https"):
        raise UsageError(
            f"the environment names a proxy of kind {kind} for {url}, and only http and https "
            f"proxies can be used. Set {parts.scheme}_proxy to one, or no_proxy={parts.hostname}."
        )
    return proxy


async def _events(response: aiohttp.ClientResponse) -> AsyncGenerator[object]:
    """Yield the data of a stream's events, up to the one that says that there are no more."""
    parser = EventParser()
    async for piece in response.content.iter_any():
        for data in parser.feed(piece):
            if data.strip() == b"[DONE]":
                # a connection is used again only if all has been read
                with suppress(TimeoutError, aiohttp.ClientError):
                    async with asyncio.timeout(_LAST_BYTES_S):
                        await response.read()
                return
            yield json.loads(data)


async def _whole(response: aiohttp.ClientResponse) -> object:
    """Return an answer, parsed if it is JSON."""
    content = await response.read()
    return json.loads(content) if "json" in response.content_type else _parsed(content)


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _unless_error(answer: object) -> object:
    """Return an answer that is none of the errors that some servers send with status 200."""
    if isinstance(answer, dict) and answer.get("error") and "choices" not in answer:
        raise Refused(status_of(answer["error"]), answer["error"])
    return answer


@contextmanager
def _plain_faults() -> Iterator[None]:
    """Turn what can happen on the way into failures that may pass."""
    try:
        yield
    except aiohttp.ServerTimeoutError:
        raise TryAgain(f"no connection within {CONNECT_S:g} s") from None
    except aiohttp.ClientPayloadError:
        raise TryAgain("the connection failed (the answer is incomplete)") from None
    except aiohttp.ClientError as error:
        raise TryAgain(f"the connection failed ({error})") from None
    except ValueError as error:  # also where bytes are no text
        raise TryAgain(f"it answers with broken JSON ({error})") from None
