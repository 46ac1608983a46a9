"""Who gets an answer over HTTP, and who does not."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from kerneldojo.viewer import Server, server
from kerneldojo.viewer.site import STATIC

Serve = Callable[..., Server]


def get(
    address: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 0, timeout=20)
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request(method, path, headers=names)
    response = connection.getresponse()
    found = {name.lower(): text for name, text in response.getheaders()}
    body = response.read()
    connection.close()
    return response.status, found, body


def test_every_file_of_the_page_is_served(runs: list[Run], serve: Serve) -> None:
    address = serve(runs[0].path).address
    for name, path in STATIC.items():
        status, headers, body = get(address, f"/{name}")
        assert (status, body) == (200, path.read_bytes())
        assert headers["x-content-type-options"] == "nosniff"
    status, headers, body = get(address, "/")
    assert body == STATIC["index.html"].read_bytes()
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert get(address, "/data/index.js")[0] == 200
    assert get(address, "/data/0/0.js")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../config.json",
        "/%2e%2e/config.json",
        "/..%2fconfig.json",
        "//etc/passwd",
        "/etc/passwd",
        "/vendor/../server.py",
        "/vendor/README.md",
        "/data/0/../../config.json",
        "/data/0/0.js%00",
        "/page/index.html",
        "/site.py",
    ],
)
def test_paths_lead_nowhere_else(runs: list[Run], serve: Serve, path: str) -> None:
    status, headers, _ = get(serve(runs[0].path).address, path)
    assert status == 404
    assert "content-security-policy" in headers


def test_nothing_can_be_written(runs: list[Run], serve: Serve) -> None:
    assert get(serve(runs[0].path).address, "/", "POST")[0] == 405


def test_other_pages_cannot_read_the_data(runs: list[Run], serve: Serve) -> None:
    address = serve(runs[0].path).address
    foreign = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "script"}
    assert get(address, "/data/index.js", **foreign)[0] == 403
    own = {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Dest": "script"}
    assert get(address, "/data/index.js", **own)[0] == 200
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document"}
    assert get(address, "/", **followed)[0] == 200, "a link may lead here"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_names_that_were_pointed_here_are_refused(runs: list[Run], serve: Serve, host: str) -> None:
    assert get(serve(runs[0].path).address, "/data/index.js", Host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8420", "127.0.0.1:1", "[::1]:8420"])
def test_names_of_loopback_are_answered(runs: list[Run], serve: Serve, host: str) -> None:
    assert get(serve(runs[0].path).address, "/data/index.js", Host=host)[0] == 200


def test_a_token_is_asked_for(runs: list[Run], serve: Serve) -> None:
    started = serve(runs[0].path, token="secret")
    address = started.address
    assert started.url == f"{address}?token=secret"
    for path in ("/", "/style.css", "/data/index.js", "/data/0/0.js", "/nothing"):
        assert get(address, path)[0] == 401
        assert get(address, f"{path}?token=wrong")[0] == 401
    status, headers, _ = get(address, "/?token=secret")
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    pair = cookie.partition(";")[0]
    assert get(address, "/data/index.js", Cookie=pair)[0] == 200
    port = urlsplit(address).port
    assert get(address, "/", Cookie=pair, Host=f"machine.example:{port}")[0] == 200
    assert get(address, "/", Cookie=pair, Host="machine.example:1")[0] == 401, "of another viewer"
    assert get(address, "/", Cookie=f"{pair.partition('=')[0]}=wrong")[0] == 401


def test_beyond_loopback_a_token_is_made_up(runs: list[Run]) -> None:
    first, second, third = (
        Server([runs[0]], host=host, port=0) for host in ("0.0.0.0", "0.0.0.0", "127.0.0.1")
    )
    assert first.token is not None
    assert len(first.token) >= 32
    assert first.token != second.token
    assert first.token in first.url
    assert third.token is None
    for each in (first, second, third):
        each.close()
    with pytest.raises(UsageError, match="token is empty"):
        Server([runs[0]], port=0, token=" ")


def test_a_taken_port_is_an_error_only_if_it_was_asked_for(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(UsageError, match="Name another --port"):
            Server([runs[0]], port=taken)
        monkeypatch.setattr(server, "PORT", taken)
        other_port = Server([runs[0]])
        address = other_port.address
        other_port.close()
    assert address.startswith("http://127.0.0.1:")
    assert not address.endswith(f":{taken}/")


def test_a_host_that_is_none_is_an_error(runs: list[Run]) -> None:
    with pytest.raises(UsageError, match="cannot listen at"):
        Server([runs[0]], host="no.such.host.invalid", port=0)


def test_a_run_that_cannot_be_read_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        Server([tmp_path], port=0)
