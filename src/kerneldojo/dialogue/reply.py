"""Find the solution in a model's reply, or say why there is none.

Models think aloud, fence their code or forget to, give the kernel in one block and the module in
another, talk on after the code, and run out of tokens. None of that is held against them as
long as one can tell what they meant; what cannot be told gets a typed reason.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from markdown_it import MarkdownIt

_PYTHON = frozenset({"", "python", "py", "python3", "py3", "triton", "cuda", "cpp"})
"""Words after a fence that Python source is found under; C++ within strings is often so marked."""
_MARK = re.compile(r"<(/?)(think|thinking|thought|reasoning|analysis)>", re.IGNORECASE)
_FIRST_LINE = re.compile(r"^(?:import |from \w[\w.]* import |@triton|@torch|class |def )", re.M)
_MARKDOWN = MarkdownIt("commonmark").disable("inline")  # only blocks are looked for
_BUILTINS = frozenset(dir(builtins))


class ReplyProblem(StrEnum):
    """Why a reply holds no solution."""

    EMPTY = "empty"
    """There is no text at all."""
    ONLY_THINKING = "only_thinking"
    """The thinking never came to an end."""
    NO_CODE = "no_code"
    """There is text, but no code."""
    NO_ENTRY_POINT = "no_entry_point"
    """There is code, but it does not define the class that was asked for."""
    TRUNCATED = "truncated"
    """The code breaks off."""
    REFUSED = "refused"
    """The model, or its endpoint, declined to answer."""


@dataclass(frozen=True)
class Reply:
    """What a reply came to: a source, or the reason why there is none."""

    source: str | None
    problem: ReplyProblem | None = None

    def __post_init__(self) -> None:
        assert (self.source is None) is (self.problem is not None)


@dataclass(frozen=True)
class _Block:
    text: str
    closed: bool

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its syntax; None if it is no Python."""
        return _parse(self.text)[0]


def parse_reply(
    text: str, entry_point: str = "ModelNew", *, cut_off: bool = False, refused: bool = False
) -> Reply:
    """Return the solution in a model's reply.

    Of several blocks the last that defines the entry point counts, together with the earlier
    blocks that define what it needs. Source that is no valid Python is returned all the same,
    for the evaluator to say which line is wrong, unless the reply breaks off there.

    Args:
        text: the reply, thinking and all.
        entry_point: the class the solution must define.
        cut_off: whether the policy reported that it ran out of tokens.
        refused: whether it reported that it declined to answer.
    """
    if refused:
        return Reply(None, ReplyProblem.REFUSED)
    if not text.strip():
        return Reply(None, ReplyProblem.EMPTY)
    answer = without_thinking(text)
    if not answer.strip():
        return Reply(None, ReplyProblem.ONLY_THINKING)
    blocks = list(_blocks(answer)) or list(_bare(answer))
    if not blocks:
        return Reply(None, ReplyProblem.TRUNCATED if cut_off else ReplyProblem.NO_CODE)
    chosen = _last_defining(blocks, entry_point)
    if chosen is None:
        broken_off = cut_off or not blocks[-1].closed
        return Reply(None, ReplyProblem.TRUNCATED if broken_off else ReplyProblem.NO_ENTRY_POINT)
    block = blocks[chosen]
    if not block.closed and block.tree is None:
        return Reply(None, ReplyProblem.TRUNCATED)
    return Reply(_with_what_it_needs(blocks, chosen).strip() + "\n")


def without_thinking(text: str) -> str:
    """Return a reply without its thinking sections; all of one that never ends is thinking.

    Chat templates often open the section themselves, so that a reply has its end only.
    """
    kept: list[str] = []
    end, thinking = 0, ""
    for mark in _MARK.finditer(text):
        closes, name = bool(mark[1]), mark[2].lower()
        if not thinking and closes:
            kept.clear()
        elif not thinking:
            kept.append(text[end : mark.start()])
            thinking = name
        elif closes and name == thinking:
            thinking = ""
        end = mark.end()
    return "".join(kept) if thinking else "".join(kept) + text[end:]


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the fenced blocks that may be Python."""
    lines = text.splitlines()
    for token in _MARKDOWN.parse(text):
        if token.type != "fence" or token.map is None:
            continue
        word = token.info.strip().split(maxsplit=1)[0].lower() if token.info.strip() else ""
        if word.strip("{}.") in _PYTHON and token.content.strip():
            last = lines[min(token.map[1], len(lines)) - 1]
            closed = last.strip().startswith(token.markup) and token.map[1] - token.map[0] > 1
            yield _Block(token.content, closed)


def _bare(text: str) -> Iterator[_Block]:
    """Yield the code of a reply without fences: from its first line of code to where prose begins.

    Prose stands at the margin. Code that is wrong within an indented block is wrong, not prose.
    """
    first = _FIRST_LINE.search(text)
    if first is None:
        return
    lines = text[first.start() :].splitlines()
    count = len(lines)
    while count:
        wrong = _wrong_line("\n".join(lines[:count]))
        if wrong is None:
            yield _Block("\n".join(lines[:count]), closed=True)
            return
        count = min(count, wrong) - 1
        if lines[count].startswith((" ", "\t")):
            break
    yield _Block("\n".join(lines), closed=False)


def _last_defining(blocks: list[_Block], entry_point: str) -> int | None:
    pattern = re.compile(rf"^(?:class\s+{entry_point}\b|{entry_point}\s*=)", re.MULTILINE)
    found = [index for index, block in enumerate(blocks) if pattern.search(block.text)]
    whole = [index for index in found if blocks[index].tree is not None]
    return max(whole or found, default=None)


def _with_what_it_needs(blocks: list[_Block], chosen: int) -> str:
    """Return the chosen block after those earlier ones that define names it lacks."""
    whole = blocks[chosen]
    for block in reversed(blocks[:chosen]):
        if _missing(whole.tree) & _bound(block.tree):
            whole = _Block(f"{block.text.rstrip()}\n\n\n{whole.text}", closed=True)
    return whole.text


def _missing(tree: ast.Module | None) -> set[str]:
    """Return names that a source uses and neither it nor Python defines."""
    if tree is None:
        return set()
    used = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return used - _bound(tree) - _BUILTINS


def _bound(tree: ast.Module | None) -> set[str]:
    """Return every name a source binds anywhere: scopes hardly matter to the question."""
    names: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((alias.asname or alias.name).partition(".")[0] for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.arg(arg=name):
                names.add(name)
    return names


def _wrong_line(source: str) -> int | None:
    """Return the line, from 1, at which a source is no Python; None if it is."""
    return _parse(source)[1]


def _parse(source: str) -> tuple[ast.Module | None, int | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source), None
    except SyntaxError as error:
        return None, error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return None, 1
    except SystemError:
        # Python before 3.11.8 is confused by another parse meanwhile, in a thread or while
        # garbage is collected (CPython issue 106905)
        return _parse(source)
