"""What all trajectories of one process share: settings, an evaluator, the device's description."""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerneldojo.config import Config
from kerneldojo.dialogue import hardware_facts
from kerneldojo.dialogue.second_look import SecondLook
from kerneldojo.dialogue.terms import Judge
from kerneldojo.evaluator import Evaluator
from kerneldojo.integrations.verl.settings import read_settings
from kerneldojo.policies.tokens import ChatTokens, Tokenizer

_LOCK = threading.Lock()
_SHARED: dict[str, Shared] = {}
_TOKENS: dict[tuple[int, str], ChatTokens] = {}


@dataclass(frozen=True)
class Shared:
    """What is opened once."""

    settings: Config
    evaluator: Judge
    hardware: str


def shared(table: Mapping[str, Any]) -> Shared:
    """Return what the table `kerneldojo` of a verl configuration asks for; opened on first use.

    Raises:
        ConfigError: if the table is wrong.
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    key = json.dumps(table, sort_keys=True)
    with _LOCK:  # trajectories begin at the same time, in several threads
        if key not in _SHARED:
            _SHARED[key] = _open(read_settings(table))
        return _SHARED[key]


def chat_tokens(tokenizer: Tokenizer, options: Mapping[str, Any]) -> ChatTokens:
    """Return our view of a tokenizer, which is made by rendering its template several times."""
    key = (id(tokenizer), json.dumps(dict(options), sort_keys=True))
    with _LOCK:
        if key not in _TOKENS:  # keeps the tokenizer, so that no other can get its id
            _TOKENS[key] = ChatTokens(tokenizer, **options)
        return _TOKENS[key]


def _open(settings: Config) -> Shared:
    evaluator = Evaluator(
        settings.evaluation,
        settings.pool.spec,
        retries=settings.pool.retries,
        overlap=settings.pool.overlap,
        cache=(settings.cache.path or True) if settings.cache.enabled else False,
    )
    atexit.register(evaluator.close)
    dialogue = settings.dialogue
    told = hardware_facts(evaluator.environment(dialogue.language)) if dialogue.hardware else ""
    judge: Judge = evaluator
    if settings.rl.remeasure:
        judge = SecondLook(evaluator, settings.reward.speedup_clip)
    return Shared(settings, judge, told)
