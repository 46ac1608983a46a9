"""HTTP to an OpenAI-compatible server: requests, streams, and what can go wrong on the way.

The only file that knows the package `openai`. It takes the answers as plain data, since servers
add fields of their own and leave out others.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai

from kerneldojo.policies.failures import Refused, TryAgain, retry_after, status_of
from kerneldojo.settings import EndpointSettings

CONNECT_S = 10.0


class Connection:
    """The connections to one server, of one event loop.

    Args:
        settings: where it is.
        key: what it wants to know, if anything.
    """

    def __init__(self, settings: EndpointSettings, key: str) -> None:
        # The client's own retries are off: the pacer has to know of every try. The key goes with
        # each request, so that the client takes none from the environment.
        self._client = openai.AsyncOpenAI(
            api_key="unused",
            base_url=settings.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(settings.timeout_s, connect=CONNECT_S),
            http_client=openai.DefaultAsyncHttpxClient(
                limits=httpx2.Limits(
                    max_connections=None, max_keepalive_connections=settings.concurrency
                )
            ),
        )
        self._client.organization = self._client.project = None
        authorization = f"Bearer {key}" if key else openai.Omit()
        self._options: Any = {"headers": {"Authorization": authorization}}

    async def answers(self, method: str, body: dict[str, Any]) -> AsyncGenerator[object]:
        """Yield the chunks of a reply, or the whole of it where there are none.

        Args:
            method: e.g. `/chat/completions`.
            body: the request; its `stream` says whether chunks are wanted.

        Raises:
            Refused: if the server answers with an error.
            TryAgain: if there is no answer that can be read.
        """
        with _plain_faults():
            if not body.get("stream"):
                yield _unless_error(
                    await self._client.post(
                        method, cast_to=object, body=body, options=self._options
                    )
                )
                return
            stream = await self._client.post(
                method,
                cast_to=object,
                body=body,
                options=self._options,
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
            async with stream:
                kind = stream.response.headers.get("content-type", "")
                if "event-stream" in kind:
                    async for chunk in stream:
                        yield _unless_error(chunk)
                    return
                content = await stream.response.aread()
                yield _unless_error(json.loads(content)) if "json" in kind else content

    async def models(self) -> list[str] | None:
        """Return the names of the server's models, or None if it does not say."""
        try:
            with _plain_faults():
                found = await self._client.get("/models", cast_to=object, options=self._options)
        except (Refused, TryAgain):
            return None
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, list):
            return None
        return [str(model["id"]) for model in data if isinstance(model, dict) and "id" in model]

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _unless_error(answer: object) -> object:
    """Return an answer that is none of the errors that some servers send with status 200."""
    if isinstance(answer, dict) and answer.get("error") and "choices" not in answer:
        raise Refused(status_of(answer["error"]), answer["error"])
    return answer


@contextmanager
def _plain_faults() -> Iterator[None]:
    """Turn the client's exceptions into ours."""
    try:
        yield
    except openai.APITimeoutError:
        raise TryAgain(f"no connection within {CONNECT_S:g} s") from None
    except openai.APIConnectionError as error:
        raise TryAgain(f"the connection failed ({error.__cause__ or error})") from None
    except openai.APIStatusError as error:
        wait_s = retry_after(error.response.headers)
        raise Refused(error.status_code, error.body, wait_s) from None
    except openai.APIError as error:  # told in the middle of a stream
        raise Refused(status_of(error.body), error.body or str(error)) from None
    except json.JSONDecodeError as error:
        raise TryAgain(f"it answers with broken JSON ({error})") from None
