"""How quickly the viewer opens a large run, how smoothly it scrolls, and what it takes to serve it.

    python -m benchmarks.viewer [--trajectories N] [--turns N] [--tokens]

The run is made of records of real verdicts, repeated under other names; nothing is evaluated. Needs
playwright and a Chromium. With --tokens every turn also holds its token ids and log-probabilities.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import sync_playwright

from kerneldojo.records import Ending, Entry, Evaluation, Solution, TrajectoryRecord, TurnRecord
from kerneldojo.store import Run
from kerneldojo.viewer import Site
from tests.viewer.synthetic import write_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SCROLL = """async () => {
  const pane = document.querySelector(".rows");
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 240; frame += 1) {
    pane.scrollTop += 300;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""
WORK = """async () => {
  const pane = document.querySelector(".rows");
  const spent = [];
  for (let frame = 0; frame < 240; frame += 1) {
    const start = performance.now();
    pane.scrollTop -= 300;
    pane.dispatchEvent(new Event("scroll"));
    await Promise.resolve();
    await Promise.resolve();
    document.body.offsetHeight;
    spent.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return spent;
}"""


def write_many(path: Path, pattern: Run, trajectories: int, turns: int, *, tokens: bool) -> None:
    """Write a run of many trajectories, each a variation of one in the pattern."""
    lines = {
        name: (path / f"{name}.jsonl").open("w")
        for name in ("trajectories", "turns", "evaluations", "solutions", "entries", "endings")
    }
    models = [each for each in pattern.trajectories() if len(each.turns) >= turns and each.ending]
    for number in range(trajectories):
        model = models[number % len(models)]
        name = f"{number:016x}"
        beginning: TrajectoryRecord = model.record.model_copy(update={"id": name, "sample": number})
        lines["trajectories"].write(beginning.model_dump_json() + "\n")
        for turn in model.turns[:turns]:
            assert turn.solution is not None
            assert turn.evaluation is not None
            solution: Solution = turn.solution.model_copy(
                update={"source": f"# {name}\n{turn.solution.source}"}
            )
            evaluation: Evaluation = turn.evaluation.model_copy(
                update={"id": f"{name}{turn.number:016x}", "solution_digest": solution.digest}
            )
            changes: dict[str, Any] = {
                "trajectory": name,
                "evaluation_id": evaluation.id,
                "solution_digest": solution.digest,
            }
            record: TurnRecord = turn.record.model_copy(
                update=changes if tokens else changes | {"tokens": None}
            )
            entry = Entry(
                problem=beginning.problem,
                problem_digest=beginning.problem_digest,
                solution_digest=solution.digest,
                sample=number,
                turn=turn.number,
            )
            lines["solutions"].write(solution.model_dump_json() + "\n")
            lines["evaluations"].write(evaluation.model_dump_json() + "\n")
            lines["entries"].write(entry.model_dump_json() + "\n")
            lines["turns"].write(record.model_dump_json() + "\n")
        assert model.ending is not None
        ending: Ending = model.ending.model_copy(update={"trajectory": name})
        lines["endings"].write(ending.model_dump_json() + "\n")
    for file in lines.values():
        file.close()


def make(folder: Path, trajectories: int, turns: int, *, tokens: bool) -> Path:
    """Return the directory of a large run."""
    pattern = write_run(folder / "pattern", samples=6)
    path = folder / "run"
    with Run.create(path, "rollout", {}) as run:
        for problem in pattern.problems().values():
            run.add(problem)
    write_many(path, pattern, trajectories, turns, tokens=tokens)
    return path


def show(what: str, value: float, unit: str) -> None:
    print(f"{what:<52} {value:>10,.1f} {unit}", flush=True)


def measure_reading(path: Path) -> None:
    start = time.perf_counter()
    site = Site([path])
    for run in site.runs:
        run.refresh()
    read = time.perf_counter()
    index = site.index()
    made = time.perf_counter()
    site.data("data/0/0.js")
    first = time.perf_counter()
    site.data("data/0/1.js")
    second = time.perf_counter()
    show("read the run", (read - start) * 1e3, "ms")
    show("make the list", (made - read) * 1e3, "ms")
    show("size of the list", len(index) / 1e6, "MB")
    show("first trajectory in full (looks through solutions)", (first - made) * 1e3, "ms")
    show("another one", (second - first) * 1e3, "ms")
    start = time.perf_counter()
    for run in site.runs:
        run.refresh()
    show("look whether there is something new", (time.perf_counter() - start) * 1e3, "ms")


def measure_page(path: Path, browser: Any) -> None:
    command = [sys.executable, "-m", "kerneldojo", "view", str(path), "--port", "0"]
    start = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = server.stderr.readline().split()[0]
        listening = time.perf_counter()
        view = browser.new_page(viewport={"width": 1400, "height": 900})
        view.goto(url, wait_until="commit")
        view.wait_for_selector("html[data-ready]")
        painted = time.perf_counter()
        view.locator(".live", has_text="live").wait_for()
        whole = time.perf_counter()
        show("command to address", (listening - start) * 1e3, "ms")
        show("address to painted list", (painted - listening) * 1e3, "ms")
        show("command to painted list", (painted - start) * 1e3, "ms")
        show("address to everything read", (whole - listening) * 1e3, "ms")
        frames = sorted(view.evaluate(SCROLL))
        show("frame while scrolling, median", median(frames), "ms")
        show("frame while scrolling, 95 %", frames[int(len(frames) * 0.95)], "ms")
        show("frame while scrolling, longest", frames[-1], "ms")
        work = sorted(view.evaluate(WORK))
        show("work for one step of scrolling, median", median(work), "ms")
        show("work for one step of scrolling, 95 %", work[int(len(work) * 0.95)], "ms")
        start = time.perf_counter()
        view.locator("a.row").first.click()
        view.wait_for_selector(".turnhead")
        show("click to trajectory", (time.perf_counter() - start) * 1e3, "ms")
        start = time.perf_counter()
        view.keyboard.press("u")
        view.wait_for_selector("#search")
        view.fill("#search", "softmax hacked")
        view.locator("a.row").first.wait_for()
        show("back, search and list", (time.perf_counter() - start) * 1e3, "ms")
        show("memory of the server", psutil.Process(server.pid).memory_info().rss / 2**20, "MiB")
        server.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trajectories", type=int, default=5000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--tokens", action="store_true")
    asked = parser.parse_args()
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), asked.trajectories, asked.turns, tokens=asked.tokens)
        size = sum(file.stat().st_size for file in path.iterdir())
        print(f"{asked.trajectories:,} trajectories of {asked.turns} turns, {size / 1e6:.0f} MB\n")
        measure_reading(path)
        if found is None:
            print(f"none of {', '.join(NAMES)} is installed, so no page was opened")
            return
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            measure_page(path, browser)
            browser.close()


if __name__ == "__main__":
    main()
