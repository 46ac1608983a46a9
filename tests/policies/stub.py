"""An OpenAI-compatible server whose model, speed and faults are the test's to choose.

`with Stub().serve() as url:` runs it in a thread; `python -m tests.policies.stub` in a process of
its own, for measurements. Its tokens are bytes, and 256 ends a reply.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

END_OF_REPLY = 256

Body = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What one request gets instead of a reply."""

    status: int = 200
    body: str | Mapping[str, Any] | list[Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Break the connection off after so many pieces of the reply."""
    hang: bool = False
    """Say nothing until the caller goes away."""


def error(status: int, message: str, code: str | None = None, **headers: str) -> Fault:
    """A refusal in OpenAI's form; underscores in names of headers stand for hyphens."""
    body = {"error": {"message": message, "type": "error", "code": code, "param": None}}
    return Fault(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


@dataclass
class Stub:
    """The server. Everything may be changed while it runs."""

    reply: str | Callable[[Body], str] = "Hello, world."
    thinking: str = ""
    thinking_field: str = "reasoning_content"
    refusal: str | None = None
    finish: str | None = None
    """None says `stop`, or `length` where a reply is longer than `max_tokens`."""
    latency_s: float = 0.0
    pause_s: float = 0.0
    """Between two pieces of a reply."""
    piece: int = 5
    """Characters in a piece of a reply."""
    models: tuple[str, ...] = ("stub",)
    key: str | None = None
    """What callers must know, if anything."""
    usage: bool = True
    token_ids: bool = True
    unknown_fields: tuple[str, ...] = ()
    """Fields whose presence is refused."""
    faults: deque[Fault] = field(default_factory=deque)
    """Each serves one request; then replies follow."""
    requests: list[Body] = field(default_factory=list)
    active: int = 0
    peak: int = 0
    """Most requests at once."""
    _idle: threading.Condition = field(default_factory=threading.Condition)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._answer, methods=["POST"]),
                Route("/v1/completions", self._answer, methods=["POST"]),
            ]
        )

    def serve(self) -> contextlib.AbstractContextManager[str]:
        """Serve on a port of its own; yields the base URL."""
        return serve(self.app())

    def wait_until_idle(self, timeout_s: float = 10.0) -> bool:
        """Wait until no request is under way; False if one still is."""
        with self._idle:
            return self._idle.wait_for(lambda: self.active == 0, timeout_s)

    async def _models(self, request: Request) -> Response:
        return self._unknown_key(request) or JSONResponse(
            {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        )

    async def _answer(self, request: Request) -> Response:
        body: Body = await request.json()
        self.requests.append(body)
        with self._idle:
            self.active += 1
            self.peak = max(self.peak, self.active)
        response = await self._respond(request, body)
        if not isinstance(response, StreamingResponse):
            self._done()
        return response

    def _done(self) -> None:
        with self._idle:
            self.active -= 1
            self._idle.notify_all()

    async def _respond(self, request: Request, body: Body) -> Response:
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and fault.hang:
            await _gone(request, None)
        elif self.latency_s:
            await _gone(request, self.latency_s)
        if fault is not None and fault.cut_after is None:
            return _as_response(fault)
        if refused := self._unknown_key(request) or self._unknown(body):
            return refused
        cut_after = fault.cut_after if fault else None
        if body.get("stream") or cut_after is not None:
            pieces = self._stream(request, body, cut_after)
            return StreamingResponse(pieces, media_type="text/event-stream")
        return JSONResponse(self._whole(request, body))

    def _unknown_key(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if self.key is None or given == f"Bearer {self.key}":
            return None
        return _as_response(error(401, f"Incorrect API key provided: {given}", "invalid_api_key"))

    def _unknown(self, body: Body) -> Response | None:
        for name in self.unknown_fields:
            if name in body:
                return _as_response(error(400, f"Unrecognized request argument supplied: {name}"))
        if body["model"] not in self.models:
            return _as_response(
                error(404, f"The model `{body['model']}` does not exist.", "model_not_found")
            )
        return None

    def _text(self, body: Body) -> str:
        return self.reply if isinstance(self.reply, str) else self.reply(body)

    def _whole(self, request: Request, body: Body) -> Body:
        text, finish = self._shortened(body)
        choice: Body = {"index": 0, "finish_reason": finish}
        if request.url.path.endswith("/chat/completions"):
            choice["message"] = {"role": "assistant", "content": text, "refusal": self.refusal}
            choice["message"][self.thinking_field] = self.thinking or None
        else:
            choice["text"] = text
        self._add_tokens(choice, body, text, finish == "stop")
        answer: Body = {"id": "1", "model": body["model"], "choices": [choice]}
        if body.get("return_token_ids") and self.token_ids:
            (choice if "prompt" in body else answer)["prompt_token_ids"] = prompt_ids(body)
        if self.usage:
            answer["usage"] = self._usage(body, text)
        return answer

    async def _stream(
        self, request: Request, body: Body, cut_after: int | None
    ) -> AsyncIterator[str]:
        try:
            text, finish = self._shortened(body)
            chat = request.url.path.endswith("/chat/completions")
            deltas: list[tuple[str, str]] = [
                (name, whole[start : start + self.piece])
                for name, whole in ((self.thinking_field, self.thinking), ("content", text))
                for start in range(0, len(whole), self.piece)
            ]
            if self.refusal is not None:
                deltas.append(("refusal", self.refusal))
            for number, (name, piece) in enumerate(deltas):
                if number == cut_after:
                    raise ConnectionError("cut, as the test asked")
                last = number == len(deltas) - 1
                choice: Body = {"index": 0, "finish_reason": None}
                choice |= {"delta": {name: piece}} if chat else {"text": piece}
                self._add_tokens(choice, body, piece, last and finish == "stop")
                chunk: Body = {"id": "1", "model": body["model"], "choices": [choice]}
                if number == 0 and body.get("return_token_ids") and self.token_ids:
                    (chunk if chat else choice)["prompt_token_ids"] = prompt_ids(body)
                yield _event(chunk)
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
            end: Body = {"index": 0, "finish_reason": finish}
            end |= {"delta": {}} if chat else {"text": ""}
            yield _event({"id": "1", "model": body["model"], "choices": [end]})
            if self.usage and (body.get("stream_options") or {}).get("include_usage"):
                usage = self._usage(body, self.thinking + text)
                yield _event({"id": "1", "model": body["model"], "choices": [], "usage": usage})
            yield "data: [DONE]\n\n"
        finally:
            self._done()

    def _shortened(self, body: Body) -> tuple[str, str]:
        text = self._text(body)
        most = body.get("max_tokens") or body.get("max_completion_tokens") or len(text)
        return text[:most], self.finish or ("length" if len(text) > most else "stop")

    def _add_tokens(self, choice: Body, body: Body, text: str, ends: bool) -> None:
        ids = [*text.encode(), *([END_OF_REPLY] if ends else [])]
        if body.get("return_token_ids") and self.token_ids:
            choice["token_ids"] = ids
        if body.get("logprobs") is True:
            entries = [{"token": f"token_id:{id}", "logprob": logprob(id)} for id in ids]
            choice["logprobs"] = {"content": entries}
        elif body.get("logprobs") is not None:
            choice["logprobs"] = {"token_logprobs": [logprob(id) for id in ids]}

    def _usage(self, body: Body, text: str) -> Body:
        return {
            "prompt_tokens": len(prompt_ids(body)),
            "completion_tokens": len(text.encode()),
            "total_tokens": len(prompt_ids(body)) + len(text.encode()),
        }


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an ASGI application in a thread, on a port of its own; yields the base URL."""
    # with the protocol named, asyncio switches Nagle's algorithm off, which costs 40 ms a reply
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        config = uvicorn.Config(
            app, log_config=None, log_level="critical", lifespan="off", timeout_keep_alive=600
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)


def prompt_ids(body: Body) -> list[int]:
    """The prompt's tokens: those sent, or the bytes of the messages."""
    if "prompt" in body:
        return list(body["prompt"])
    return list("".join(f"<{m['role']}>{m['content']}" for m in body["messages"]).encode())


def logprob(id: int) -> float:
    """A log-probability that tells tokens apart."""
    return -(id % 16) / 8


def _event(data: Body) -> str:
    return f"data: {json.dumps(data)}\n\n"


def _as_response(fault: Fault) -> Response:
    headers = dict(fault.headers)
    if isinstance(fault.body, str):
        return Response(fault.body, fault.status, headers, media_type="text/html")
    return JSONResponse(fault.body, fault.status, headers)


async def _gone(request: Request, seconds: float | None) -> None:
    """Wait so long, or until the caller goes away."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--latency-s", type=float, default=0.0)
    options = parser.parse_args()
    uvicorn.run(Stub(latency_s=options.latency_s).app(), port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
