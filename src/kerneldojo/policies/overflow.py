"""Telling from a server's refusal that a conversation does not fit into the model's context."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORDINGS = re.compile(
    "|".join(
        (
            r"context_length_exceeded|exceed_context_size",  # codes: OpenAI; llama.cpp
            r"maximum context length",  # OpenAI, vLLM, SGLang
            r"input tokens exceed",  # OpenAI
            r"maximum model length",  # vLLM
            r"longer than the model's (context|maximum)",  # SGLang, vLLM
            r"exceeds? the (available |model's )?(maximum )?context",  # llama.cpp, Ollama
            r"exceeds? (the )?(model's )?context (window|length|size)",  # llama-cpp-python
            r"`inputs` tokens \+ `max_new_tokens`|`inputs` must have less than",  # TGI
            r"input token count.{0,40}exceeds|prompt is too long",  # gateways to other makers
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
_LIMITS = re.compile(
    "|".join(
        (
            r"context length (?:is|of) (\d+)",
            r"configured limit of (\d+)",
            r"maximum model length of (\d+)",
            r"context length \((\d+)",
            r"context (?:window|size) (?:of |\()(\d+)",
            r"must be <= (\d+)",
            r"must have less than (\d+)",
            r"tokens allowed \((\d+)",
            r"> (\d+) maximum",
        )
    ),
    re.IGNORECASE,
)


def is_overflow(said: str, body: object) -> bool:
    """Tell whether a refusal means that the context is too short.

    Args:
        said: the server's message.
        body: the error object it came in.
    """
    codes = [body.get("code"), body.get("type")] if isinstance(body, Mapping) else []
    return bool(_WORDINGS.search(" ".join([said, *map(str, codes)])))


def limit(said: str, body: object) -> int | None:
    """Return how many tokens the model reads and writes together, if the refusal says so."""
    if isinstance(body, Mapping) and isinstance(body.get("n_ctx"), int):
        return int(body["n_ctx"])
    found = _LIMITS.search(said)
    return next(int(group) for group in found.groups() if group) if found else None
