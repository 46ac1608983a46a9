"""What holding many dialogues at once costs: turns per second, CPU time, memory of one that waits.

    python -m benchmarks.dialogues [--dialogues N] [--turns N] [--latency S] [--rounds N]

A server in a process of its own answers every request after the latency; evaluations are instant.
The ideal is the throughput of as many bare HTTP loops against the same server, measured in turn
with ours; 1 means that dialogues cost nothing. `limit` is dialogues ÷ latency. CPU time is that of
the process that holds the dialogues.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
from aiohttp import web

from kerneldojo.dialogue import Conductor, Dialogue, Rollout, Terms, context, dialogue, hold
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.records import Problem
from kerneldojo.settings import DialogueSettings, StopRules
from tests.dialogue.talk import Judge, Script, code, problem

SETTINGS = DialogueSettings(stop=StopRules(repeats=None))
PARTS: dict[str, tuple[Any, str]] = {
    "prompt": (context, "conversation"),
    "reading the reply": (dialogue, "parse_reply"),
    "judge of the benchmark": (Judge, "submit"),
    "feedback": (Dialogue, "_tell"),
    "record, feedback included": (Dialogue, "_record"),
    "writing": (Dialogue, "_write"),
}
"""What a turn does at a stretch; the rest is the policy and the event loop."""


@dataclass
class Cost:
    """What rounds of one kind took."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def _answers(reply: str) -> tuple[bytes, bytes]:
    """Return what the server says: as a whole, and as a stream."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    end = {"index": 0, "finish_reason": "stop"}
    whole = {"model": "m", "choices": [end | {"message": {"content": reply}}], "usage": usage}
    events: list[object] = [
        {"model": "m", "choices": [{"index": 0, "delta": {"content": reply}}]},
        {"model": "m", "choices": [end | {"delta": {}}]},
        {"model": "m", "choices": [], "usage": usage},
    ]
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return json.dumps(whole).encode(), stream.encode()


def _serve(latency_s: float, reply: str, channel: Connection) -> None:
    whole, stream = _answers(reply)

    async def answer(request: web.BaseRequest) -> web.Response:
        streamed = b'"stream": true' in await request.read()
        await asyncio.sleep(latency_s)
        if streamed:
            return web.Response(body=stream, content_type="text/event-stream")
        return web.Response(body=whole, content_type="application/json")

    async def run() -> None:
        # with the protocol named, asyncio switches Nagle's algorithm off
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        server = await asyncio.get_running_loop().create_server(
            web.Server(answer), sock=listener, backlog=1024
        )
        channel.send(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        await asyncio.to_thread(channel.recv)
        server.close()

    asyncio.run(run())


@contextlib.contextmanager
def server(latency_s: float, reply: str) -> Iterator[str]:
    """Serve in another process, so that it does not share our interpreter's lock."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(latency_s, reply, there)
    )
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("end")
        process.join(5)
        process.terminate()


async def bare(url: str, dialogues: int, turns: int, prompt: str) -> None:
    """Send the same number of requests with as little as possible around them."""
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def loop() -> None:
            for _ in range(turns):
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    await response.json()

        await asyncio.gather(*(loop() for _ in range(dialogues)))


def ours(url: str, problems: list[Problem], turns: int, *, stream: bool) -> None:
    policy = Endpoint(url, "m", concurrency=len(problems), stream=stream)
    terms = Terms(policy, Judge(), SETTINGS)
    conductor = Conductor(Rollout(turns), terms, concurrency=len(problems))
    with tempfile.TemporaryDirectory() as folder:
        hold("collect", problems, conductor, Path(folder) / "run")


def throughput(dialogues: int, turns: int, latency_s: float, rounds: int) -> None:
    problems = [problem(f"suite/x/{number}") for number in range(dialogues)]
    prompt = Terms(Script(), Judge(), SETTINGS).question(problems[0])[0].content
    count = dialogues * turns
    with server(latency_s, code("correct", 1.5)) as url:
        ways: dict[str, Callable[[], None]] = {
            "bare": lambda: asyncio.run(bare(url, dialogues, turns, prompt)),
            "whole replies": lambda: ours(url, problems, turns, stream=False),
            "streamed": lambda: ours(url, problems, turns, stream=True),
        }
        found = {name: Cost() for name in ways}
        ours(url, problems[:2], 1, stream=True)  # what is imported and compiled once
        for _ in range(rounds):
            for name, way in ways.items():
                wall, cpu = time.perf_counter(), time.process_time()
                way()
                found[name].wall_s.append(time.perf_counter() - wall)
                found[name].cpu_s.append(time.process_time() - cpu)
        spent = parts(ways["whole replies"])
    print(f"{dialogues} dialogues × {turns} turns, {latency_s * 1e3:.0f} ms, n = {rounds}")
    print(f"{'limit':<16}{dialogues / latency_s:>8,.0f} turns/s")
    for name, cost in found.items():
        pairs = zip(found["bare"].wall_s, cost.wall_s, strict=True)
        ratios = sorted(base / one for base, one in pairs)
        each = sorted(1e3 * seconds / count for seconds in cost.cpu_s)
        print(
            f"{name:<16}{count / statistics.median(cost.wall_s):>8,.0f} turns/s"
            f"{statistics.median(ratios):>7.2f} of bare ({ratios[0]:.2f} – {ratios[-1]:.2f})"
            f"{statistics.median(each):>8.2f} ms of CPU a turn ({each[0]:.2f} – {each[-1]:.2f})"
        )
    print("ms of CPU a turn, by part, whole replies:")
    for name, seconds in spent.items():
        print(f"  {name:<26}{1e3 * seconds / count:>7.3f}", flush=True)


def parts(way: Callable[[], None]) -> dict[str, float]:
    """Return the CPU seconds that each part of the turns takes."""
    spent = dict.fromkeys(PARTS, 0.0)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            started = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                spent[name] += time.thread_time() - started

        return call

    with contextlib.ExitStack() as stack:
        for name, (place, function) in PARTS.items():
            wrapper = timed(name, getattr(place, function))
            stack.enter_context(patch.object(place, function, wrapper))
        started = time.process_time()
        way()
        whole = time.process_time() - started
    told_twice = spent["feedback"]
    return spent | {"policy and event loop": whole - sum(spent.values()) + told_twice}


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
