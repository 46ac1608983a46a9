"""What a server's refusal means: ask again, ask shorter, or give up."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping

_PASSING = (408, 409, 425, 429)
_SPENT = ("insufficient_quota", "billing_not_active", "billing_hard_limit_reached")
_FILTERS = ("content_filter", "content_policy_violation", "moderation", "responsibleai")
_LONGEST = 300


class TryAgain(Exception):
    """A failure that may pass.

    Args:
        what: what happened, for people.
        wait_s: how long the server asks everyone to wait, if it does.
    """

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


class Refused(Exception):
    """An answer that is an error.

    Args:
        status: the HTTP status, or what it would have been.
        body: what the server said, parsed if it was JSON.
        wait_s: how long it asks everyone to wait, if it does.
    """

    def __init__(self, status: int, body: object, wait_s: float | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.wait_s = wait_s


def may_pass(refused: Refused) -> bool:
    """Tell whether asking again may bring another answer."""
    return (refused.status in _PASSING or refused.status >= 500) and not is_spent(refused)


def is_spent(refused: Refused) -> bool:
    """Tell whether the account has nothing left to pay with."""
    return refused.status == 402 or any(code in _SPENT for code in _codes(refused.body))


def is_filtered(refused: Refused) -> bool:
    """Tell whether a filter of the endpoint declined the conversation."""
    return refused.status in (400, 403) and any(
        word in code.lower() for code in _codes(refused.body) for word in _FILTERS
    )


def message_of(body: object, secret: str = "") -> str:
    """Return what a server said, in one line and without the secret.

    Args:
        body: the answer's body, parsed if it was JSON.
        secret: a key that some servers repeat.
    """
    text = _said(body)
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
    text = " ".join(text.split())
    if secret:
        text = text.replace(secret, "…")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def status_of(body: object) -> int:
    """Return the status that an error inside of a reply stands for; 500 if it does not say."""
    code = body.get("code") if isinstance(body, Mapping) else None
    try:
        status = int(str(code))
    except ValueError:
        return 500
    return status if 400 <= status < 600 else 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait (RFC 9110, section 10.2.3)."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, date.timestamp() - time.time())


def _codes(body: object) -> list[str]:
    if not isinstance(body, Mapping):
        return []
    return [str(body[name]) for name in ("code", "type") if body.get(name) is not None]


def _said(body: object) -> str:
    if isinstance(body, bytes):
        return body.decode(errors="replace")
    if isinstance(body, Mapping):
        for name in ("error", "message", "detail"):
            if body.get(name):
                return _said(body[name])
    return body if isinstance(body, str) else json.dumps(body, default=str)
