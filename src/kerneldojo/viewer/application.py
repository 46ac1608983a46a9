"""Which request gets which answer, and which gets none."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from kerneldojo.viewer.site import STATIC, Site

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What a browser on this machine calls us; other names may have been pointed here by strangers."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Data are scripts, and other pages may not load them.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_MONTH_S = 30 * 24 * 3600


def application(site: Site, token: str | None) -> Starlette:
    """Return the viewer as an ASGI application.

    Args:
        site: what is shown.
        token: what a browser must know; None: whoever calls us by a name of loopback may look.
    """

    async def answer(request: Request) -> Response:
        refusal = _refusal(request, token)
        response = refusal or await _content(request, site, token)
        response.headers.update(HEADERS)
        return response

    return Starlette(
        routes=[Route("/{path:path}", _endpoint(answer), methods=["GET"])],
        middleware=[Middleware(GZipMiddleware, minimum_size=20_000, compresslevel=1)],
    )


def _endpoint(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    return answer


def _refusal(request: Request, token: str | None) -> Response | None:
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and (
        request.headers.get("sec-fetch-dest") != "document"
    ):
        return PlainTextResponse("Other pages may not read this one.", 403)
    if token is None:
        name = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host")
        if name not in LOOPBACK:
            return PlainTextResponse("This viewer answers to the names of loopback only.", 403)
        return None
    given = request.query_params.get("token") or request.cookies.get(_cookie(request)) or ""
    if not secrets.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("Open the address that `kerneldojo view` printed.", 401)
    return None


def _cookie(request: Request) -> str:
    """Return a name of our own: all ports of a machine share its cookies."""
    return f"kerneldojo-{request.url.port or 80}"


async def _content(request: Request, site: Site, token: str | None) -> Response:
    path = request.path_params["path"]
    if token is not None and "token" in request.query_params:
        response: Response = RedirectResponse("/", 303)
        response.set_cookie(
            _cookie(request), token, max_age=_MONTH_S, httponly=True, samesite="strict"
        )
        return response
    if path.startswith("data/"):
        state = request.query_params.get("state", "")
        found = await run_in_threadpool(_data, site, path, state)
        return (
            PlainTextResponse("There is no such record.", 404) if found is None else _script(found)
        )
    file = STATIC.get(path or "index.html")
    if file is None:
        return PlainTextResponse("There is no such page.", 404)
    headers = {"Cache-Control": "no-cache"}
    return Response(file.read_bytes(), media_type=TYPES[file.suffix], headers=headers)


def _data(site: Site, path: str, state: str) -> bytes | None:
    found = site.site(path)
    if found is None:
        return None
    holder, address = found
    if address == "data/index.js":
        return holder.index(state, live=True)
    return holder.data(address)


def _script(body: bytes) -> Response:
    return Response(body, media_type=TYPES[".js"], headers={"Cache-Control": "no-store"})
