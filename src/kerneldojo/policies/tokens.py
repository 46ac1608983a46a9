"""Conversations as token ids, such that nothing a model drew is ever tokenised again.

Text that a model drew may be tokenised otherwise than it was drawn. A prompt that shows a model
its own reply therefore holds the very ids of that reply, between the ids of the text that the chat
template puts around them. Where a template does not keep replies as they were (many take the
thinking out of all but the last), the prompt is rendered and tokenised anew. Which of the two it
is shows in what the template renders, for each conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, cast

from jinja2 import TemplateError

from kerneldojo.errors import PolicyRefused, UsageError
from kerneldojo.records import Message


class Tokenizer(Protocol):
    """What is needed of a tokenizer of `transformers`."""

    name_or_path: str
    chat_template: Any
    eos_token_id: int | None

    @property
    def added_tokens_decoder(self) -> Mapping[int, Any]:
        """Tokens that are found in a text before all else, by id."""
        ...

    def apply_chat_template(self, conversation: Any, **options: Any) -> Any:
        """Render a conversation."""
        ...

    def encode(self, text: str, **options: Any) -> list[int]:
        """Return the ids of a text."""
        ...

    def decode(self, token_ids: Any, **options: Any) -> Any:
        """Return the text of ids."""
        ...


@dataclass(frozen=True)
class _Conversation:
    """Messages as the template is given them."""

    messages: list[dict[str, str]]
    sampled: dict[int, tuple[int, ...]]
    """Ids of the replies of which they are known, by their place among the messages."""
    cut: str
    """Character that stands wherever the text of a message must be tokenised in parts."""
    hole: str
    """Character that takes the place of a reply in order to see what stands around it."""

    def with_hole(self, at: int, end: int) -> list[dict[str, str]]:
        """Return the messages before `end` with a hole in the place of one of them."""
        hole = {**self.messages[at], "content": self.hole}
        return [*self.messages[:at], hole, *self.messages[at + 1 : end]]


class ChatTokens:
    """Turns conversations into prompts of token ids, and sampled ids into text."""

    ends: frozenset[int]
    """Ids that end a reply."""

    def __init__(self, tokenizer: Tokenizer, **options: Any) -> None:
        """Find out by rendering what the chat template does.

        Args:
            tokenizer: one of `transformers`, with a chat template.
            options: handed on to the template, e.g. `enable_thinking=False`.

        Raises:
            UsageError: if there is no chat template, or it renders no conversation.
        """
        if not tokenizer.chat_template:
            raise UsageError(
                f"the tokenizer {tokenizer.name_or_path!r} has no chat template; use that of an "
                "instruction-tuned model, or set its chat_template"
            )
        self.tokenizer = tokenizer
        self._options = options
        added = tokenizer.added_tokens_decoder
        self._added = {number: token.content for number, token in added.items()}
        special = [token.content for token in added.values() if token.special and token.content]
        longest_first = sorted(special, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._has_system = self._shows_system()
        self._opening, end = self._around_replies()
        ends = (end, tokenizer.eos_token_id)
        self.ends = frozenset(number for number in ends if number is not None)

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the ids of the prompt for the next reply.

        Text of a message never becomes a special token, whatever it spells. An assistant's
        message is sent as its own ids if these are known and say what its content says, and the
        template keeps it; else as text.

        Args:
            messages: the conversation; the last message is the user's.

        Raises:
            UsageError: if the template refuses the conversation.
        """
        conversation = self._prepare(messages)
        return tuple(self._ids(conversation, len(conversation.messages)))

    def reply_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """Return the ids a model has to draw, so that its reply is the last message.

        They go on where `prompt_ids` of the messages before ends, and their last one ends the
        reply. What the template writes before a reply of its own accord is among them.

        Args:
            messages: the conversation; the last message is the assistant's.

        Raises:
            UsageError: if the template refuses the conversation, writes no token that ends a
                reply, or begins a thinking section for a message that has none.
        """
        conversation = self._prepare(messages)
        *before, reply = conversation.messages
        place, cut = len(before), conversation.cut
        head = self._render(before)
        text = self._render(conversation.messages, reply=False)
        holed = self._render(conversation.with_hole(place, place + 1), reply=False)
        tail = holed.rpartition(conversation.hole)[2]
        ends = [number for number in self._encode(tail, cut) if number in self.ends]
        if not ends:
            raise UsageError(
                f"the chat template of {self.tokenizer.name_or_path!r} writes no token that ends "
                "a reply, so a model cannot learn to stop; use another template"
            )
        shown = text[len(head) :]
        said = shown[: len(shown) - len(tail)]
        whole = text.startswith(head) and text.endswith(tail)
        if whole and _black(self._opening + said).endswith(_black(reply["content"])):
            ids = self._encode(shown, cut)
            end = [at for at, number in enumerate(ids) if number in self.ends][-len(ends)]
            return tuple(ids[: end + 1])
        return (*self._encode(self._after_opening(reply["content"]), cut), ends[0])

    def text(self, sampled: Sequence[int]) -> str:
        """Return what sampled ids say, without special tokens."""
        kept = sampled[:-1] if sampled and sampled[-1] in self.ends else sampled
        text = self.tokenizer.decode(
            list(kept), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return str(text)

    def count(self, text: str) -> int:
        """Return how many ids a text has by itself."""
        return len(self._encode(text))

    def _prepare(self, messages: Sequence[Message]) -> _Conversation:
        """Fold what the template has no place for, and defuse what spells special tokens."""
        folded = list(messages if self._has_system else _fold_system(messages))
        marks = _characters_not_in(message.content for message in folded)
        cut, hole = next(marks), next(marks)
        prepared, sampled = [], {}
        for place, message in enumerate(folded):
            content = cut.join(self._harmless(message.content))
            if message.role == "assistant" and message.tokens and self._says(message):
                sampled[place] = message.tokens
                content = self._opening + content
            prepared.append({"role": message.role, "content": content})
        return _Conversation(prepared, sampled, cut, hole)

    def _after_opening(self, content: str) -> str:
        """Return what a model has to say for its reply to be this, where the prompt begins it."""
        opening = self._opening.strip()
        if opening and content.lstrip().startswith(opening):
            return content.lstrip()[len(opening) :].lstrip()
        left_open = set(re.findall(r"<(\w+)>", opening)) - set(re.findall(r"</(\w+)>", opening))
        if left_open:
            raise UsageError(
                f"the chat template of {self.tokenizer.name_or_path!r} begins every reply with "
                f"{opening!r}, and this one has no such section; have the template leave it out "
                "(an option such as enable_thinking=false), or take replies that have one"
            )
        return content

    def _says(self, message: Message) -> bool:
        """Whether a message's ids say what its content says."""
        return self.text(message.tokens or ()).strip() == message.content.strip()

    def _ids(self, conversation: _Conversation, end: int) -> list[int]:
        """Return the prompt's ids for the messages before `end`."""
        text = self._render(conversation.messages[:end])
        last = max((place for place in conversation.sampled if place < end), default=None)
        if last is not None:
            head = self._render(conversation.messages[:last])
            tail = self._kept(conversation, last, end, head, text)
            if tail is not None:
                sampled = conversation.sampled[last]
                between = self._encode_after(sampled[-1], tail, conversation.cut)
                return [*self._ids(conversation, last), *sampled, *between]
        return self._encode(text, conversation.cut)

    def _kept(
        self, conversation: _Conversation, place: int, end: int, head: str, text: str
    ) -> str | None:
        """Return the text after a reply, or None unless the template keeps all up to its end.

        Args:
            conversation: all messages.
            place: that of the reply.
            end: number of messages rendered.
            head: the prompt that led to the reply.
            text: all messages rendered.
        """
        hole, content = conversation.hole, conversation.messages[place]["content"]
        _, found, tail = self._render(conversation.with_hole(place, end)).partition(hole)
        if not found or hole in tail:
            return None
        if not (text.startswith(head) and text.endswith(tail)):
            return None
        shown = text[len(head) : max(len(head), len(text) - len(tail))]
        return tail if _black(self._opening + shown) == _black(content) else None

    def _encode_after(self, end: int, tail: str, cut: str) -> list[int]:
        """Return the ids of the template's text after a reply that ended with the id `end`."""
        spelled = self._added.get(end)
        if spelled and tail.lstrip().startswith(spelled):
            ids = self._encode(tail.lstrip(), cut)
            if ids[0] == end:
                return ids[1:]
        return self._encode(tail, cut)

    def _encode(self, text: str, cut: str | None = None) -> list[int]:
        """Return the ids of a text, each of whose parts between cuts is tokenised alone."""
        parts = text.split(cut) if cut else self._harmless(text)
        return list(
            chain.from_iterable(
                self.tokenizer.encode(part, add_special_tokens=False) for part in parts
            )
        )

    def _harmless(self, text: str) -> Iterator[str]:
        """Yield the parts of a text, cut so that none spells a special token."""
        while found := self._special.search(text):
            yield text[: found.start() + 1]
            text = text[found.start() + 1 :]
        yield text

    def _render(self, messages: Sequence[Mapping[str, str]], *, reply: bool = True) -> str:
        """Return the template's text, up to where the next reply begins, if there is to be one."""
        try:
            text = self.tokenizer.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=reply, **self._options
            )
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise UsageError(
                f"the chat template of {self.tokenizer.name_or_path!r} refuses a conversation "
                f"of {roles}: {error}"
            ) from error
        return str(text)

    def _shows_system(self) -> bool:
        """Whether the template has a place for the system's message."""
        try:
            text = self._render([_said("system", "rules"), _said("user", "question")])
        except UsageError:
            return False
        return "rules" in text and "question" in text

    def _around_replies(self) -> tuple[str, int | None]:
        """Return what the prompt writes of a reply, and the token after a reply.

        Prompts may open a thinking section, which then is not among the sampled ids.
        """
        question, hole = _said("user", "question"), "\ue000"
        head = self._render([question])
        before, _, tail = self._render([question, _said("assistant", hole), question]).partition(
            hole
        )
        opening = head[len(before) :] if head.startswith(before) else ""
        following = self.tokenizer.encode(tail.lstrip(), add_special_tokens=False)
        end = following[0] if following and following[0] in self._added else None
        return opening, end


def load_tokenizer(source: str | Path) -> Tokenizer:
    """Return the tokenizer in a folder, or of a name.

    Raises:
        UsageError: if `transformers` is not installed.
        PolicyRefused: if there is no such tokenizer.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise UsageError(
            f"tokenizers are read with transformers ({error}): pip install 'kerneldojo[hf]'"
        ) from error
    try:
        return cast(Tokenizer, AutoTokenizer.from_pretrained(str(source)))
    except (OSError, ValueError) as error:
        raise PolicyRefused(f"no tokenizer can be read from {str(source)!r}: {error}") from error


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _fold_system(messages: Sequence[Message]) -> Iterator[Message]:
    """Put the system's messages before what the user says next."""
    rules: list[str] = []
    for message in messages:
        if message.role == "system":
            rules.append(message.content)
        elif message.role == "user" and rules:
            yield Message(role="user", content="\n\n".join([*rules, message.content]))
            rules = []
        else:
            yield message


def _characters_not_in(texts: Iterable[str]) -> Iterator[str]:
    """Yield characters of the private use area that none of the texts holds."""
    used = set().union(*texts)
    return (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in used)


def _black(text: str) -> str:
    """Return a text without white space, which templates put and trim as they please."""
    return "".join(text.split())
