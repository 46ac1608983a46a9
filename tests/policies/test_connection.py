"""What lies between an endpoint and its server: connections kept, closed, protected, redirected."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.errors import PolicyRefused, PolicyUnavailable, UsageError
from kerneldojo.policies import Endpoint
from kerneldojo.records import Completion
from kerneldojo.settings import Sampling
from tests.policies.conftest import QUESTION, Ask, Switch
from tests.policies.stub import Fault, Stub

REPLY = {"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}
Say = Callable[[int, int], bytes]
"""What to answer, by numbers of the connection and of the request on it; if nothing, it closes."""


class Server:
    """Answers with raw bytes; notes the first lines and headers of what it was asked."""

    def __init__(self, say: Say, *, closes: bool = False) -> None:
        self.say = say
        self.closes = closes
        self.asked: list[str] = []
        self.connections = 0

    @asynccontextmanager
    async def serve(self, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, self.connections = self.connections, self.connections + 1
        request = 0
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                self.asked.append(head)
                length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
                await reader.readexactly(int(length or 0))
                said = self.say(connection, request)
                writer.write(said)
                request += 1
                if self.closes or not said:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def whole(body: object, kind: str = "application/json") -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def converse(server: Server, times: int, **options: Any) -> list[Completion]:
    """Ask a server of ours several times, one after the other."""

    async def run() -> list[Completion]:
        async with server.serve() as port:
            policy = Endpoint(f"http://127.0.0.1:{port}/v1", "m", **({"stream": False} | options))
            try:
                return [await policy.complete(QUESTION, Sampling()) for _ in range(times)]
            finally:
                await policy.close()

    return asyncio.run(run())


@pytest.mark.parametrize("stream", [True, False])
def test_connections_are_kept(stub: Stub, server: tuple[Switch, str], stream: bool) -> None:
    switch, url = server
    callers: list[tuple[str, int]] = []
    app = stub.app()

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        callers.append(scope["client"])
        await app(scope, receive, send)

    async def run() -> None:
        policy = Endpoint(url, "stub", stream=stream)
        for _ in range(4):
            await policy.complete(QUESTION, Sampling())
        await policy.close()

    switch.app = noting
    asyncio.run(run())
    assert (len(callers), len(set(callers))) == (4, 1)


def test_a_connection_closed_between_two_requests_is_no_failure() -> None:
    """The first connection takes one request, and is closed as the second arrives."""
    server = Server(lambda connection, request: whole(REPLY) if request == 0 else b"")
    replies = converse(server, 3, retries=0)
    assert [reply.text for reply in replies] == ["Hi."] * 3
    assert (server.connections, len(server.asked)) == (3, 5)


def test_a_new_connection_that_is_closed_at_once_is_a_failure() -> None:
    server = Server(lambda connection, request: b"")
    with pytest.raises(PolicyUnavailable, match=r"connection failed .*asked once"):
        converse(server, 1, retries=0)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"nonsense\r\n\r\n", "connection failed"),
        (whole(b'{"choices": [', "application/json"), "broken JSON"),
        (whole(b'{"a": "\xff"}', "application/json"), "broken JSON"),
        (whole(REPLY)[:-9], "incomplete"),
    ],
)
def test_answers_that_cannot_be_read(said: bytes, told: str) -> None:
    server = Server(lambda connection, request: said, closes=True)
    with pytest.raises(PolicyUnavailable, match=told):
        converse(server, 1, retries=0)


def test_json_under_another_name_is_understood() -> None:
    server = Server(lambda connection, request: whole(REPLY, "text/plain"))
    assert converse(server, 1, retries=0)[0].text == "Hi."


def test_a_stream_of_many_lines_and_letters() -> None:
    events = (
        ': hello\r\nevent: message\r\ndata: {"choices": [{"delta":\r\n'
        'data: {"content": "größer 日本"}, "finish_reason": "stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n'
    )
    server = Server(lambda connection, request: whole(events.encode(), "text/event-stream"))
    assert converse(server, 1, stream=True, retries=0)[0].text == "größer 日本"


def test_a_stream_that_stays_open_after_its_end() -> None:
    """It is over when it says so; its connection is given up."""
    event = b'data: {"choices": [{"delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = Server(lambda connection, request: head + event + b"data: [DONE]\n\n")
    replies = converse(server, 2, stream=True, retries=0, timeout_s=20)
    assert [reply.text for reply in replies] == ["Hi."] * 2
    assert server.connections == 2


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.filterwarnings("error")
def test_long_questions_and_long_replies(stub: Stub, url: str, stream: bool) -> None:
    stub.reply, stub.piece = "é" * 3_000_000, 2_000_000
    question = [QUESTION[1].model_copy(update={"content": "x" * 2_000_000})]

    async def run() -> str:
        policy = Endpoint(url, "stub", stream=stream, retries=0)
        try:
            reply = await policy.complete(question, Sampling(max_tokens=4_000_000))
        finally:
            await policy.close()
        return reply.text

    assert asyncio.run(run()) == stub.reply
    assert len(stub.requests[0]["messages"][0]["content"]) == 2_000_000


def test_a_redirection_is_followed(stub: Stub, url: str, ask: Ask) -> None:
    stub.faults.append(Fault(307, "", {"Location": f"{url}/chat/completions?again"}))
    assert ask(retries=0).text == "Hello, world."
    assert stub.requests[0] == stub.requests[1]


def test_a_proxy_out_of_the_environment(
    stub: Stub, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(lambda connection, request: whole(REPLY))

    async def run(no_proxy: str) -> str:
        async with server.serve() as port:
            monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{port}")
            monkeypatch.setenv("no_proxy", no_proxy)
            policy = Endpoint(url, "stub", stream=False)
            try:
                return (await policy.complete(QUESTION, Sampling())).text
            finally:
                await policy.close()

    assert asyncio.run(run("example.org")) == "Hi."
    assert server.asked[0].startswith(f"POST {url}/chat/completions HTTP/1.1")
    assert "Proxy-Authorization: Basic" in server.asked[0]
    assert asyncio.run(run("127.0.0.1")) == "Hello, world."


def test_a_proxy_of_a_kind_that_is_not_known(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"kind socks5.*no_proxy=127\.0\.0\.1"):
        asyncio.run(Endpoint(url, "stub").complete(QUESTION, Sampling()))


def test_passwords_of_other_programs_are_not_sent(
    stub: Stub, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    stub.key = "wanted"
    with pytest.raises(PolicyRefused, match=r"Incorrect API key provided:\)"):
        ask(api_key_env="MY_KEY")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return paths


@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_are_checked(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server = Server(lambda connection, request: whole(REPLY))

    async def run() -> str:
        async with server.serve(context) as port:
            policy = Endpoint(f"https://127.0.0.1:{port}/v1", "m", stream=False, retries=0)
            try:
                return (await policy.complete(QUESTION, Sampling())).text
            finally:
                await policy.close()

    if trusted:
        assert asyncio.run(run()) == "Hi."
    else:
        with pytest.raises(PolicyUnavailable, match="certificate verify failed"):
            asyncio.run(run())
