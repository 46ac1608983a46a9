"""Made-up verdicts, one of every shape a card has to show."""

from __future__ import annotations

from typing import Any

from kerneldojo.records import (
    Correctness,
    Costs,
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
    Profile,
    Severity,
    Solution,
    Status,
    Timing,
    Trial,
)

SOLUTION = Solution(
    source="import torch\n\n\nclass ModelNew(torch.nn.Module):\n    def forward(self, x):\n"
    "        return torch.softmax(x, -1)\n",
    language=Language.TRITON,
    origin="examples/softmax.py",
)
ENVIRONMENT = Environment(
    target="cpu",
    device="AMD EPYC 7B13",
    isolation="namespaces",
    python="3.11.7",
    torch="2.13.0+cpu",
    triton="3.9.0",
    kerneldojo="0.1.0",
    platform="Linux-6.1-x86_64",
    threads=2,
)
PASSED = Correctness(
    policy="calibrated",
    trials=tuple(Trial(name=f"base/default#{n}", passed=True, error_ratio=0.4) for n in range(8)),
    seed="ab" * 16,
)
FAILED = Correctness(
    policy="calibrated",
    trials=(
        Trial(name="base/default#1", passed=True, error_ratio=0.4),
        Trial(name="odd/default#1", passed=False, error_ratio=3.2e5),
    ),
    mismatch=Mismatch(
        output="output",
        index=(3, 1013),
        expected=0.5,
        actual=0.75,
        allowed=1e-6,
        wrong_elements=1013,
        total_elements=1_013_000,
    ),
    seed="ab" * 16,
)
TIMING = Timing(
    reference=Latency(median_ms=4.124, low_ms=4.05, high_ms=4.2, calls=21),
    solution=Latency(median_ms=1.784, low_ms=1.76, high_ms=1.81, calls=21),
    speedup=2.312,
    speedup_low=2.25,
    speedup_high=2.38,
    workload="base",
    floor_ms=1.1,
    speed_of_light=0.617,
    clock="monotonic",
)
PROFILE = Profile(
    coverage=0.973,
    kernels=(KernelUse(name="softmax_rows", launches_per_call=1, share=0.973, time_ms=1.73),),
    operators=(OperatorUse(name="aten::empty_like", calls_per_call=1, share=0.0),),
    samples=48,
    source="program-counter samples",
    bottleneck="Memory bound: 62 % of the bandwidth this machine has.",
)


def evaluation(status: Status, **fields: Any) -> Evaluation:
    """Return a verdict with this status and everything else filled in."""
    base: dict[str, Any] = {
        "problem": "suite/softmax/softmax",
        "problem_digest": "0" * 32,
        "solution_digest": SOLUTION.digest,
        "language": "triton",
        "status": status,
        "environment": ENVIRONMENT,
        "costs": Costs(stages={"build": 0.21, "correctness": 0.4, "timing": 0.62}),
    }
    return Evaluation(**(base | fields))


def correct() -> Evaluation:
    return evaluation(Status.CORRECT, correctness=PASSED, timing=TIMING, profile=PROFILE)


def interpreted() -> Evaluation:
    details = {"fallback": "kernel 'k': tt.gadget is not supported on the CPU (solution.py:9)"}
    where = ENVIRONMENT.model_copy(update={"target": "interpreter", "details": details})
    return evaluation(Status.CORRECT, correctness=PASSED, environment=where)


def disturbed() -> Evaluation:
    details = {"disturbed": "another evaluation used the device"}
    where = ENVIRONMENT.model_copy(update={"details": details})
    return evaluation(Status.CORRECT, correctness=PASSED, timing=TIMING, environment=where)


def hacked() -> Evaluation:
    findings = (
        Finding(
            kind=FindingKind.SUSPICIOUS_SOURCE,
            severity=Severity.WARNING,
            evidence="calls torch.softmax and defines no kernel",
            where="line 6",
        ),
        Finding(
            kind=FindingKind.LIBRARY_ANSWER,
            severity=Severity.FATAL,
            evidence="aten::_softmax produced the final answer before any kernel of the "
            "solution's own had touched it",
        ),
    )
    return evaluation(Status.HACKED, findings=findings, correctness=PASSED)


def wrong() -> Evaluation:
    return evaluation(Status.WRONG_VALUE, correctness=FAILED)


def crashed() -> Evaluation:
    error = ErrorInfo(
        type="CompileError",
        message="kernel.cpp:3:12: error: 'y' was not declared in this scope",
        traceback='  File "solution.py", line 6, in forward\n    return torch.softmax(x, -1)',
    )
    return evaluation(Status.COMPILE_ERROR, error=error, log="hello\nfrom the solution\n")


def failed() -> Evaluation:
    error = ErrorInfo(type="RefereeDied", message="the referee was killed by signal 9")
    return evaluation(Status.EVALUATION_FAILED, error=error)


ALL = {
    "correct": correct,
    "interpreted": interpreted,
    "disturbed": disturbed,
    "hacked": hacked,
    "wrong": wrong,
    "crashed": crashed,
    "failed": failed,
}
