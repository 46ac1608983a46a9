from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.records import End, Entry, Message
from kerneldojo.store import Run
from kerneldojo.viewer import Server, export
from tests.viewer.synthetic import Author, judged, problem, write_bench, write_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
    "\"'&\x1b[31mred\u202eesrever\u2066\u200b\x07`${document.title='owned'}`"
)
SEEN = "␛[31mred⟨U+202E⟩esrever⟨U+2066⟩⟨U+200B⟩␇"
"""How the characters of `HOSTILE` that must not act are shown."""


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two runs of dialogues, the second one faster, and answers without any."""
    folder = tmp_path_factory.mktemp("runs")
    return [
        write_run(folder / "base", seed=1, skill=0.7),
        write_run(folder / "tuned", seed=2, skill=1.6),
        write_bench(folder / "files"),
    ]


@pytest.fixture(scope="session")
def page(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three runs as a folder."""
    return export(runs, tmp_path_factory.mktemp("site") / "page")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that shows a run in which every text tries to break out of the page."""
    path = tmp_path_factory.mktemp("hostile") / "<b>run & co"
    name = next(iter(judged()))
    with Run.create(path, "rollout", {}) as run:
        author = Author(run)
        record = author.begin(name)
        wicked = record.model_copy(
            update={
                "id": HOSTILE,
                "sample": 1,
                "strategy": HOSTILE,
                "policy": HOSTILE,
                "question": (Message(role="user", content=HOSTILE),),
            }
        )
        run.add(wicked)
        turn = author.turn(
            wicked,
            0,
            1.0,
            place=HOSTILE,
            reply=f"{HOSTILE}\n```python\n{HOSTILE}\n```\n{'long ' * 100_000}",
            thinking=HOSTILE,
            feedback=f"```\n{HOSTILE}\n```",
            model=HOSTILE,
        )
        author.end(wicked, End.GOAL, [turn])
        solution = judged()[name][0].solution.model_copy(
            update={"source": f"{HOSTILE}\nx = '{'y' * 300_000}'\n"}
        )
        evaluation = judged()[name][0].evaluation.model_copy(
            update={"id": HOSTILE, "solution_digest": solution.digest, "log": HOSTILE}
        )
        run.add(solution)
        run.add(evaluation)
        author.turn(
            wicked, 1, 0.0, solution_digest=solution.digest, evaluation_id=HOSTILE, parent=0
        )
    return export([path], tmp_path_factory.mktemp("site") / "hostile")


@pytest.fixture(scope="module")  # its event loop runs until it is closed, and bars all others
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open an address; at the end nothing may have been complained about or asked of others."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")

    def open_page(address: Path | str, fragment: str = "") -> Any:
        base = address.as_uri() if isinstance(address, Path) else address
        own = base.partition("?")[0].removesuffix("index.html")
        view = context.new_page()
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.on(
            "request",
            lambda request: (
                None if request.url.startswith((own, "data:")) else complaints.append(request.url)
            ),
        )
        view.goto(base + fragment)
        view.locator("html[data-ready]").wait_for(state="attached")
        return view

    yield open_page
    context.close()
    assert complaints == []


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers; they are closed at the end."""
    started: list[tuple[Server, threading.Thread]] = []

    def start(*paths: Path, **options: Any) -> Server:
        server = Server(paths, port=0, **options)
        thread = threading.Thread(target=server.run)
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.close()
        thread.join(timeout=20)
        assert not thread.is_alive()


def ask(run: Run, name: str, sample: int) -> tuple[str, str]:
    """Write a question and its solution without a verdict; return the pair's digests."""
    asked, known = problem(name), judged()[name][sample]
    run.add(asked)
    run.add(known.solution)
    run.add(
        Entry(
            problem=name,
            problem_digest=asked.digest,
            solution_digest=known.solution.digest,
            origin=f"answers/{sample}.py",
            sample=sample,
        )
    )
    return asked.digest, known.solution.digest
