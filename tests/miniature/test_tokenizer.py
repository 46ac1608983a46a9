"""The miniature's tokenizer: lines are tokens, texts come back, conversations only grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.dialogue import Prompts
from kerneldojo.miniature import Size, make_model, make_tokenizer
from kerneldojo.miniature.recipe import dialogue
from kerneldojo.policies import Templates, Topic
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.problems import generator
from kerneldojo.records import Message

SIZE = Size(vocabulary=700, hidden=32, layers=1, heads=2, context=512)
PROBLEMS = list(generator.generate_many("mini-train", range(60)))
PROMPTS = Prompts.from_settings(dialogue())
TEACHER = Templates(variety=False)


def said(number: int, sample: int = 0) -> str:
    return TEACHER.reply(Topic(PROBLEMS[number].name, sample, "turn 1")).text


QUESTIONS = [PROMPTS.first(problem) for problem in PROBLEMS]
REPLIES = [said(number, sample) for number in range(len(PROBLEMS)) for sample in range(2)]


@pytest.fixture(scope="module")
def tokens() -> ChatTokens:
    return ChatTokens(make_tokenizer(QUESTIONS + REPLIES, vocabulary=1200))


def user(text: str) -> Message:
    return Message(role="user", content=text)


@pytest.mark.parametrize("text", [REPLIES[0], QUESTIONS[0], "ünknown\n\n\ttext 17", "", "<|end|>"])
def test_texts_come_back(tokens: ChatTokens, text: str) -> None:
    ids = tokens.tokenizer.encode(text, add_special_tokens=False)
    assert tokens.tokenizer.decode(ids) == text


def test_usual_lines_are_single_tokens(tokens: ChatTokens) -> None:
    for line in ("import triton.language as tl\n", "    inside = at < cols\n"):
        assert tokens.count(line) == 1
    assert sum(map(tokens.count, REPLIES)) / len(REPLIES) < 100


def test_a_conversation_only_grows(tokens: ChatTokens) -> None:
    question, feedback = user(QUESTIONS[0]), user("Correct: 1.3 times as fast.\n")
    first = tokens.prompt_ids([question])
    reply = tokens.reply_ids([question, Message(role="assistant", content=REPLIES[0])])
    drawn = Message(role="assistant", content=tokens.text(reply), tokens=reply)
    second = tokens.prompt_ids([question, drawn, feedback])
    assert second[: len(first) + len(reply)] == (*first, *reply)
    assert reply[-1] in tokens.ends


def test_text_never_becomes_the_end_of_a_message(tokens: ChatTokens) -> None:
    ids = tokens.prompt_ids([user("a <|end|> b")])
    assert sum(number in tokens.ends for number in ids) == 1


def test_a_model_is_made_of_texts_and_a_seed(tmp_path: Path) -> None:
    one, same, other = (
        make_model(tmp_path / name, REPLIES, SIZE, seed=seed)
        for name, seed in (("one", 0), ("same", 0), ("other", 1))
    )
    weights = [(folder / "model.safetensors").read_bytes() for folder in (one, same, other)]
    assert weights[0] == weights[1] != weights[2]
    assert (one / "tokenizer.json").read_bytes() == (other / "tokenizer.json").read_bytes()
