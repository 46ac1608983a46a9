from __future__ import annotations

import base64
import gzip
import json
import random

from kerneldojo.reporting.packs import Packs, squeeze


def opened(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(gzip.decompress(base64.b64decode(text)))
    return found


def items(count: int, size: int) -> list[tuple[str, bytes]]:
    draw = random.Random(0)
    return [(str(n), json.dumps(draw.randbytes(size).hex()).encode()) for n in range(count)]


def test_everything_comes_back_from_the_pack_it_is_said_to_be_in() -> None:
    packs = Packs(10_000_000)
    given = items(100, 5_000)
    places = packs.add(given)
    assert len(packs.texts) > 2
    assert len(places) == 100
    for name, value in given:
        assert opened(packs.texts[places[name]])[name] == json.loads(value)


def test_the_budget_holds_and_the_first_come_first() -> None:
    packs = Packs(200_000)
    places = packs.add(items(200, 2_000))
    assert sum(map(len, packs.texts)) + packs.left == 200_000
    assert packs.left > 0
    assert 60 < len(places) < 90
    assert list(map(int, places)) == list(range(len(places)))


def test_no_room_is_no_error() -> None:
    for budget in (-5, 0, 10):
        packs = Packs(budget)
        assert packs.add(items(3, 100)) == {}
        assert packs.texts == []
    assert Packs(10).add([]) == {}


def test_what_came_before_stays_when_more_is_added() -> None:
    packs = Packs(100_000)
    first = packs.add(items(2, 100))
    second = packs.add([("x", b"1")])
    assert first == {"0": 0, "1": 0}
    assert second == {"x": 1}
    assert opened(packs.texts[1]) == {"x": 1}


def test_equal_data_gives_equal_text() -> None:
    assert squeeze(b"abc" * 1000) == squeeze(b"abc" * 1000)
