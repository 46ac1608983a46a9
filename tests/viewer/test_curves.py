"""The curves of training as a reader has them: in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.store import Run
from kerneldojo.viewer import Server, export
from tests.viewer.conftest import HOSTILE, SEEN
from tests.viewer.courses import append, rl_steps, write_training

Visit = Callable[..., Any]
Serve = Callable[..., Server]
STEPS = 60


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("trained")
    return [
        write_training(folder / "good", "rl", STEPS, 80, rollouts=(7, 60, 61), validations=(0, 30)),
        write_training(
            folder / "bad", "rl", 40, 80, seed=3, gain=0.3, settings={"estimator": "grpo"}
        ),
    ]


@pytest.fixture(scope="module")
def single(trained: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(trained[:1], tmp_path_factory.mktemp("site") / "page")


@pytest.fixture(scope="module")
def both(trained: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(trained, tmp_path_factory.mktemp("site") / "page")


def legend(view: Any, panel: str) -> list[str]:
    found: list[str] = view.locator(f"[data-panel='{panel}'] dd").all_inner_texts()
    return found


def paths(view: Any, panel: str, kind: str = "line") -> list[str]:
    found: list[str] = view.locator(f"[data-panel='{panel}'] path.{kind}").evaluate_all(
        "(paths) => paths.map((path) => path.getAttribute('d'))"
    )
    return found


def at_step(view: Any, panel: str, step: int, last: int = STEPS, first: int = 0) -> Any:
    """Return where on the page a step is, in a chart; the plot has margins of 46 and 10 pixels."""
    view.locator(f"[data-panel='{panel}']").scroll_into_view_if_needed()
    box = view.locator(f"[data-panel='{panel}'] svg[role]").bounding_box()
    share = (step - first) / (last - first)
    return box["x"] + 46 + share * (box["width"] - 56), box["y"] + 60


def test_every_figure_has_a_curve(visit: Visit, single: Path) -> None:
    view = visit(single)
    step = next(rl_steps(1, 1))
    told = {"step", "steps", "prompts", "trajectories", "turns", "rows", "tokens", "skipped"}
    named = view.evaluate(
        "viewer.panels.flatMap(([, panels]) => panels)"
        ".flatMap((panel) => panel.series.map(([name]) => name))"
    )
    assert set(step) - told <= set(named)
    panels = view.locator(".chart").evaluate_all("(all) => all.map((each) => each.dataset.panel)")
    assert len(panels) == 20
    for panel in panels:
        kind = "layer" if panel == "Time of a step" else "line"
        drawn = paths(view, panel, kind)
        assert drawn, panel
        assert all("NaN" not in path for path in drawn), panel
    assert len(paths(view, "Reward")) == 3
    assert "Accuracy" not in panels


def test_the_header_says_what_is_trained_and_how_far_it_is(visit: Visit, single: Path) -> None:
    text = visit(single).locator(".learner").inner_text()
    assert "Qwen3-8B" in text
    assert "TRLOO" in text
    assert f"step {STEPS} of 80" in text
    assert "a step" in text
    assert "left" in text
    assert "rl.prompts" in text
    assert "2 settings not as by default" in text
    steps = list(rl_steps(STEPS, 80))
    skipped = sum(step["skipped"] is not None for step in steps)
    assert (f"{skipped} step" in text) == bool(skipped)
    first, last = (sum(step["correct"] for step in part) / 6 for part in (steps[:6], steps[-6:]))
    assert f"correct {first:.0%} → {last:.0%}".replace("%", " %") in text


def test_the_pointer_shows_the_values_of_its_step_in_all_charts(visit: Visit, single: Path) -> None:
    view = visit(single)
    steps = list(rl_steps(STEPS, 80))
    assert legend(view, "Correct")[0] == f"{steps[-1]['correct']:.0%}".replace("%", " %")
    view.mouse.move(*at_step(view, "Speedup", 25))
    view.locator(".strip b", has_text="step 25").wait_for()
    assert legend(view, "Correct")[0] == f"{steps[24]['correct']:.0%}".replace("%", " %")
    assert legend(view, "Speedup")[0].startswith(f"{steps[24]['speedup']:.2f}")
    assert view.locator("[data-panel='Reward'] .cursor circle").count() == 3
    view.mouse.move(5, 5)
    view.locator(".strip b", has_text=f"step {STEPS}").wait_for()


def test_from_a_step_one_gets_to_its_trajectories_and_back(
    visit: Visit, single: Path, trained: list[Run]
) -> None:
    view = visit(single)
    view.mouse.click(*at_step(view, "Correct", 7))
    view.locator(".ways a", has_text="trajectories").wait_for()
    assert "step=7" in view.url
    view.locator(".ways a", has_text="trajectories").click()
    own = Run.open(trained[0].path / "rollouts" / "step-000007").trajectories()
    view.locator("a.row").first.wait_for()
    assert view.locator("a.row").count() == len(own)
    assert "Trajectories of step 7" in view.locator(".top nav").inner_text()
    view.locator("a.row").first.click()
    view.locator(".turnhead").wait_for()
    again = visit(single, view.url[view.url.index("#") :])
    again.locator(".turnhead").wait_for()
    assert again.locator("h1").inner_text() == view.locator("h1").inner_text()
    view.keyboard.press("u")
    view.locator("a.row").first.wait_for()
    view.keyboard.press("u")
    view.locator(".strip b", has_text="step 7").wait_for()
    view.keyboard.press("Escape")
    view.locator(".ways a", has_text="step 61 under way").click()
    view.locator("a.row").first.wait_for()


def test_steps_are_reached_by_keys(visit: Visit, single: Path) -> None:
    view = visit(single)
    for _ in range(3):
        view.keyboard.press("ArrowLeft")
    assert view.locator(".strip b").inner_text() == f"step {STEPS - 3}"
    view.keyboard.press("ArrowRight")
    assert "step=58" in view.url
    view.keyboard.press("Escape")
    assert view.locator(".strip b").inner_text() == f"step {STEPS}"
    view.keyboard.press("Enter")
    view.locator("a.row").first.wait_for()
    assert "rollouts-60" in view.url


def test_a_link_to_a_step_without_trajectories_says_so(browser: Any, single: Path) -> None:
    view = browser.new_page()
    view.goto(single.as_uri() + "#in=good%3Arollouts-8")
    view.get_by_text("There are no trajectories of this step here.").wait_for()
    view.get_by_role("link", name="All steps").click()
    view.locator(".chart").first.wait_for()
    view.close()


def test_a_stretch_of_steps_is_looked_at_more_closely(visit: Visit, single: Path) -> None:
    view = visit(single)
    whole = paths(view, "Entropy")
    view.mouse.move(*at_step(view, "Correct", 20))
    view.mouse.down()
    view.mouse.move(*at_step(view, "Correct", 40), steps=4)
    view.locator("[data-panel='Lazy'] .band").wait_for()
    view.mouse.up()
    view.get_by_role("button", name="steps 20 – 40, show all").wait_for()
    assert paths(view, "Entropy") != whole
    view.get_by_role("button", name="show all").click()
    assert paths(view, "Entropy") == whole


def test_lines_are_smoothed_as_much_as_one_likes(visit: Visit, single: Path) -> None:
    view = visit(single)
    light = paths(view, "Lazy")
    assert len(paths(view, "Lazy", "raw")) == 1
    view.select_option("select[name=smooth]", "none")
    assert paths(view, "Lazy", "raw") == []
    assert paths(view, "Lazy") != light
    view.keyboard.press("Escape")
    view.locator("h1").click()
    view.keyboard.press("s")
    assert paths(view, "Lazy") == light


def test_smoothing_keeps_what_is_even_and_what_is_missing(visit: Visit, single: Path) -> None:
    smooth = "(values) => viewer.series.smooth(values, 3)"
    view = visit(single)
    even = view.evaluate(smooth, [2.0] * 5 + [None] + [2.0] * 4)
    assert even[5] is None
    assert [each for each in even if each is not None] == pytest.approx([2.0] * 9)
    bump = view.evaluate(smooth, [0.0] * 10 + [1.0] + [0.0] * 10)
    assert bump[10] == max(bump)
    assert bump[7] == pytest.approx(bump[13])
    assert 0 < bump[12] < bump[11] < bump[10] < 1


def test_a_line_of_many_steps_keeps_its_extremes_with_few_points(
    visit: Visit, single: Path
) -> None:
    view = visit(single)
    path = view.evaluate(
        "(values) => viewer.series.line("
        "values.map((_, at) => at), values, (at) => at / 100, (value) => value)",
        [50.0] * 20_000 + [99.0] + [50.0] * 20_000 + [1.0] + [50.0] * 9_998,
    )
    heights = [float(point.partition(",")[2]) for point in path[1:].split("L")]
    assert max(heights) == 99
    assert min(heights) == 1
    assert len(heights) < 2100


def test_ticks_are_round_and_within(visit: Visit, single: Path) -> None:
    view = visit(single)
    ticks = "([low, high]) => viewer.series.ticks(low, high, 4)"
    assert view.evaluate(ticks, [0, 1]) == pytest.approx([0, 0.5, 1])
    assert view.evaluate(ticks, [-0.03, 0.034]) == pytest.approx([-0.02, 0, 0.02])
    assert view.evaluate(ticks, [3, 3]) == [3]


def test_spikes_make_a_scale_logarithmic(visit: Visit, tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "rl", 0)
    norms = [1000.0 if number == 9 else 0.5 for number in range(1, 21)]
    append(run.path, ({"step": n, "gradient_norm": norm} for n, norm in enumerate(norms, 1)))
    view = visit(export([run], tmp_path / "site"))
    assert "log" in view.locator("[data-panel='Gradient norm'] figcaption").inner_text()


def test_validations_and_skipped_steps_are_marked(visit: Visit, single: Path) -> None:
    view = visit(single)
    assert view.locator("[data-panel='Correct'] .validated circle").count() == 2
    assert view.locator("[data-panel='Entropy'] .validated").count() == 0
    assert "validation" in view.locator("[data-panel='Correct'] .legend").inner_text()
    skipped = [step["step"] for step in rl_steps(STEPS, 80) if step["skipped"]]
    marks = view.locator("[data-panel='Loss'] .skipped").get_attribute("d")
    assert marks.count("M") == len(skipped) > 0
    again = visit(single, f"#step={skipped[0]}")
    assert "skipped: no trajectory was left" in again.locator(".ways").inner_text()
    view.locator(".ways a", has_text="validation after step 30").click()
    view.locator("a.row").first.wait_for()


def test_runs_are_drawn_over_each_other(visit: Visit, both: Path) -> None:
    view = visit(both)
    assert view.locator(".learner h1").all_inner_texts()[1].startswith("bad Qwen3-8B")
    assert view.locator(".differs dt").all_inner_texts() == ["rl.estimator"]
    assert len(paths(view, "Correct")) == 2
    assert len(paths(view, "Reward")) == 6
    tones = view.locator("[data-panel='Correct'] path.line").evaluate_all(
        "(paths) => paths.map((path) => getComputedStyle(path).stroke)"
    )
    assert tones[0] != tones[1]
    assert len(legend(view, "Entropy")) == 2
    view.mouse.move(*at_step(view, "Entropy", 10))
    view.locator(".strip b", has_text="step 10").wait_for()
    entropies = [
        list(course)[9]["entropy"] for course in (rl_steps(10, 80), rl_steps(10, 80, 3, 0.3))
    ]
    assert legend(view, "Entropy") == [f"{each:.2f}" for each in entropies]


def test_trainings_stand_beside_other_runs(
    visit: Visit, trained: list[Run], runs: list[Run], tmp_path: Path
) -> None:
    view = visit(export([trained[0], runs[0], runs[1]], tmp_path / "site"))
    assert view.locator("a.row").count() > 0
    view.get_by_role("link", name="Training").click()
    view.locator(".chart").first.wait_for()
    view.keyboard.press("g")
    view.keyboard.press("c")
    assert view.locator(".tile").count() == 4
    view.get_by_role("link", name="Trajectories").click()
    view.locator("a.row").first.wait_for()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_steps_are_shown_as_well(visit: Visit, tmp_path: Path, count: int) -> None:
    run = write_training(tmp_path / "run", "rl", count, 10, rollouts=(count + 1,))
    view = visit(export([run], tmp_path / "site"))
    text = view.locator("main").inner_text()
    if count == 0:
        assert "no step has been taken yet" in text
        assert view.locator(".chart").count() == 0
        view.get_by_role("link", name="Trajectories of step 1").click()
        view.locator("a.row").first.wait_for()
    else:
        assert f"step {count} of 10" in text
        assert view.locator("[data-panel='Reward'] circle").count() >= 3
        assert "NaN" not in view.locator(".curves").inner_html()


def test_new_steps_appear_and_resumed_ones_take_their_place(
    visit: Visit, serve: Serve, tmp_path: Path
) -> None:
    run = write_training(tmp_path / "run", "rl", 20, 40)
    lines = list(rl_steps(30, 40))
    view = visit(serve(run.path).url)
    assert "step 20 of 40" in view.locator(".progress").inner_text()
    before = paths(view, "Lazy")
    append(run.path, iter(lines[20:30]))
    view.locator(".progress", has_text="step 30 of 40").wait_for()
    assert paths(view, "Lazy") != before
    assert legend(view, "Correct")[0] == f"{lines[29]['correct']:.0%}".replace("%", " %")
    append(run.path, iter([lines[14] | {"correct": 0.99}]))
    view.locator(".progress", has_text="step 15 of 40").wait_for()
    assert legend(view, "Correct")[0] == "99 %"


def test_trajectories_of_a_step_under_way_appear(
    visit: Visit, serve: Serve, tmp_path: Path
) -> None:
    run = write_training(tmp_path / "run", "rl", 1, 4)
    view = visit(serve(run.path).url)
    assert "under way" not in view.locator(".ways").inner_text()
    folder = run.path / "rollouts" / "step-000002"
    write_training(tmp_path / "other", "rl", 0, rollouts=(2,))
    folder.parent.mkdir()
    (tmp_path / "other" / "rollouts" / "step-000002").rename(folder)
    view.locator(".ways a", has_text="step 2 under way").click()
    view.locator("a.row").first.wait_for()
    assert view.locator(".live").inner_text() == "live"


def test_curves_are_not_wider_than_a_telephone(visit: Visit, both: Path) -> None:
    view = visit(both)
    view.set_viewport_size({"width": 360, "height": 740})
    view.locator(".chart").first.wait_for()
    view.wait_for_function("document.documentElement.scrollWidth === 360")


def test_hostile_figures_stay_text(visit: Visit, tmp_path: Path) -> None:
    config = {"model": HOSTILE, "rl": {"estimator": HOSTILE, "steps": HOSTILE}}
    with Run.create(tmp_path / "<b>run & co", "rl", config) as run:
        line = next(rl_steps(1, 3)) | {"skipped": HOSTILE, "loss": HOSTILE, HOSTILE: 1.0}
        (run.path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    view = visit(export([run.path], tmp_path / "site"))
    text = view.locator("main").text_content()
    assert SEEN in view.locator(".ways").text_content()
    assert SEEN in view.locator(".changed").text_content()
    assert "\x1b" not in text
    assert "owned" not in view.title()
    assert view.locator("img").count() == 0


def test_five_thousand_steps_are_drawn_in_a_moment(visit: Visit, tmp_path: Path) -> None:
    run = write_training(tmp_path / "run", "rl", 5000)
    view = visit(export([run], tmp_path / "site"))
    assert view.locator(".chart").count() == 20
    points = view.evaluate(
        "Math.max(...[...document.querySelectorAll('.chart path')]"
        ".map((path) => path.getAttribute('d').split('L').length))"
    )
    width = view.locator(".chart svg[role]").first.bounding_box()["width"]
    assert points < 5 * width
