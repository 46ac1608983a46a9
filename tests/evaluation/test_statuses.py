"""Every status is reached by a solution that deserves it."""

from __future__ import annotations

import pytest

from kerneldojo.records import Evaluation, FindingKind, Severity, Solution, Status
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, TRITON, cpp, limits, problem, python, triton

LINE = "return 3.0 * args[0] + 1.0"


def check(evaluation: Evaluation, status: Status, *words: str) -> Evaluation:
    assert evaluation.status is status, (evaluation.error, evaluation.findings)
    told = f"{evaluation.error} {evaluation.findings}"
    for word in words:
        assert word in told
    again = Evaluation.from_json(evaluation.to_json())
    assert again.to_json() == evaluation.to_json()  # NaN is unlike itself, its text is not
    assert evaluation.timing is None or status is Status.CORRECT
    assert evaluation.costs.total_s > 0
    return evaluation


def crash(code: str) -> Solution:
    return cpp(CPP.replace("out[i] = 3.0f * x[i] + 1.0f;", code))


def test_correct_and_timed(judge: Judge) -> None:
    found = check(judge(cpp(CPP), settings=samples.TIMED), Status.CORRECT)
    assert found.speedup is not None and found.speedup > 0
    assert found.timing is not None
    assert found.timing.speedup_low <= found.speedup <= found.timing.speedup_high
    assert found.timing.solution.calls >= 5
    assert found.correctness is not None and found.correctness.mismatch is None
    assert found.environment.target == "cpu"
    assert found.error is None


def test_correct_in_the_interpreter_without_a_time(judge: Judge) -> None:
    settings = samples.interpreted(samples.TIMED)
    found = check(judge(triton(TRITON), settings=settings), Status.CORRECT)
    assert found.environment.target == "interpreter"
    assert "fallback" not in found.environment.details
    assert found.timing is None and found.speedup is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        ("   \n\n", "empty"),
        ("# only a comment\n", "ModelNew"),
        ("def broken(:\n", "SyntaxError"),
        ("x = '\0'\n", "NUL"),
        ("(" * 5000 + ")" * 5000, "SyntaxError"),
        ("import torch\nclass Other(torch.nn.Module):\n    pass\n", "Other"),
        ("ModelNew = 5\n", "ModelNew"),
        ("class ModelNew:\n    def forward(self, x):\n        return x\n", "torch.nn.Module"),
        ("def ModelNew():\n    return 5\n", "torch.nn.Module"),
        (
            CPP.replace(
                "def forward",
                "def __init__(self, a, b):\n        super().__init__()\n\n    def forward",
            ),
            "constructor",
        ),
        (CPP.replace("ModelNew", "Renamed"), "ModelNew"),
    ],
    ids=range(12),
)
def test_not_a_solution(judge: Judge, source: str, words: str) -> None:
    check(judge(cpp(source)), Status.INVALID_SOLUTION, words)


def test_source_that_only_fails_when_it_runs(judge: Judge) -> None:
    source = "import torch\nif True:\n    del torch\n" + CPP.replace("import torch\n", "")
    found = check(judge(cpp(source)), Status.RUNTIME_ERROR, "NameError")
    assert found.error is not None and "line " in found.error.traceback


def test_cpp_that_does_not_compile(judge: Judge) -> None:
    found = check(judge(crash("out[i] = nonsense;")), Status.COMPILE_ERROR, "nonsense")
    assert found.error is not None and "error" in found.error.message


def test_triton_that_does_not_compile(judge: Judge) -> None:
    source = triton(TRITON.replace("tl.store(", "tl.no_such_thing("))
    check(judge(source), Status.COMPILE_ERROR, "no_such_thing")
    check(judge(source, settings=samples.interpreted()), Status.RUNTIME_ERROR, "no_such_thing")


def test_triton_that_a_gpu_s_compiler_refuses(judge: Judge) -> None:
    settings = samples.QUICK.model_copy(update={"target": "aot:sm_90"})
    source = TRITON.replace("tl.arange(0, BLOCK)", "tl.arange(0, 100)")
    check(judge(triton(source), settings=settings), Status.COMPILE_ERROR)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('not today')", "not today"),
        ("return args[0].nothing", "AttributeError"),
        ("return args[1]", "IndexError"),
        ("raise RuntimeError('\\ud800 half')", "half"),
        ("raise type('Odd\\ud800', (Exception,), {})('x')", "x"),
        ("raise RuntimeError('x' * 10_000_000)", "xxx"),
        ("f = lambda: f()\nreturn f()", "RecursionError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("os._exit(0)", "exit code 0"),
        ("sys.exit('bye')", "bye"),
    ],
    ids=range(11),
)
def test_a_solution_that_fails_while_it_runs(judge: Judge, body: str, words: str) -> None:
    found = check(judge(python(body)), Status.RUNTIME_ERROR, words)
    assert found.error is not None and len(found.error.message) < 10_000


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("out[i] = *(volatile int*)8;", "SIGSEGV"),
        ("__builtin_trap();", "SIG"),
        ("{ volatile int seven = 7, zero = 0; out[i] = seven / zero; }", "SIGFPE"),
        ("throw 5;", "SIG"),
    ],
)
def test_a_kernel_that_crashes(judge: Judge, code: str, words: str) -> None:
    check(judge(crash(code)), Status.RUNTIME_ERROR, words)


def test_a_kernel_that_crashes_by_writing_elsewhere(judge: Judge) -> None:
    check(judge(crash("*(volatile int*)8 = 1;")), Status.RUNTIME_ERROR, "SIGSEGV", "line 3")


def test_a_crash_while_loading(judge: Judge) -> None:
    check(judge(python(LINE, "os._exit(3)")), Status.RUNTIME_ERROR, "exit code 3", "load")


@pytest.mark.parametrize(
    ("solution", "stage"),
    [
        (python("while True: pass"), "verification"),
        (python(LINE, "while True: pass"), "load"),
        (crash("for (volatile int j = 0;; ) (void)j;"), "verification"),
        (python("import time\ntime.sleep(1000)"), "verification"),
        (python("import threading\nthreading.Event().wait()"), "verification"),
        (cpp("while True: pass\n" + CPP), "load"),
    ],
    ids=["python", "constructor", "cpp", "sleep", "wait", "import"],
)
def test_a_solution_that_never_ends(judge: Judge, solution: Solution, stage: str) -> None:
    found = check(judge(solution, settings=limits(load_s=2.0, call_s=1.0)), Status.TIMEOUT, stage)
    assert found.costs.total_s < 20


@pytest.mark.parametrize(
    "body",
    [
        "return torch.empty(1 << 40)",
        "return torch.zeros(1 << 30, dtype=torch.float64)",
        "return bytearray(1 << 40)",
        "kept = []\nwhile True: kept.append(torch.ones(1 << 22))",
    ],
    ids=range(4),
)
def test_too_much_memory(judge: Judge, body: str) -> None:
    check(judge(python(body)), Status.OUT_OF_MEMORY)


def test_too_much_memory_in_cpp(judge: Judge) -> None:
    source = CPP.replace('extern "C"', '#include <vector>\nextern "C"', 1)
    source = source.replace("for (int64_t", "std::vector<double> v(1ll << 34, 1.0); for (int64_t")
    found = judge(cpp(source))
    assert found.status in (Status.RUNTIME_ERROR, Status.OUT_OF_MEMORY)
    assert found.error is not None and found.error.message


@pytest.mark.parametrize(
    "body",
    [
        "return (3.0 * args[0] + 1.0)[:-1]",
        "return (3.0 * args[0] + 1.0)[None]",
        "return (3.0 * args[0] + 1.0).t()",
        "return None",
        "return []",
        "return 1.0",
        "return {'y': args[0] * 1}",
        "return args[0] + 1, args[0] + 2",
        "return torch.zeros(1 << 25)",
        "return torch.zeros(0)",
    ],
    ids=range(10),
)
def test_another_shape(judge: Judge, body: str) -> None:
    check(judge(python(body)), Status.WRONG_SHAPE)


@pytest.mark.parametrize("change", [".double()", ".half()", ".long()", ".bool()", ".cfloat()"])
def test_another_dtype(judge: Judge, change: str) -> None:
    found = check(judge(python(f"return (3.0 * args[0] + 1.0){change}")), Status.WRONG_DTYPE)
    assert found.error is not None and "float32" in found.error.message


def test_a_wrong_value_is_shown(judge: Judge) -> None:
    source = CPP.replace("return out", "out[3, 5] += 1\n        return out")
    found = check(judge(cpp(source)), Status.WRONG_VALUE)
    assert found.correctness is not None and found.correctness.mismatch is not None
    mismatch = found.correctness.mismatch
    assert (mismatch.output, mismatch.index) == ("output", (3, 5))
    assert mismatch.actual == pytest.approx(mismatch.expected + 1, abs=1e-4)
    assert 0 < mismatch.allowed < 1e-3
    assert (mismatch.wrong_elements, mismatch.total_elements) == (1, 512)
    assert found.correctness.trials[-1].error_ratio > 100
    assert not found.correctness.passed


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "-float('inf')"])
def test_wrong_values_that_are_no_numbers(judge: Judge, value: str) -> None:
    source = CPP.replace("return out", f"out[0, 0] = {value}\n        return out")
    found = check(judge(cpp(source)), Status.WRONG_VALUE)
    assert found.correctness is not None and found.correctness.mismatch is not None
    assert found.correctness.mismatch.index == (0, 0)


def test_answers_that_vary(judge: Judge) -> None:
    # with one seed there are four calls on the only workload; the last one repeats the first
    source = CPP.replace(
        "return out",
        "self.calls = getattr(self, 'calls', 0) + 1\n"
        "        return out + 1 if self.calls >= 4 else out",
    )
    found = check(judge(cpp(source)), Status.NONDETERMINISTIC)
    assert found.correctness is not None
    assert found.correctness.trials[-1].name.endswith("/repeated")


def test_a_library_call_dressed_up_is_hacked(judge: Judge) -> None:
    found = check(judge(python(LINE)), Status.HACKED)
    assert FindingKind.NO_KERNEL in {finding.kind for finding in found.findings}
    assert found.findings[0].severity is Severity.FATAL


def test_a_strange_output_is_hacked(judge: Judge) -> None:
    check(
        judge(python("return (3.0 * args[0] + 1.0).to_sparse()")), Status.HACKED, "strange_output"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise OSError('no')\n", "OSError"),
        ("def get_inputs(:\n", "SyntaxError"),
        ("x = 1\n", "get_inputs"),
        (samples.model("raise ValueError('no')", "[torch.randn(4)]"), "forward"),
        (samples.model("return args[0]", "[1 / 0]"), "get_inputs"),
        (samples.model("return args[0]", "7"), "list"),
        (samples.model("return args[0]", "[torch.randn(4)]", init="[1 / 0]"), "building"),
        (samples.model("return args[0]", "[torch.randn(4)]", init="[open]"), "building"),
        (samples.model("return args[0]", "[torch.randn(4)]", setup="1 / 0"), "building"),
        (samples.model("return object()", "[torch.randn(4)]"), "object"),
        (samples.model("raise SystemExit", "[torch.randn(4)]"), "SystemExit"),
        ("Model = 5\ndef get_inputs():\n    return []\n", "Model"),
        ("def Model():\n    return 5\ndef get_inputs():\n    return []\n", "nn.Module"),
    ],
    ids=range(13),
)
def test_a_broken_problem_is_not_the_solution_s_fault(
    judge: Judge, source: str, words: str
) -> None:
    found = check(judge(cpp(CPP), problem(source)), Status.INVALID_PROBLEM, words)
    assert not found.status.judged


def test_the_log_is_kept_up_to_its_limit(judge: Judge) -> None:
    body = "print('hello', flush=True)\nprint('x' * 300_000)\nraise ValueError('no')"
    found = judge(python(body), settings=limits(log_kb=4))
    assert found.log.startswith("hello\n")
    assert len(found.log) <= 4 << 10


def test_what_is_printed_need_not_be_text(judge: Judge) -> None:
    found = judge(python("os.write(1, bytes(range(256)))\nraise ValueError('no')"))
    assert "ABC" in found.log
    assert Evaluation.from_json(found.to_json()) == found


def test_a_limit_so_low_that_nothing_loads_is_about_memory(judge: Judge) -> None:
    check(judge(cpp(CPP), settings=limits(memory_mb=1)), Status.OUT_OF_MEMORY)
