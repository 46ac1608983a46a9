"""Messages between processes: framing, limits, descriptors, and nothing believed."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.evaluation import wire
from kerneldojo.evaluation.wire import Channel, ChannelClosed, MalformedMessage

LIMIT = 1 << 16


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = wire.channel_pair(LIMIT)
    yield ours, theirs
    ours.close()
    theirs.close()


Ends = tuple[Channel, socket.socket]


def frame(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def test_messages_arrive_whole_and_in_order(ends: Ends) -> None:
    ours, theirs = ends
    other = Channel(theirs, LIMIT)
    for number in range(5):
        other.send({"number": number, "text": "ä\n\0"})
    assert [ours.receive(1.0)["number"] for _ in range(5)] == list(range(5))
    assert not ours.pending


def test_a_torn_message_is_put_together(ends: Ends) -> None:
    ours, theirs = ends
    data = frame(b'{"a":1}') + frame(b'{"b":2}')
    for place in range(len(data) - 1):
        theirs.sendall(data[place : place + 1])
    assert ours.receive(1.0) == {"a": 1}
    with pytest.raises(TimeoutError):
        ours.receive(0.01)
    theirs.sendall(data[-1:])
    assert ours.receive(1.0) == {"b": 2}


def test_half_a_message_then_nothing_is_a_timeout(ends: Ends) -> None:
    ours, theirs = ends
    theirs.sendall(frame(b'{"a":1}')[:-1])
    with pytest.raises(TimeoutError):
        ours.receive(0.01)
    assert ours.pending


def test_half_a_message_then_the_end_is_a_closed_channel(ends: Ends) -> None:
    ours, theirs = ends
    theirs.sendall(frame(b'{"a":1}')[:-1])
    theirs.close()
    with pytest.raises(ChannelClosed):
        ours.receive(1.0)


@pytest.mark.parametrize("length", [LIMIT + 1, 0xFFFFFFFF])
def test_too_large_a_message_is_refused_before_it_is_read(ends: Ends, length: int) -> None:
    ours, theirs = ends
    theirs.sendall(struct.pack("<I", length))
    with pytest.raises(MalformedMessage, match=str(length)):
        ours.receive(1.0)


def test_a_message_of_exactly_the_limit_passes(ends: Ends) -> None:
    ours, theirs = ends
    body = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    assert len(body) == LIMIT
    sender = threading.Thread(target=theirs.sendall, args=(frame(body),))
    sender.start()
    assert len(ours.receive(5.0)["a"]) == LIMIT - 8
    sender.join()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[1, 2]",
        b'"text"',
        b"12",
        b"null",
        b"\xff\xfe{}",
        b'{"a":\xff}',
        b'{"a":"\xed\xa0\x80"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":1',
        b'{"a":1}{"b":2}',
        b"[" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_one_object_is_malformed(ends: Ends, body: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(frame(body))
    with pytest.raises(MalformedMessage):
        ours.receive(1.0)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_decode_to_an_object_or_are_malformed(body: bytes) -> None:
    try:
        assert isinstance(wire.decode(body), dict)
    except MalformedMessage as error:
        assert str(error)


@pytest.mark.parametrize(
    "text", [r'{"a":"\ud800"}', r'{"\udfff":[{"x":"a\ud83d"}]}', r'{"a":"\\ud800 \uDBFF"}']
)
def test_half_characters_cannot_get_into_records(text: str) -> None:
    json.dumps(wire.decode(text.encode()), ensure_ascii=False).encode()


def test_whole_characters_survive_the_cleaning() -> None:
    message = {"a": "🚀 \\ud800", "b": [1, 2.5, None, True]}
    assert wire.decode(json.dumps(message).encode()) == message


def test_descriptors_travel_with_a_message(ends: Ends) -> None:
    ours, theirs = ends
    read, write = os.pipe()
    Channel(theirs, LIMIT).send({"take": "this"}, (write,))
    message, (given_fd,) = ours.receive_fds(3)
    assert message == {"take": "this"}
    os.write(given_fd, b"hello")
    assert os.read(read, 5) == b"hello"
    for fd in (read, write, given_fd):
        os.close(fd)


def test_no_descriptors_are_an_empty_list(ends: Ends) -> None:
    ours, theirs = ends
    Channel(theirs, LIMIT).send({})
    assert ours.receive_fds(3) == ({}, [])


def test_sending_to_nobody_is_a_closed_channel(ends: Ends) -> None:
    ours, theirs = ends
    theirs.close()
    with pytest.raises(ChannelClosed):
        ours.send({"a": 1})
    with pytest.raises(ChannelClosed):
        ours.receive(1.0)


def test_pending_sees_what_was_not_asked_for(ends: Ends) -> None:
    ours, theirs = ends
    theirs.sendall(frame(b"{}") + b"x")
    ours.receive(1.0)
    assert ours.pending


def test_an_expired_deadline_is_a_timeout_at_once(ends: Ends) -> None:
    ours, _ = ends
    with pytest.raises(TimeoutError):
        ours.receive(0.0)
