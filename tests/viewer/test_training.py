"""What the page gets of training runs."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.settings import RlSettings
from kerneldojo.store import Run
from kerneldojo.viewer import Site, export
from kerneldojo.viewer.training import facts_of
from tests.viewer.courses import append, rl_steps, sft_steps, validation, write_training
from tests.viewer.test_site import value


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training of 12 steps with trajectories of two, and two validations."""
    folder = tmp_path_factory.mktemp("trained") / "rl"
    return write_training(folder, "rl", 12, 40, rollouts=(3, 13), validations=(0, 10))


def courses(site: Site, state: str = "") -> dict[str, Any]:
    found: dict[str, Any] = value(site.index(state, live=True))["training"]
    return found


def columns(course: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(course["columns"], row, strict=True)) for row in course["rows"]]


def test_steps_come_as_they_were_written(trained: Run) -> None:
    course = courses(Site([trained]))["0"]
    found = columns(course)
    expected = list(rl_steps(12, 40))
    assert [step["step"] for step in found] == list(range(1, 13))
    for step, written in zip(found, expected, strict=True):
        for name, figure in written.items():
            if isinstance(figure, float):
                assert step[name] == pytest.approx(figure, rel=1e-5), name
    assert [step["rollouts"] for step in found] == [float(step == 3) for step in range(1, 13)]
    assert course["ahead"] == [13]
    assert course["kind"] == "rl"


def test_only_what_is_new_is_sent(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "sft", 3, 10)
    site = Site([run])
    index = value(site.index(live=True))
    assert len(index["training"]["0"]["rows"]) == 3
    assert courses(site, index["state"]) == {}
    lines = list(sft_steps(5, 10))
    append(run.path, iter(lines[3:]))
    after = value(site.index(index["state"], live=True))
    assert [step["step"] for step in columns(after["training"]["0"])] == [4, 5]
    assert not after["whole"]
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')
    assert courses(site, after["state"]) == {}


def test_a_resumed_training_takes_back_steps(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "sft", 6, 10)
    site = Site([run])
    state = value(site.index(live=True))["state"]
    append(run.path, iter([{"step": 4, "steps": 10, "loss": 9.0}]))
    assert columns(courses(site, state)["0"]) == [
        {"step": 4, "steps": 10, "loss": 9.0, "rollouts": 0.0}
    ]
    assert [step["step"] for step in columns(courses(site)["0"])] == [1, 2, 3, 4]


def test_a_run_written_anew_is_read_anew(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "sft", 6, 10)
    site = Site([run])
    state = value(site.index(live=True))["state"]
    shutil.rmtree(run.path)
    write_training(run.path, "sft", 2, 10)
    index = value(site.index(state, live=True))
    assert index["whole"]
    assert len(index["training"]["0"]["rows"]) == 2


def test_unreadable_lines_are_counted_and_hostile_figures_are_none(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "rl", 0)
    text = '{"step": 1, "loss": NaN, "kl": 1e999, "reward": "<b>", "skipped": "<b>"}\nnonsense\n'
    (run.path / "metrics.jsonl").write_text(text)
    index = value(Site([run]).index())
    assert index["runs"][0]["bad"] == 1
    course = index["training"]["0"]
    assert columns(course) == [
        {"step": 1, "loss": None, "kl": None, "reward": None, "skipped": None, "rollouts": 0.0}
    ]
    assert course["skipped"] == [[1, "<b>"]]


def test_a_training_without_a_step_is_there(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "rl", 0, rollouts=(1,))
    course = courses(Site([run]))["0"]
    assert course["rows"] == []
    assert course["ahead"] == [1]
    assert course["written"] is not None


def test_validations_come_as_they_were_written(trained: Run) -> None:
    site = Site([trained])
    validations = dict(courses(site)["0"]["validations"])
    assert sorted(validations) == [0, 10]
    expected = validation(10, list(rl_steps(12, 40))[9])
    assert validations[10] == pytest.approx(expected, rel=1e-5)


def test_a_new_validation_is_sent(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "rl", 2, 4)
    site = Site([run])
    state = value(site.index(live=True))["state"]
    line = next(rl_steps(1, 4))
    for correct in (0.1, 0.2):
        append(run.path, iter([validation(2, line) | {"correct": correct}]), "validation.jsonl")
    course = courses(site, state)["0"]
    assert course["rows"] == []
    assert [(number, figures["correct"]) for number, figures in course["validations"]] == [(2, 0.2)]


def test_trajectories_of_a_step_are_a_site_of_their_own(trained: Run) -> None:
    site = Site([trained])
    found = site.site("data/0/rollouts-3/index.js")
    assert found is not None
    inner, address = found
    assert address == "data/index.js"
    assert inner.index().startswith(b'viewer.receive("0/rollouts-3/index",')
    own = Run.open(trained.path / "rollouts" / "step-000003").trajectories()
    assert len(value(inner.index())["rows"]) == len(own)
    text = inner.data("data/0/0.js")
    assert text is not None
    assert text.startswith(b'viewer.receive("0/rollouts-3/0/0",')
    assert value(text)["id"] == own[0].record.id
    assert site.site("data/0/rollouts-3/index.js") == found


@pytest.mark.parametrize(
    "address",
    ["data/0/rollouts-4/index.js", "data/1/rollouts-3/index.js", "data/0/validation-3/index.js"],
)
def test_steps_without_trajectories_have_no_site(trained: Run, address: str) -> None:
    assert Site([trained]).site(address) is None


@pytest.mark.parametrize(
    "address", ["data/0/checkpoints-3/index.js", "data/0/rollouts-3/../../config.json"]
)
def test_other_addresses_lead_nowhere(trained: Run, address: str) -> None:
    found = Site([trained]).site(address)
    assert found is None or found[0].data(found[1]) is None


def test_the_folder_has_the_trajectories_of_every_step(trained: Run, tmp_path: Path) -> None:
    data = export([trained], tmp_path / "site").parent / "data"
    assert value((data / "index.js").read_bytes())["training"]["0"]["rows"]
    for inside in ("rollouts-3", "rollouts-13", "validation-0", "validation-10"):
        index = value((data / "0" / inside / "index.js").read_bytes())
        for row in index["rows"]:
            assert (data / "0" / inside / "0" / f"{row[1]}.js").is_file()


def test_a_folder_may_have_the_curves_only(trained: Run, tmp_path: Path) -> None:
    data = export([trained], tmp_path / "site", curves_only=True).parent / "data"
    assert sorted(path.relative_to(data).as_posix() for path in data.rglob("*")) == [
        "0",
        "index.js",
    ]
    course = value((data / "index.js").read_bytes())["training"]["0"]
    assert len(course["rows"]) == 12
    assert course["ahead"] == []
    assert not any(step["rollouts"] for step in columns(course))


def test_a_page_that_knew_another_server_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_training(tmp_path / "run", "sft", 3)
    state = value(Site([run]).index(live=True))["state"]
    later = time.time_ns() + 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    index = value(Site([run]).index(state, live=True))
    assert index["whole"]
    assert len(index["training"]["0"]["rows"]) == 3


def test_facts_name_what_is_not_as_by_default() -> None:
    settings = RlSettings(steps=60, mismatch_acceptance=0.9).model_dump(mode="json")
    facts = facts_of(
        {"model": "m", "rl": settings, "pool": {"retries": 9}, "problems": {"count": 2000}}
    )
    assert facts["changed"] == [["rl.steps", "60"], ["rl.mismatch_acceptance", "0.9"]]
    assert facts["model"] == "m"
    assert facts["estimator"] == "trloo"
    assert facts["problems"] == "2,000"
    assert "validation" not in facts
    assert facts_of({"data": ["a.jsonl", "b"]})["data"] == "2"
