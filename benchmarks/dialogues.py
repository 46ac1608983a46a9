"""What holding many dialogues at once costs: turns per second, and memory of one that waits.

    python -m benchmarks.dialogues [--dialogues N] [--turns N] [--latency S] [--rounds N]

A stub endpoint in a process of its own answers every request after the latency; evaluations are
instant. The ideal is the throughput of as many bare HTTP loops against the same stub, measured in
turn with ours; 1 means that dialogues cost nothing. `limit` is dialogues ÷ latency.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import multiprocessing
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from kerneldojo.dialogue import Conductor, Dialogue, Rollout, Terms, hold
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.records import Problem
from kerneldojo.settings import DialogueSettings, StopRules
from tests.dialogue.talk import Judge, Script, code, problem
from tests.policies.stub import Stub

SETTINGS = DialogueSettings(stop=StopRules(repeats=None))


def _serve(latency_s: float, reply: str, channel: Connection) -> None:
    with Stub(reply=reply, latency_s=latency_s, piece=len(reply)).serve() as url:
        channel.send(url)
        channel.recv()


@contextlib.contextmanager
def stub(latency_s: float, reply: str) -> Iterator[str]:
    """Serve in another process, so that it does not share our interpreter's lock."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(latency_s, reply, there)
    )
    server.start()
    try:
        yield here.recv()
    finally:
        here.send("end")
        server.join()


async def bare(url: str, dialogues: int, turns: int, prompt: str) -> None:
    """Send the same number of requests with as little as possible around them."""
    body = {"model": "stub", "messages": [{"role": "user", "content": prompt}]}
    limits = httpx.Limits(max_connections=dialogues, max_keepalive_connections=dialogues)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def loop() -> None:
            for _ in range(turns):
                (await client.post(f"{url}/chat/completions", json=body)).raise_for_status()

        await asyncio.gather(*(loop() for _ in range(dialogues)))


def ours(url: str, problems: list[Problem], turns: int, *, stream: bool) -> None:
    policy = Endpoint(url, "stub", concurrency=len(problems), stream=stream)
    terms = Terms(policy, Judge(), SETTINGS)
    conductor = Conductor(Rollout(turns), terms, concurrency=len(problems))
    with tempfile.TemporaryDirectory() as folder:
        hold("collect", problems, conductor, Path(folder) / "run")


def throughput(dialogues: int, turns: int, latency_s: float, rounds: int) -> None:
    problems = [problem(f"suite/x/{number}") for number in range(dialogues)]
    prompt = Terms(Script(), Judge(), SETTINGS).question(problems[0])[0].content
    count = dialogues * turns
    found: dict[str, list[float]] = {"bare": [], "whole replies": [], "streamed": []}
    with stub(latency_s, code("correct", 1.5)) as url:
        for _ in range(rounds):
            for name, times in found.items():
                started = time.perf_counter()
                if name == "bare":
                    asyncio.run(bare(url, dialogues, turns, prompt))
                else:
                    ours(url, problems, turns, stream=name == "streamed")
                times.append(time.perf_counter() - started)
    print(f"{dialogues} dialogues × {turns} turns, {latency_s * 1e3:.0f} ms, n = {rounds}")
    print(f"{'limit':<16}{dialogues / latency_s:>8,.0f} turns/s")
    for name, times in found.items():
        ratios = sorted(base / one for base, one in zip(found["bare"], times, strict=True))
        print(
            f"{name:<16}{count / statistics.median(times):>8,.0f} turns/s"
            f"{statistics.median(ratios):>7.2f} of bare ({ratios[0]:.2f} – {ratios[-1]:.2f})",
            flush=True,
        )


def memory(count: int) -> None:
    """Measure dialogues that have taken a turn and wait for the policy."""

    async def waiting() -> float:
        never = asyncio.Event()

        class Silent(Script):
            async def complete(self, messages, sampling, **more):  # type: ignore[no-untyped-def]
                if len(messages) > 1:
                    await never.wait()
                return await super().complete(messages, sampling, **more)

        terms = Terms(Silent(*[code("correct", 1.5)] * count), Judge(), SETTINGS)
        terms.question(problem())  # what all dialogues share
        gc.collect()
        tracemalloc.start()
        dialogues = [Dialogue(problem(f"suite/x/{number}"), terms) for number in range(count)]
        tasks = [asyncio.create_task(Rollout(2).explore(one)) for one in dialogues]
        while any(len(one.turns) < 1 for one in dialogues):
            await asyncio.sleep(0)
        used = tracemalloc.get_traced_memory()[0]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return used / count

    print(f"{count} dialogues that wait: {asyncio.run(waiting()) / 1024:,.1f} KiB each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dialogues", type=int, default=64)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    memory(1000)
    throughput(given.dialogues, given.turns, given.latency, given.rounds)


if __name__ == "__main__":
    main()
