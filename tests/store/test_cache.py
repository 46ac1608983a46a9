"""The cache: the same question once, whatever happens to its file."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from pathlib import Path

import pytest

from kerneldojo.errors import StoreError
from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan
from kerneldojo.store import Cache, cache_key
from kerneldojo.store import cache as cache_module
from kerneldojo.store.fingerprint import fingerprint
from tests.cli import samples
from tests.store.conftest import RIGHT, SOFTMAX, SWISH

KEYS = [f"{number:032x}" for number in range(2000)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache.sqlite"


def keep(path: Path, count: int = 1, size_mb: int = 64) -> Evaluation:
    verdict = samples.correct()
    cache = Cache(path, size_mb)
    for key in KEYS[:count]:
        cache.put(key, verdict)
    cache.close()
    return verdict


def test_what_is_kept_comes_back_as_it_was(path: Path) -> None:
    verdict = keep(path)
    cache = Cache(path)
    assert cache.get(KEYS[0]) == verdict
    assert cache.get(KEYS[1]) is None
    cache.get(KEYS[0])
    stats = cache.stats()
    assert (stats.entries, stats.hits) == (1, 2)
    assert stats.limit_bytes == 1024 << 20
    assert 0 < stats.size_bytes < 100_000
    assert stats.oldest is not None and stats.last_used is not None
    assert stats.oldest < stats.last_used


def test_faults_of_ours_are_not_kept(path: Path) -> None:
    cache = Cache(path)
    cache.put(KEYS[0], samples.failed())
    assert cache.get(KEYS[0]) is None
    assert cache.stats().entries == 0


def test_clear_forgets_everything(path: Path) -> None:
    keep(path, 5)
    cache = Cache(path)
    assert cache.clear() == 5
    assert cache.get(KEYS[0]) is None
    assert cache.stats().entries == 0


def test_the_least_recently_used_make_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1e9

    def tick() -> float:
        nonlocal now
        now += 1
        return now

    monkeypatch.setattr(cache_module.time, "time", tick)
    keep(path, 600)
    cache = Cache(path, 1)
    assert cache.get(KEYS[0]) is not None
    for key in KEYS[600:1800]:
        cache.put(key, samples.correct())
        if key == KEYS[1000]:
            assert cache.get(KEYS[0]) is not None
    stats = cache.stats()
    assert stats.size_bytes <= stats.limit_bytes
    assert 500 < stats.entries < 1500
    assert cache.get(KEYS[1799]) is not None
    assert cache.get(KEYS[0]) is not None  # as old as any, but used since
    assert cache.get(KEYS[1]) is None


def test_a_smaller_limit_shrinks_the_file(path: Path) -> None:
    keep(path, 2000)
    before = path.stat().st_size
    cache = Cache(path, 1)
    cache.put(KEYS[0], samples.correct())
    cache.close()
    assert path.stat().st_size <= 1 << 20 < before


@pytest.mark.parametrize("damage", ["text", "head", "middle", "cut"])
def test_a_damaged_file_is_moved_aside_and_begun_anew(path: Path, damage: str) -> None:
    keep(path, 300)
    content = path.read_bytes()
    path.write_bytes(
        {
            "text": b"this is no database, but long enough to be looked at\n" * 100,
            "head": b"\xff" * 100 + content[100:],
            "middle": content[:4096] + b"\xff" * (len(content) - 4096),
            "cut": content[: len(content) // 3],
        }[damage]
    )
    broken = path.read_bytes()
    with pytest.warns(UserWarning, match=r"is damaged .*moved to .*\.damaged-\d+, begun anew"):
        cache = Cache(path)
        for key in KEYS[:300]:
            cache.get(key)
    for key in KEYS[:10]:
        cache.put(key, samples.correct())
    assert all(cache.get(key) is not None for key in KEYS[:10])
    [aside] = path.parent.glob("*.damaged-*")
    assert aside.read_bytes()[-100:] == broken[-100:]


def test_a_value_that_cannot_be_read_is_a_miss_and_goes(path: Path) -> None:
    keep(path, 2)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE evaluations SET value = x'00' WHERE key = ?", (b"\0" * 16,))
    database.close()
    cache = Cache(path)
    assert cache.get(KEYS[0]) is None
    assert cache.get(KEYS[1]) is not None
    assert cache.stats().entries == 1


def test_a_locked_file_is_a_warning_and_a_miss(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerneldojo.store.database.PATIENCE_S", 0.01)
    keep(path)
    cache = Cache(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.warns(UserWarning, match="locked"):
        cache.put(KEYS[1], samples.correct())
    other.execute("ROLLBACK")
    other.close()
    cache.put(KEYS[1], samples.correct())
    assert cache.get(KEYS[1]) is not None


def test_a_closed_cache_only_misses(path: Path) -> None:
    cache = Cache(path)
    cache.close()
    cache.close()
    cache.put(KEYS[0], samples.correct())
    assert cache.get(KEYS[0]) is None
    assert not list(path.parent.glob("*.damaged-*"))


def _use(path: Path, first: int) -> None:
    cache = Cache(path, 64)
    for number in range(200):
        cache.put(KEYS[first + number], samples.correct())
        assert cache.get(KEYS[first + number // 2]) is not None
    cache.close()


def test_several_processes_share_a_file(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_use, args=(path, n * 200)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    stats = Cache(path).stats()
    assert (stats.entries, stats.hits) == (600, 600)


def test_where_no_file_can_be_is_told() -> None:
    with pytest.raises(StoreError, match=r"cannot open .*/proc/none.*cache\.enabled=false"):
        Cache("/proc/none/cache.sqlite")


def test_the_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Cache().path == tmp_path / "kerneldojo" / "evaluations.sqlite"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    expected = Path("/home/someone/.cache/kerneldojo/evaluations.sqlite")
    assert cache_module.default_path() == expected


def test_the_key_is_all_that_a_verdict_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = EvaluationSettings()

    def key(
        problem: Problem = SOFTMAX,
        solution: Solution = RIGHT,
        settings: EvaluationSettings = settings,
        devices: tuple[str, ...] = ("cpu",),
    ) -> str:
        return cache_key(problem, solution, settings, devices)

    other_name = SOFTMAX.model_copy(update={"name": "copy", "origin": "copy.py"})
    assert key() == key(problem=other_name)
    assert key() == key(solution=RIGHT.model_copy(update={"origin": "elsewhere.py"}))
    assert key() == key(settings=EvaluationSettings(limits=Limits(source_kb=7)))
    changed = {
        key(),
        key(problem=SWISH),
        key(solution=RIGHT.model_copy(update={"source": "right "})),
        key(settings=EvaluationSettings(seed="0" * 32)),
        key(settings=EvaluationSettings(seed="1" * 32)),
        key(settings=EvaluationSettings(timing=TimingPlan(budget_s=1))),
        key(devices=("cuda:0",)),
    }
    monkeypatch.setenv("CXX", "clang++")
    changed.add(key())
    assert len(changed) == 8


def test_the_fingerprint_names_machine_and_packages() -> None:
    facts = fingerprint()
    assert facts["cores"] == str(len(os.sched_getaffinity(0)))
    assert facts["torch"].startswith("2.")
    assert facts["cpu"]
    assert len(facts["judge"]) == 32
    assert fingerprint() == facts
