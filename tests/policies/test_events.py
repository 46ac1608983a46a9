"""Server-sent events: the same whatever the pieces they come in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kerneldojo.policies.events import EventParser

STREAM = (
    "\ufeffdata: first\n\n"
    ": a comment\n"
    "event: named\r\nid: 7\r\ndata:two\r\ndata: lines\r\n\r\n"
    "data: größer\rdata:  日本 𝄞\r\r"
    "\n\nretry: 3\n\ndatabase: none\n\ndata\n\n"
    "data: [DONE]\n\n"
    "data: never ended\n"
).encode()
EVENTS = ["first", "two\nlines", "größer\n 日本 𝄞", "", "[DONE]"]


def parse(*pieces: bytes) -> list[str]:
    parser = EventParser()
    return [data.decode() for piece in pieces for data in parser.feed(piece)]


def test_a_stream_in_one_piece() -> None:
    assert parse(STREAM) == EVENTS


def test_byte_by_byte() -> None:
    assert parse(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=8).map(sorted))
@example([1, 2, 3])
def test_cut_anywhere(cuts: list[int]) -> None:
    places = [0, *cuts, len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(places)]
    assert parse(*pieces) == EVENTS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_events_come_as_soon_as_they_are_whole(end: str) -> None:
    parser = EventParser()
    assert list(parser.feed(f"data: a{end}".encode())) == []
    last = end if end != "\r" else "\r\r"  # a lone carriage return may be half of an end
    assert list(parser.feed(last.encode())) == [b"a"]


def test_a_long_line_in_many_pieces() -> None:
    pieces = [b"data: ", *[b"x" * 1000] * 2000, b"\n\n"]
    assert parse(*pieces) == ["x" * 2_000_000]
