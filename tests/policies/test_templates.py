"""Teachers: the same answer to the same topic, of the quality that the script says."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from kerneldojo.dialogue import parse_reply
from kerneldojo.errors import PolicyRefused, UsageError
from kerneldojo.policies import Gold, Teacher, Templates, Topic, open_policy
from kerneldojo.policies.templates import MIX
from kerneldojo.problems import generator
from kerneldojo.problems.generator.solutions import Quality
from kerneldojo.problems.gold import gold_solution
from kerneldojo.records import Message
from kerneldojo.settings import Sampling

NAMES = [f"generated/tiny-train/{index}" for index in range(60)]


def at(place: int, name: str = NAMES[2], sample: int = 0) -> Topic:
    return Topic(name, sample, f"turn {place}")


def test_what_is_said_follows_from_the_topic() -> None:
    asked = [at(place, name, sample) for name in NAMES[:9] for sample in (0, 1) for place in (1, 2)]
    first = [Templates(seed=3).reply(topic) for topic in asked]
    again = Templates(seed=3)
    assert [again.reply(topic) for topic in reversed(asked)] == first[::-1]
    assert [Templates(seed=4).reply(topic) for topic in asked] != first
    assert all(parse_reply(reply.text).source for reply in first)


def test_a_script_is_followed_and_its_last_quality_stays() -> None:
    teacher = Templates(curricula={"wrong-hack-fused": 1})
    models = [teacher.reply(at(place)).model.split("/")[1] for place in range(1, 6)]
    assert models == ["wrong", "hack", "fused", "fused", "fused"]
    assert teacher.quality(Topic(NAMES[2], 0, "particle 7, round 2")) is Quality.HACK
    assert teacher.quality(Topic(NAMES[2], 0, "root")) is Quality.WRONG


def test_curricula_are_drawn_by_weight() -> None:
    teacher = Templates(curricula={"lazy": 3, "fused": 1, "wrong": 0})
    drawn = Counter(teacher.quality(at(1, name, n)) for name in NAMES for n in range(10))
    assert set(drawn) == {Quality.LAZY, Quality.FUSED}
    assert 0.2 < drawn[Quality.FUSED] / drawn.total() < 0.3


def test_the_usual_mix_is_mostly_lazy_and_hardly_ever_fused() -> None:
    teacher = Templates()
    drawn = Counter(
        teacher.quality(at(place, name, sample))
        for name in NAMES
        for sample in range(10)
        for place in (1, 2, 3)
    )
    assert set(drawn) == set(Quality)
    assert drawn[Quality.LAZY] > 0.5 * drawn.total()
    assert drawn[Quality.FUSED] < 0.2 * drawn.total()
    assert drawn[Quality.HACK] < 0.15 * drawn.total()


def test_variety_is_of_style_only() -> None:
    varied = Templates(curricula={"fused": 1})
    plain = Templates(curricula={"fused": 1}, variety=False)
    assert len({varied.reply(at(1, sample=n)).text for n in range(10)}) > 5
    assert len({plain.reply(at(1, sample=n)).text for n in range(10)}) == 1
    assert plain.reply(at(1)).text.startswith("```python\nimport torch\n")


def test_generators_of_ones_own_are_known() -> None:
    own = generator.Generator(generator.TINY, seed=5, part="train")
    teacher = Templates(generator.programs_of(own))
    name = own.problem(2).name
    assert teacher.knows(name)
    assert "ModelNew" in teacher.reply(at(1, name)).text
    assert not Templates().knows(name)


def test_a_conversation_is_answered_whatever_it_says() -> None:
    async def ask(*words: str) -> str:
        heard: list[str] = []
        messages = [Message(role="user", content=word) for word in words]
        said = await Templates().complete(messages, Sampling(), topic=at(1), on_text=heard.append)
        assert heard == [said.text]
        assert said.usage.prompt_tokens > 0
        assert said.usage.completion_tokens > 50
        return said.text

    assert asyncio.run(ask("a")) == asyncio.run(ask("b", "c"))


@pytest.mark.parametrize("name", ["suite/softmax/softmax", "", "generated/nothing/1"])
def test_what_is_not_known_is_refused(name: str) -> None:
    assert not Templates().knows(name)
    with pytest.raises(PolicyRefused, match="generated/"):
        Templates().reply(at(1, name))


def test_gold_says_the_bundled_solution() -> None:
    gold = Gold()
    assert gold.knows("suite/softmax/softmax")
    assert not gold.knows(NAMES[0])
    solution = gold_solution("suite/softmax/softmax")
    assert solution is not None
    said = parse_reply(gold.reply(at(4, "suite/softmax/softmax")).text).source
    assert said is not None
    assert said.strip() == solution.source.strip()
    with pytest.raises(PolicyRefused, match="suite/"):
        gold.reply(at(1, NAMES[0]))


@pytest.mark.parametrize(
    ("name", "curricula", "again"),
    [
        ("templates", MIX, "templates"),
        ("templates:", MIX, "templates"),
        ("templates:seed=7", MIX, "templates:seed=7"),
        (
            "templates:lazy-fused=2, hack,plain",
            {"lazy-fused": 2, "hack": 1},
            "templates:lazy-fused=2,hack=1,plain",
        ),
    ],
)
def test_templates_by_name(name: str, curricula: dict[str, float], again: str) -> None:
    teacher = open_policy(name)
    assert isinstance(teacher, Templates)
    assert teacher.name == again
    expected = Templates(
        curricula=curricula, seed=7 if "seed" in name else 0, variety="plain" not in name
    )
    assert [teacher.reply(at(1, each)) for each in NAMES[:9]] == [
        expected.reply(at(1, each)) for each in NAMES[:9]
    ]


def test_gold_by_name() -> None:
    assert isinstance(open_policy("gold"), Gold)
    assert isinstance(open_policy("gold"), Teacher)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("templates:lzay", "Did you mean 'lazy'"),
        ("templates:lazy-", "no quality ''"),
        ("templates:lazy=much", "should end with a number"),
        ("templates:seed=x", "should end with a number"),
        ("templates:lazy=0", "above 0"),
        ("templates:lazy=-1,fused=2", "above 0"),
        ("templates:lazy=nan", "above 0"),
        ("templates:lazy=inf", "above 0"),
        ("templates:plain=3", "no quality 'plain'"),
        ("template", "Did you mean 'templates'"),
        ("golf", "Did you mean 'gold'"),
    ],
)
def test_misspelt_names(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_policy(name)
