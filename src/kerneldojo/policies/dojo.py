"""The policy of a million parameters that comes with the package (docs/results/miniature.md)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from kerneldojo.errors import PolicyRefused
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.policies.local import LocalModel
from kerneldojo.records import Completion, Message
from kerneldojo.settings import Sampling

FOLDER = Path(__file__).parent / "dojo"
_MOST_TOKENS = 256
_FENCED = re.compile(r"^```(?:python)?\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Dojo:
    """Answers problems like `generated/mini-test/0` with Triton kernels, without any network.

    It has learnt one thing only: what to reply to a bare reference. So of a conversation it reads
    the module that is to be rewritten, and nothing else: what it is told of an earlier try does
    not move it, and each reply is a try of its own.
    """

    name = "dojo"
    context_length: int | None = None

    def __init__(self, folder: Path = FOLDER) -> None:
        """Load the model.

        Raises:
            UsageError: if PyTorch or `transformers` is missing.
        """
        self._model = LocalModel(folder, batch_size=32)

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy.complete`.

        Raises:
            PolicyRefused: if no module is to be rewritten.
            ContextOverflow: if the module is far larger than what it has learnt.
        """
        question = Message(role="user", content=bare_reference(messages))
        most = min(sampling.max_tokens, _MOST_TOKENS)
        sampling = sampling.model_copy(update={"max_tokens": most})
        return await self._model.complete([question], sampling, topic=topic, on_text=on_text)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has."""
        return self._model.count_tokens(text)

    async def close(self) -> None:
        """End what is under way."""
        await self._model.close()


def bare_reference(messages: Sequence[Message]) -> str:
    """Return the module to be rewritten, without fence and docstring, as it was learnt.

    Raises:
        PolicyRefused: if there is none.
    """
    asked = next((message.content for message in messages if message.role == "user"), "")
    blocks = [block for block in _FENCED.findall(asked) if "class Model" in block]
    if not blocks and "class Model" not in asked:
        raise PolicyRefused(
            "the policy 'dojo' only rewrites PyTorch modules (`class Model`), and there is none in "
            "what it was asked"
        )
    reference: str = blocks[-1] if blocks else asked
    return reference.rpartition('"""')[2].strip() + "\n"
