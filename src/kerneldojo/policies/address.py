"""Settings of an endpoint, checked before anything is asked."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from kerneldojo.config import allowed
from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.settings import EndpointSettings

_METHODS = ("/chat/completions", "/completions", "/responses", "/models")
_EXAMPLE = "http://localhost:8000/v1"


def checked(**settings: Any) -> EndpointSettings:
    """Return the settings, if an endpoint can be made of them.

    Raises:
        UsageError: naming the setting, its value and what is allowed.
    """
    try:
        found = EndpointSettings(**settings)
    except ValidationError as error:
        raise UsageError(_explain(error, settings)) from None
    if find_spec("aiohttp") is None:
        raise UsageError(
            "the package aiohttp is not installed, and endpoints need it: "
            "pip install 'kerneldojo[endpoint]'."
        )
    if found.mode == "tokens" and found.tokenizer is None:
        raise UsageError(
            "policy.mode = 'tokens' needs the model's tokenizer: --set policy.tokenizer=NAME, or "
            "the folder that holds it."
        )
    return found.model_copy(update={"base_url": _base_url(found.base_url)})


def path_advice(base_url: str) -> str:
    """Say what may be wrong with an address that looks unusual."""
    if urlsplit(base_url).path.rstrip("/").endswith("/v1"):
        return ""
    return f"; is policy.base_url right? Most end in /v1: {base_url}/v1"


def _base_url(text: str) -> str:
    url = text.strip().rstrip("/")
    told = f"policy.base_url = {text!r}"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError as error:
        raise UsageError(f"{told} is not an address ({error}). Example: {_EXAMPLE}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{told} is not an address that begins with http:// or https://. Example: {_EXAMPLE}."
        )
    if parts.username or parts.password:
        raise UsageError(
            "policy.base_url holds a user or a password, and it is written into every run. Put "
            "the key into an environment variable, and name that: --set policy.api_key_env=NAME."
        )
    for method in _METHODS:
        if url.endswith(method):
            raise UsageError(
                f"{told} ends in the name of a method. Leave it out: {url.removesuffix(method)}."
            )
    return url


def _explain(error: ValidationError, settings: dict[str, Any]) -> str:
    lines = []
    for detail in error.errors():
        name = str(detail["loc"][0])
        if name not in EndpointSettings.model_fields:
            near = did_you_mean(name, list(EndpointSettings.model_fields))
            lines.append(f"there is no setting policy.{name}.{near}")
        else:
            takes = allowed(f"policy.{name}")
            lines.append(f"policy.{name} = {settings[name]!r} is not allowed; it takes {takes}.")
    return "\n".join(dict.fromkeys(lines))
