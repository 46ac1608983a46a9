"""What is learnt of a conversation: the model's words and their end, in their context."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.errors import UsageError
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.records import Message
from kerneldojo.training.sequences import IGNORED, Span, TokenSequence, sequences_of
from tests.policies import tokenizers as families
from tests.policies.test_tokens import KEEPING, ODD, chat

PLAIN = [name for name in KEEPING if name != "opens_thinking"]
THOUGHT = "<think>\nhard\n</think>\n\nA kernel."


def conversation(*said: str) -> list[Message]:
    return [
        Message(role="assistant" if number % 2 else "user", content=content)
        for number, content in enumerate(said)
    ]


def learnt(tokens: ChatTokens, sequence: TokenSequence) -> list[str]:
    return [tokens.text(sequence.ids[begin:end]) for begin, end in sequence.replies]


@pytest.mark.parametrize("name", PLAIN)
@settings(deadline=None, max_examples=20)
@given(said=st.lists(ODD, min_size=4, max_size=4))
def test_the_models_words_are_learnt_and_no_others(name: str, said: list[str]) -> None:
    tokens = chat(name)
    [sequence] = sequences_of(tokens, conversation(*said))
    answers = [text.strip() for text in learnt(tokens, sequence)]
    assert answers == [said[1].strip(), said[3].strip()]
    for reply in sequence.replies:
        assert sequence.ids[reply.end - 1] in tokens.ends
        assert not tokens.ends & set(sequence.ids[reply.begin : reply.end - 1])


@pytest.mark.parametrize("name", PLAIN)
def test_a_sequence_is_what_the_template_writes(name: str) -> None:
    tokens = chat(name)
    said = conversation("Write.", "A kernel.\nIt adds.", "Faster.", "No.")
    [sequence] = sequences_of(tokens, said)
    plain = [{"role": message.role, "content": message.content} for message in said]
    whole = tokens.tokenizer.apply_chat_template(plain, return_dict=False)
    assert list(sequence.ids) == whole[: len(sequence.ids)]
    rest = tokens.tokenizer.decode(whole[len(sequence.ids) :])
    assert not rest.strip()


@pytest.mark.parametrize("name", PLAIN)
def test_each_reply_follows_on_the_prompt_a_policy_sends(name: str) -> None:
    tokens = chat(name)
    said = conversation("Write.", "A kernel.", "Faster.", "No.")
    [sequence] = sequences_of(tokens, said)
    for place, (begin, _) in zip((1, 3), sequence.replies, strict=True):
        assert tuple(sequence.ids[:begin]) == tokens.prompt_ids(said[:place])


def test_labels_are_the_replies_and_nothing_else() -> None:
    sequence = TokenSequence(array("i", [5, 6, 7, 8, 9]), (Span(1, 2), Span(3, 5)))
    assert list(sequence.labels()) == [IGNORED, 6, IGNORED, 8, 9]
    assert sequence.learnt == 3


def test_a_template_that_forgets_thinking_gives_a_sequence_for_each_context() -> None:
    tokens = chat("forgets_thinking")
    said = conversation("Write.", THOUGHT, "Faster.", THOUGHT)
    first, second = sequences_of(tokens, said)
    assert learnt(tokens, first) == [THOUGHT]
    assert learnt(tokens, second) == [THOUGHT]
    assert tuple(second.ids[: second.replies[0].begin]) == tokens.prompt_ids(said[:3])
    shown = tokens.tokenizer.decode(second.ids[: second.replies[0].begin])
    assert "A kernel." in shown
    assert "hard" not in shown


def test_thinking_that_the_prompt_begins_is_not_learnt_twice() -> None:
    tokens = chat("opens_thinking")
    [sequence] = sequences_of(tokens, conversation("Write.", THOUGHT))
    assert learnt(tokens, sequence) == [THOUGHT.removeprefix("<think>\n")]
    assert tokens.tokenizer.decode(sequence.ids).count("<think>") == 1


def test_a_reply_without_the_thinking_that_the_prompt_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="enable_thinking=false"):
        sequences_of(chat("opens_thinking"), conversation("Write.", "A kernel."))


def test_a_prompt_that_closes_thinking_is_learnt_from_as_it_is_sent() -> None:
    tokens = ChatTokens(families.chatml(families.FORGETS_THINKING), enable_thinking=False)
    said = conversation("Write.", "A kernel.", "Faster.", "No.")
    sequences = sequences_of(tokens, said)
    assert [learnt(tokens, each) for each in sequences] == [["A kernel."], ["No."]]
    for place, sequence in zip((1, 3), sequences, strict=True):
        assert tuple(sequence.ids[: sequence.replies[0].begin]) == tokens.prompt_ids(said[:place])


def test_a_template_that_drops_thinking_does_not_keep_it_from_being_learnt() -> None:
    drops = families.FORGETS_THINKING.replace(" and not loop.last", "")
    tokens = ChatTokens(families.chatml(drops))
    [sequence] = sequences_of(tokens, conversation("Write.", THOUGHT))
    assert learnt(tokens, sequence) == [THOUGHT]


def test_what_the_template_writes_before_a_reply_is_learnt() -> None:
    adds = families.CHATML.replace(
        "'\\n' + message.content",
        "'\\n' + ('<think></think>' if message.role == 'assistant' else '') + message.content",
    )
    tokens = ChatTokens(families.chatml(adds))
    [sequence] = sequences_of(tokens, conversation("Write.", "A kernel."))
    assert learnt(tokens, sequence) == ["<think></think>A kernel."]


def test_the_last_reply_may_be_learnt_alone() -> None:
    tokens = chat("chatml")
    said = conversation("Write.", "A kernel.", "Faster.", "No.", "Please!")
    [sequence] = sequences_of(tokens, said, last_only=True)
    [both] = sequences_of(tokens, said)
    assert sequence.ids == both.ids
    assert sequence.replies == both.replies[1:]


def test_a_template_that_ends_no_reply_is_refused() -> None:
    endless = (
        "{% for message in messages %}{{ message.role + ': ' + message.content }}\n{% endfor %}"
    )
    tokens = ChatTokens(families.chatml(endless + "{% if add_generation_prompt %}A: {% endif %}"))
    with pytest.raises(UsageError, match="no token that ends a reply"):
        sequences_of(tokens, conversation("Write.", "A kernel."))


@pytest.mark.parametrize(("length", "replies"), [(4, None), (5, 1), (8, 1), (9, 2), (99, 2)])
def test_a_sequence_is_cut_after_a_reply(length: int, replies: int | None) -> None:
    sequence = TokenSequence(array("i", range(9)), (Span(2, 5), Span(7, 9)))
    cut = sequence.cut(length)
    assert (len(cut.replies) if cut else None) == replies
    assert cut is None or len(cut.ids) == cut.replies[-1].end


def test_rules_of_the_system_are_read() -> None:
    tokens = chat("gemma")
    said = [Message(role="system", content="Be brief."), *conversation("Write.", "A kernel.")]
    [sequence] = sequences_of(tokens, said)
    assert learnt(tokens, sequence) == ["A kernel."]
    assert "Be brief." in tokens.tokenizer.decode(sequence.ids)
