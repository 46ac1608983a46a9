"""Replies as models write them, and what they come to."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerneldojo.dialogue import ReplyProblem, parse_reply
from kerneldojo.dialogue.reply import without_thinking

KERNEL = """\
import torch
import triton
import triton.language as tl


@triton.jit
def double(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, 2 * tl.load(x + at, mask=at < n), mask=at < n)
"""
MODULE = """\
class ModelNew(torch.nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        double[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
        return out
"""
CODE = f"{KERNEL}\n\n{MODULE}"
FENCED = f"```python\n{CODE}```"

GOOD = {
    "one block": FENCED,
    "prose around it": f"Here is a kernel.\n\n{FENCED}\n\nIt doubles. ```ModelNew``` is the class.",
    "no word after the fence": f"```\n{CODE}```",
    "py": f"```py\n{CODE}```",
    "upper case": f"```Python\n{CODE}```",
    "attributes": f'```python title="a.py"\n{CODE}```',
    "tildes": f"~~~python\n{CODE}~~~",
    "longer fence": f"````python\n{CODE}````",
    "in a list": "1. Solution:\n\n" + "\n".join(f"   {line}" for line in FENCED.splitlines()),
    "windows line ends": FENCED.replace("\n", "\r\n"),
    "a draft before it": f"```python\nclass ModelNew: pass\n```\nBetter:\n{FENCED}",
    "usage after it": f"{FENCED}\n```python\nprint(ModelNew()(torch.ones(3)))\n```",
    "shell after it": f"{FENCED}\n```bash\npip install triton\n```",
    "thinking": f"<think>Maybe\n```python\nclass ModelNew: 1\n```\n?</think>\n{FENCED}",
    "thinking, opened by the template": f"Let me see.\nclass ModelNew\n</think>\n{FENCED}",
    "two thoughts": f"<think>a</think>\n<thinking>b</thinking>{FENCED}",
    "no closing fence": FENCED.removesuffix("```"),
    "no fence at all": CODE,
    "no fence, prose before": f"Sure! Here it is:\n\n{CODE}",
    "no fence, prose after": f"{CODE}\nThis kernel doubles its input, and it's fast.\n\nGood luck!",
    "kernel and module apart": f"```python\n{KERNEL}```\nand\n```python\n{MODULE}```",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_what_was_meant_is_found(text: str) -> None:
    reply = parse_reply(text)
    assert reply.problem is None
    assert reply.source is not None
    assert ast.dump(ast.parse(reply.source)) == ast.dump(ast.parse(CODE))


BAD = {
    "": ReplyProblem.EMPTY,
    " \n": ReplyProblem.EMPTY,
    "<think>Hmm, a kernel": ReplyProblem.ONLY_THINKING,
    "<think>Hmm</think>  ": ReplyProblem.ONLY_THINKING,
    "I cannot help with that.": ReplyProblem.NO_CODE,
    "```bash\nls\n```": ReplyProblem.NO_CODE,
    f"```python\n{KERNEL}```": ReplyProblem.NO_ENTRY_POINT,
    "```python\nclass ModelNewer: pass\n```": ReplyProblem.NO_ENTRY_POINT,
    f"```python\n{KERNEL}": ReplyProblem.TRUNCATED,
    f"```python\n{CODE[:-25]}": ReplyProblem.TRUNCATED,
    CODE[:-25]: ReplyProblem.TRUNCATED,
}


@pytest.mark.parametrize(("text", "problem"), BAD.items())
def test_what_is_missing_is_told(text: str, problem: ReplyProblem) -> None:
    reply = parse_reply(text)
    assert (reply.source, reply.problem) == (None, problem)


def test_a_reply_that_was_cut_off_is_no_refusal() -> None:
    assert parse_reply("First I", cut_off=True).problem is ReplyProblem.TRUNCATED
    assert parse_reply(f"```python\n{KERNEL}```", cut_off=True).problem is ReplyProblem.TRUNCATED


def test_wrong_python_is_for_the_evaluator_to_explain() -> None:
    reply = parse_reply(f"```python\n{CODE.replace('return out', 'return out)')}```")
    assert reply.source is not None and "return out)" in reply.source


def test_an_assignment_is_an_entry_point_and_another_name_may_be_asked_for() -> None:
    assert parse_reply("```python\nModelNew = Faster\n```").source == "ModelNew = Faster\n"
    assert parse_reply(FENCED, "Model").problem is ReplyProblem.NO_ENTRY_POINT


def test_blocks_nobody_needs_are_left_out() -> None:
    text = f"```python\nimport os\nos.remove('x')\n```\n{FENCED}"
    source = parse_reply(text).source
    assert source is not None and "os.remove" not in source


def test_thinking_goes_and_the_rest_stays() -> None:
    assert without_thinking("a <think>b</think> c") == "a  c"
    assert without_thinking("b</think>c") == "c"
    assert without_thinking("c <think>b") == "c "
    assert without_thinking("<think>a <thought>b</thought> c</THINK>d") == "d"
    assert without_thinking("a <think>b</think> c</think> d") == " d"
    assert without_thinking("a") == "a"


def test_unclosed_thoughts_without_number_take_no_time_to_speak_of() -> None:
    assert without_thinking("<think>" * 100_000) == ""


@given(st.text(alphabet="`~<>think/ \n\tclassModelNew:=()python@", max_size=200))
def test_no_text_whatever_is_too_strange(text: str) -> None:
    reply = parse_reply(text)
    assert (reply.source is None) is (reply.problem is not None)


def test_a_parse_that_another_one_got_in_the_way_of_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parse, faults = ast.parse, [SystemError("AST constructor recursion depth mismatch")]

    def confused(source: str) -> ast.Module:
        if faults:
            raise faults.pop()
        return parse(source)

    monkeypatch.setattr(ast, "parse", confused)
    assert parse_reply("```python\nclass ModelNew: ...\n```").source == "class ModelNew: ...\n"
    assert not faults
