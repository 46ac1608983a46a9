"""Runs that look like real ones, made in a moment: for tests, screenshots and the benchmark."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kerneldojo.records import (
    Correctness,
    Costs,
    Entry,
    Environment,
    ErrorInfo,
    Evaluation,
    Finding,
    FindingKind,
    KernelUse,
    Language,
    Latency,
    Mismatch,
    OperatorUse,
    Problem,
    ProblemMetadata,
    Profile,
    Severity,
    Solution,
    Status,
    Timing,
    Trial,
)
from kerneldojo.store import Run

FAMILIES = ("fused", "norm", "softmax", "reduction", "matmul", "attention", "elementwise")
START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ENVIRONMENT = Environment(
    target="cpu",
    device="AMD EPYC",
    isolation="namespaces",
    python="3.11.9",
    torch="2.13.0+cpu",
    triton="3.9.0",
    kerneldojo="0.1.0",
    platform="Linux-6.8-x86_64",
    threads=2,
)
SOURCE = '''\
"""Answer {number}: {adjective} attempt at {problem}."""
import torch
import triton
import triton.language as tl


@triton.jit
def {kernel}(x_ptr, out_ptr, n_elements, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n_elements
    x = tl.load(x_ptr + offsets, mask=mask)
    # {comment}
    y = {factor} * x * (1.0 + tl.erf(x * 0.70710678))
    tl.store(out_ptr + offsets, y, mask=mask)


class ModelNew(torch.nn.Module):
    def forward(self, x):
        out = torch.empty_like(x)
        grid = (triton.cdiv(x.numel(), {block}),)
        {kernel}[grid](x, out, x.numel(), BLOCK={block})
        return out
'''
WORDS = "warp tile row block lane cache stride halo sweep fold merge chunk panel wave band".split()
STAGES = ("static check", "build", "reference", "verification", "timing", "profile")


@dataclass(frozen=True)
class Skill:
    """How good the author of a synthetic run is."""

    correct: float = 0.5
    hacked: float = 0.05
    speed: float = 0.2
    """Mean of log2(speedup)."""


def write_run(
    path: Path, problems: int, samples: int, skill: Skill | None = None, seed: int = 0
) -> Run:
    """Write a run of `problems` × `samples` evaluations and return it, open for reading."""
    skill = skill or Skill()
    draw = random.Random(f"{seed}/{skill}")
    config = {
        "problems": ["suite"],
        "samples": samples,
        "evaluation": {"target": "cpu", "timing": {"budget_s": 1.0 + seed, "enabled": True}},
        "solutions": path.name,
    }
    with Run.create(path, "bench", config) as run:
        for number in range(problems):
            problem = make_problem(number)
            run.add(problem)
            for sample in range(samples):
                solution = make_solution(problem, sample, draw)
                run.add(solution)
                run.add(
                    Entry(
                        problem=problem.name,
                        problem_digest=problem.digest,
                        solution_digest=solution.digest,
                        origin=solution.origin,
                        sample=sample,
                    )
                )
                status = draw_status(skill, draw)
                run.add(make_evaluation(problem, solution, status, draw, skill.speed))
    return Run.open(path)


def make_problem(number: int) -> Problem:
    family = FAMILIES[number % len(FAMILIES)]
    word = WORDS[number % len(WORDS)]
    return Problem(
        name=f"suite/{family}/{word}_{number}",
        source=f"import torch\n\nSIZE = {64 + number}\n\n\nclass Model(torch.nn.Module):\n"
        "    def forward(self, x):\n        return torch.nn.functional.gelu(x)\n",
        metadata=ProblemMetadata(
            level=1 + number % 3, description=f"{word} over {64 + number} columns"
        ),
    )


def make_solution(problem: Problem, sample: int, draw: random.Random) -> Solution:
    source = SOURCE.format(
        number=sample,
        adjective=draw.choice(("first", "careful", "daring", "tiled", "blocked")),
        problem=problem.name,
        kernel=f"{draw.choice(WORDS)}_{draw.choice(WORDS)}_kernel",
        comment=" ".join(draw.choices(WORDS, k=30)),
        factor=round(draw.random(), 6),
        block=draw.choice((128, 256, 512, 1024)),
    )
    return Solution(
        source=source, language=Language.TRITON, origin=f"answers/{problem.name}/{sample}.py"
    )


def draw_status(skill: Skill, draw: random.Random) -> Status:
    if draw.random() < skill.correct:
        return Status.CORRECT
    if draw.random() < skill.hacked / (1 - skill.correct):
        return Status.HACKED
    return draw.choices(
        [
            Status.WRONG_VALUE,
            Status.COMPILE_ERROR,
            Status.RUNTIME_ERROR,
            Status.WRONG_SHAPE,
            Status.INVALID_SOLUTION,
            Status.TIMEOUT,
            Status.NONDETERMINISTIC,
            Status.OUT_OF_MEMORY,
            Status.EVALUATION_FAILED,
        ],
        weights=[8, 7, 5, 2, 2, 2, 1, 1, 0.5],
    )[0]


def make_evaluation(
    problem: Problem, solution: Solution, status: Status, draw: random.Random, speed: float = 0.2
) -> Evaluation:
    """Return a consistent record of a given status."""
    stages = {name: round(draw.lognormvariate(-1, 1), 4) for name in STAGES}
    facts: dict[str, object] = {}
    if status is Status.CORRECT:
        coverage = min(1.0, max(0.02, draw.betavariate(6, 1.4)))
        facts = {
            "correctness": correctness(draw, passed=True),
            "timing": timing(draw, speed + coverage - 0.8),
            "profile": profile(draw, coverage),
        }
        if coverage < 0.5:
            facts["findings"] = (
                Finding(
                    kind=FindingKind.LOW_COVERAGE,
                    severity=Severity.WARNING,
                    evidence=f"{coverage:.0%} of the time is spent in own kernels",
                ),
            )
    elif status is Status.HACKED:
        kind = draw.choice(
            (FindingKind.LIBRARY_ANSWER, FindingKind.REPLAY, FindingKind.DECOY_KERNEL)
        )
        evidence = "the answer already stood in operator gelu, which no own kernel had computed"
        facts["findings"] = (
            Finding(kind=kind, severity=Severity.FATAL, evidence=evidence, where="line 22"),
        )
    elif status in (Status.WRONG_VALUE, Status.NONDETERMINISTIC):
        facts["correctness"] = correctness(draw, passed=False)
    else:
        facts["error"] = ErrorInfo(
            type="CompilationError" if status is Status.COMPILE_ERROR else "RuntimeError",
            message=f"at {draw.randint(8, 16)}:1: {' '.join(draw.choices(WORDS, k=8))}",
            traceback="solution.py, line 24, in forward\n    kernel[grid](x, out, x.numel())",
        )
    return Evaluation(
        id=f"{draw.getrandbits(128):032x}",
        problem=problem.name,
        problem_digest=problem.digest,
        solution_digest=solution.digest,
        language=solution.language,
        status=status,
        environment=ENVIRONMENT,
        costs=Costs(stages=stages),
        created_at=START + timedelta(seconds=draw.randint(0, 9000)),
        **facts,  # type: ignore[arg-type]
    )


def correctness(draw: random.Random, *, passed: bool) -> Correctness:
    trials = tuple(
        Trial(
            name=f"base/{kind}#{index}",
            passed=passed or index > 0,
            error_ratio=draw.random() * 0.4 if passed or index else 8 * (1 + draw.random()),
        )
        for index, kind in enumerate(("default", "scaled", "offset", "sparse") * 3)
    )
    wrong = Mismatch(
        output="output",
        index=(draw.randint(0, 63), draw.randint(0, 511)),
        expected=draw.gauss(0, 1),
        actual=draw.gauss(0, 1),
        allowed=1e-5,
        wrong_elements=draw.randint(1, 32768),
        total_elements=32768,
    )
    return Correctness(
        policy="calibrated",
        trials=trials,
        mismatch=None if passed else wrong,
        seed=f"{draw.getrandbits(64):016x}",
    )


def timing(draw: random.Random, speed: float) -> Timing:
    speedup = 2.0 ** draw.gauss(speed, 0.9)
    spread = 1 + abs(draw.gauss(0, 0.08))
    reference = draw.lognormvariate(0.5, 1)

    def latency(median: float) -> Latency:
        return Latency(
            median_ms=median, low_ms=median * 0.96, high_ms=median * 1.05, calls=draw.randint(9, 60)
        )

    return Timing(
        reference=latency(reference),
        solution=latency(reference / speedup),
        speedup=speedup,
        speedup_low=speedup / spread,
        speedup_high=speedup * spread,
        workload="base",
        floor_ms=reference / speedup / 4,
        speed_of_light=0.25,
        clock="perf_counter of the referee",
    )


def profile(draw: random.Random, coverage: float) -> Profile:
    return Profile(
        coverage=coverage,
        kernels=(
            KernelUse(
                name=f"{draw.choice(WORDS)}_kernel",
                launches_per_call=1,
                share=coverage,
                time_ms=0.4,
            ),
        ),
        operators=(OperatorUse(name="empty_like", calls_per_call=1, share=1 - coverage),),
        peak_memory_bytes=draw.randint(10**8, 10**9),
        samples=draw.randint(200, 900),
        source="program-counter samples",
        bottleneck=f"{coverage:.0%} of the time is spent in own kernels.",
    )
