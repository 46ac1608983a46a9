"""The page as a reader has it: in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerneldojo.records import End, Ending
from kerneldojo.store import Run
from kerneldojo.viewer import Server, export
from tests.viewer.conftest import HOSTILE, SEEN, ask
from tests.viewer.synthetic import Author, judged, write_run

Visit = Callable[..., Any]
Serve = Callable[..., Server]
NAME = next(iter(judged()))
SEARCHED = "#view=trajectory&at=base:12"


def keys(view: Any) -> list[str]:
    found: list[str] = view.evaluate(
        "() => [...document.querySelectorAll('a.row')]"
        ".sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)"
        ".map((row) => row.dataset.key)"
    )
    return found


def count(view: Any) -> int:
    text: str = view.locator(".facts li").first.inner_text()
    return int(text.split()[0].replace(",", ""))


def test_the_list_filters(visit: Visit, page: Path, runs: list[Run]) -> None:
    view = visit(page)
    dialogues = [each for run in runs[:2] for each in run.trajectories()]
    assert count(view) == len(dialogues) + len(runs[2].entries())
    view.select_option("select[name=run]", "tuned")
    assert count(view) == len(runs[1].trajectories())
    view.select_option("select[name=problem]", NAME)
    assert count(view) == sum(each.problem.name == NAME for each in runs[1].trajectories())
    view.get_by_role("button", name="clear").click()
    view.select_option("select[name=status]", "HACKED")
    view.select_option("select[name=of]", "any")
    hacked = [
        each
        for each in dialogues
        if any(turn.evaluation and turn.evaluation.status == "HACKED" for turn in each.turns)
    ]
    assert count(view) == len(hacked) + sum(
        each.evaluation.status == "HACKED" for group in judged().values() for each in group
    )
    view.get_by_role("button", name="clear").click()
    view.select_option("select[name=run]", "base")
    view.check("input[name=finished]")
    assert count(view) == sum(each.ending is not None for each in runs[0].trajectories())
    view.uncheck("input[name=finished]")
    view.fill("input[name=least]", "1.5")
    fast = [
        each for each in runs[0].trajectories() if each.best and (each.best.speedup or 0) >= 1.5
    ]
    assert count(view) == len(fast)
    view.fill("input[name=least]", "")
    view.fill("#search", "beam gelu")
    assert keys(view) == ["0/12"]
    view.fill("#search", "nothing is like this")
    assert "No trajectory is like this" in view.locator(".rows").inner_text()


def test_the_list_sorts(visit: Visit, page: Path, runs: list[Run]) -> None:
    view = visit(page, "#run=base")
    view.get_by_role("button", name="best").click()
    found = runs[0].trajectories()
    speeds = [found[int(key.partition("/")[2])].best for key in keys(view)]
    values = [turn.speedup or 0 if turn else -1 for turn in speeds]
    assert values == sorted(values, reverse=True)
    assert "sort=best.down" in view.url
    view.get_by_role("button", name="best").click()
    assert keys(view)[-1] == "0/" + str(
        max(range(len(found)), key=lambda n: (found[n].best.speedup or 0) if found[n].best else -1)
    )
    view.get_by_role("button", name="best").click()
    assert "sort" not in view.url


def test_a_winner_is_as_fast_as_it_was_when_judged_anew(visit: Visit, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "search", {}) as run:
        author = Author(run)
        found = author.rollout(NAME, 0, finished=False)
        (trajectory,) = run.trajectories()
        champion = trajectory.turns[0]
        right = next(each for each in judged()[NAME] if each.evaluation.status == "CORRECT")
        assert right.evaluation.timing is not None and champion.solution is not None
        again = author.varied(right.evaluation, champion.solution)
        timing = right.evaluation.timing.model_copy(update={"speedup": 1.23})
        again = again.model_copy(update={"timing": timing})
        run.add(again)
        run.add(Ending(trajectory=found, end=End.TURNS, winner=0, verification=again.id))
    view = visit(export([tmp_path / "run"], tmp_path / "site"))
    assert "1.23×" in view.locator("a.row .c-best").inner_text()


def test_a_link_leads_to_the_same_view(visit: Visit, page: Path) -> None:
    view = visit(page, "#run=base&q=beam")
    view.locator("a.row").click()
    view.get_by_role("tab", name="Source").click()
    view.locator("aside .turns button").nth(4).click()
    view.locator("aside .turns button").nth(2).click(modifiers=["Shift"])
    shown = view.locator("main").inner_text()
    assert view.locator(".column").count() == 2
    again = visit(page, view.url[view.url.index("#") :])
    again.locator(".column .code").nth(1).wait_for()
    assert again.locator("main").inner_text() == shown
    view.go_back()
    assert view.locator("a.row").count() == 1
    assert view.locator("#search").input_value() == "beam"


def test_a_link_to_what_is_not_there_says_so(visit: Visit, page: Path) -> None:
    view = visit(page, "#view=trajectory&at=base:999")
    assert "There is no such trajectory" in view.locator("main").inner_text()
    view.get_by_role("link", name="All trajectories").click()
    assert view.locator("a.row").count() > 5


def test_the_keyboard_leads_everywhere(visit: Visit, page: Path) -> None:
    view = visit(page)
    view.keyboard.press("j")
    view.keyboard.press("j")
    view.keyboard.press("k")
    view.keyboard.press("j")
    assert view.locator("a.row.cursor").get_attribute("data-key") == "0/1"
    view.keyboard.press("Enter")
    view.locator(".turnhead").wait_for()
    assert "at=base%3A1" in view.url
    view.keyboard.press("k")
    view.keyboard.press("k")
    view.keyboard.press("k")
    chosen = view.locator(".turns .chosen .number")
    assert chosen.inner_text() == "1"
    view.keyboard.press("j")
    assert chosen.inner_text() == "2"
    view.keyboard.press("d")
    assert view.get_by_role("tab", name="Diff").get_attribute("aria-selected") == "true"
    view.keyboard.press("2")
    assert view.get_by_role("tab", name="Source").get_attribute("aria-selected") == "true"
    view.keyboard.press("]")
    assert view.locator(".turns .other .number").inner_text() == "3"
    view.keyboard.press("[")
    view.keyboard.press("[")
    assert view.locator(".turns .other .number").inner_text() == "1"
    view.keyboard.press("c")
    assert view.locator(".column").count() == 1
    view.keyboard.press("J")
    view.locator("h1", has_text="bias_gelu").wait_for()
    assert "at=base%3A2" in view.url
    view.keyboard.press("?")
    assert "beside" in view.get_by_role("dialog").inner_text()
    view.keyboard.press("Escape")
    assert view.get_by_role("dialog").count() == 0
    view.keyboard.press("u")
    assert view.locator("a.row.cursor").get_attribute("data-key") == "0/2"
    view.keyboard.press("/")
    view.keyboard.type("beam")
    assert len(keys(view)) == 2
    view.keyboard.press("Escape")
    view.keyboard.press("g")
    view.keyboard.press("c")
    assert "view=compare" in view.url


def test_a_turn_shows_what_was_sent_said_judged_and_told(
    visit: Visit, page: Path, runs: list[Run]
) -> None:
    trajectory = next(each for each in runs[0].trajectories() if len(each.turns) == 5)
    number = runs[0].trajectories().index(trajectory)
    turn = trajectory.turns[3]
    assert turn.evaluation is not None
    view = visit(page, f"#view=trajectory&at=base:{number}&turn=4")
    text = view.locator(".column").inner_text()
    assert turn.evaluation.status in text
    assert turn.record.feedback.splitlines()[0] in text
    assert f"evaluation {turn.evaluation.id}" in text
    view.get_by_role("tab", name="Reply").click()
    assert "This should be faster." in view.locator(".column").inner_text()
    thinking = view.locator(".thinking")
    assert not thinking.locator(".said").is_visible()
    thinking.locator("summary").click()
    assert "Let me think" in thinking.inner_text()
    view.get_by_role("tab", name="Prompt").click()
    messages = view.locator(".message")
    assert messages.count() == 2 + 2 * len(turn.record.context)
    assert "Write a faster kernel" in messages.nth(1).text_content()
    assert trajectory.turns[2].record.feedback.splitlines()[0] in messages.last.inner_text()
    assert "without its thinking" in messages.nth(2).inner_text()
    view.get_by_role("tab", name="Tokens").click()
    assert f"{turn.record.usage.completion_tokens:,} tokens" in view.locator(".card").inner_text()
    assert "perplexity" in view.locator(".card").inner_text()


def test_findings_errors_and_kernels_stand_at_their_lines(
    visit: Visit, page: Path, runs: list[Run]
) -> None:
    seen = set()
    for number in range(len(runs[2].entries())):
        view = visit(page, f"#view=trajectory&at=files:{number}&tab=source")
        view.locator(".code").wait_for()
        for line in view.locator(".code .marked").all():
            seen.add(line.get_attribute("class").rpartition("m-")[2])
            assert line.locator(".note b").first.inner_text()
        for notice in view.locator(".turnbody .notice.s-hacked b").all():
            seen.add(notice.inner_text())
        view.close()
    assert {"error", "kernel", "warning", "library_answer"} <= seen


def test_the_differences_are_those_from_the_parent(visit: Visit, page: Path) -> None:
    view = visit(page, SEARCHED + "&turn=9&tab=diff")
    basis = view.locator(".basis select")
    assert "(parent)" in basis.locator("option:checked").inner_text()
    added = view.locator(".diff .added").all_inner_texts()
    assert any("# turn 8 of" in line for line in added)
    view.locator("aside .turns button").nth(3).click(modifiers=["Shift"])
    assert basis.input_value() == "4"
    assert view.locator(".column").count() == 1
    basis.select_option("reference")
    view.locator(".diff .removed", has_text="class Model").first.wait_for()
    assert "from=reference" in view.url


def test_a_tree_of_turns_is_drawn_and_leads_to_them(visit: Visit, page: Path) -> None:
    view = visit(page, SEARCHED + "&turn=1")
    nodes = view.locator(".tree .node")
    assert nodes.count() == 16
    nodes.nth(6).click()
    assert view.locator(".turns .chosen").count() == 1
    chosen = view.locator(".turns .chosen .number").inner_text()
    assert chosen == view.locator(".tree .chosen .number").text_content()
    view.locator(".course circle").nth(2).click(force=True)
    assert view.locator(".turns .chosen .number").inner_text() == "3"
    plain = visit(page, "#view=trajectory&at=base:0")
    plain.locator(".turnhead").wait_for()
    assert plain.locator(".tree").count() == 0


def test_runs_are_compared(visit: Visit, page: Path, runs: list[Run]) -> None:
    view = visit(page, "#view=compare")
    wins = 0
    for name in judged():
        best = [
            max(
                (
                    each.best
                    for each in run.trajectories()
                    if each.problem.name == name and each.best
                ),
                key=lambda turn: turn.speedup or 0,
            )
            for run in runs[:2]
        ]
        a, b = (turn.evaluation.timing for turn in best if turn.evaluation)
        assert a is not None
        assert b is not None
        wins += b.speedup_low > a.speedup_high
        row = view.locator("table.duel tbody tr", has_text=name.rpartition("/")[2])
        assert f"{b.speedup:.2f}×" in row.inner_text()
    assert wins > 0
    assert view.locator(".tile .value").nth(2).inner_text() == str(wins)
    cell = view.locator(".matrix button").first
    assert cell.inner_text() == "3"
    view.select_option("select[name=measure]", "last")
    assert "measure=last" in view.url
    view.locator("table.duel tbody a").first.click()
    assert view.locator("select[name=problem]").input_value() != ""


def test_the_theme_toggles_and_is_remembered(visit: Visit, page: Path) -> None:
    view = visit(page)

    def paper() -> str:
        colour: str = view.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = paper()
    view.keyboard.press("t")
    assert paper() != light
    view.reload()
    view.locator("html[data-ready]").wait_for(state="attached")
    assert paper() != light


def test_nothing_is_wider_than_a_telephone(visit: Visit, page: Path) -> None:
    for fragment in ("", SEARCHED, SEARCHED + "&with=2&tab=source", "#view=compare"):
        view = visit(page, fragment)
        view.set_viewport_size({"width": 360, "height": 740})
        assert view.evaluate("document.documentElement.scrollWidth") == 360, fragment


def test_hostile_text_stays_text(visit: Visit, hostile: Path) -> None:
    view = visit(hostile)
    assert HOSTILE[:20] in view.locator("a.row").nth(1).inner_text()
    view.locator("a.row").nth(1).click()
    view.locator("aside .turns button").first.click()
    for tab in ("Verdict", "Source", "Diff", "Reply", "Prompt", "Tokens"):
        view.get_by_role("tab", name=tab).click()
        for details in view.locator("details:not([open]) > summary").all():
            details.click()
        for turn in view.locator("aside .turns button").all():
            turn.click()
            assert view.locator("img").count() == 0
            assert view.locator("body script").count() == 0
            assert "owned" not in view.title()
            text = view.locator("main").text_content()
            assert "\x1b" not in text
            assert "\u202e" not in text
    view.get_by_role("tab", name="Reply").click()
    view.locator("aside .turns button").first.click()
    assert SEEN in view.locator("main").text_content()
    assert "more characters in this line" in view.locator("main").text_content()
    view.get_by_role("tab", name="Source").click()
    view.locator("aside .turns button").nth(1).click()
    source = view.locator(".column .code").text_content()
    assert "cut here" in source
    assert len(source) < 10_000


def test_new_turns_appear_and_the_place_is_kept(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "rollout", {}) as run:
        author = Author(run)
        records = [author.begin(NAME, sample) for sample in range(60)]
        server = serve(run.path)
        view = visit(server.url)
        assert view.locator(".live").inner_text() == "live"
        pane = view.locator(".rows")
        pane.evaluate("(pane) => { pane.scrollTop = 1500; }")
        turn = author.turn(records[32], 0, 1.0)
        row = view.locator("a.row[data-key='0/32']")
        row.locator("rect").wait_for(state="attached")
        assert pane.evaluate("(pane) => pane.scrollTop") == 1500
        row.click()
        view.get_by_role("tab", name="Source").click()
        view.locator(".code").wait_for()
        author.turn(records[32], 1, 0.9, parent=0, context=(0,))
        view.locator(".turns button").nth(1).wait_for()
        assert view.get_by_role("tab", name="Source").get_attribute("aria-selected") == "true"
        author.end(records[32], End.GOAL, [turn])
        view.locator(".thead", has_text="goal reached").wait_for()
        view.keyboard.press("u")
        assert pane.evaluate("(pane) => pane.scrollTop") == 1500
        author.begin(NAME, 60)
        view.locator(".facts", has_text="61 trajectories").wait_for()


def test_answers_appear_as_they_are_judged(visit: Visit, serve: Serve, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "bench", {}) as run:
        ask(run, NAME, 0)
        view = visit(serve(run.path).url)
        assert "not judged yet" in view.locator("a.row").inner_text()
        run.add(judged()[NAME][0].evaluation)
        view.locator("a.row", has_not_text="not judged yet").wait_for()


def test_a_lost_server_is_noticed(browser: Any, serve: Serve, tmp_path: Path) -> None:
    server = serve(write_run(tmp_path / "run", samples=1).path, token="secret")
    view = browser.new_page()
    view.goto(server.url)
    view.locator(".live", has_text="live").wait_for()
    assert "token" not in view.url
    server.close()
    view.locator(".live", has_text="connection lost").wait_for()
    assert view.locator("a.row").count() > 0
    view.close()
