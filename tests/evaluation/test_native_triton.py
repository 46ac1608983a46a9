"""Triton compiled for the CPU: timed, watched, and given up in favour of the interpreter."""

from __future__ import annotations

import ctypes
import os
import pkgutil
import sys
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from kerneldojo import triton_cpu
from kerneldojo.evaluation.player import native_triton
from kerneldojo.evaluation.referee import borrowed
from kerneldojo.evaluation.referee.player_process import Player
from kerneldojo.evaluation.referee.referee import Referee
from kerneldojo.records import Evaluation, FindingKind, Status
from kerneldojo.triton_cpu import host
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import TRITON, triton

PROFILED = samples.TIMED.model_copy(update={"profile": True, "profile_samples": 24})
LAUNCH = "line[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), BLOCK=256)"
LARGE = samples.problem(
    samples.model("return 3.0 * args[0] + 1.0", "[torch.randn(1 << 20)]"), "tests/large"
)
ASSEMBLY = """    if n < 0:
        value = tl.inline_asm_elementwise(
            "mov.b32 $0, $1;", "=r,r", [value], dtype=tl.float32, is_pure=True, pack=1
        )
    tl.store("""
BEYOND_US = TRITON.replace("    tl.store(", ASSEMBLY)
PEEKS = """
import torch.nn.functional as F


def answer(x, out):
    out.copy_(F.linear(x.reshape(-1, 1), torch.full((1, 1), 3.0), torch.ones(1)).reshape(x.shape))
"""


def fatal(found: Evaluation) -> set[FindingKind]:
    return {finding.kind for finding in found.findings if finding.fatal}


def test_compiled_timed_and_sampled(judge: Judge) -> None:
    found = judge(triton(TRITON), LARGE, PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.environment.target == "cpu"
    assert found.environment.details["llvm"].startswith("LLVM ")
    assert found.speedup is not None and found.speedup > 0
    assert found.profile is not None and found.profile.coverage is not None
    assert found.profile.coverage > 0.5
    if found.profile.source == "program-counter samples":
        assert found.profile.kernels[0].name == "line"


def test_what_cannot_be_compiled_is_interpreted_and_not_timed(judge: Judge) -> None:
    found = judge(triton(BEYOND_US), settings=PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.environment.target == "interpreter"
    assert "not supported on the CPU" in found.environment.details["fallback"]
    assert found.timing is None and found.speedup is None
    assert found.costs.stages["native attempt"] > 0


def test_a_compiler_that_dies_is_not_the_solution_s_fault(judge: Judge) -> None:
    dies = f"""if isinstance(line, triton.JITFunction):
            print("LLVM ERROR: out of registers", flush=True)
            os.abort()
        {LAUNCH}"""
    found = judge(triton("import os\n" + TRITON.replace(LAUNCH, dies)))
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert "crashed with SIG" in found.environment.details["fallback"]
    found = judge(triton("import os\n" + TRITON.replace(LAUNCH, dies.replace("LLVM", "MY"))))
    assert found.status is Status.RUNTIME_ERROR


def test_a_solution_cannot_have_itself_interpreted(judge: Judge) -> None:
    prefix = 'import os\nos.environ["TRITON_INTERPRET"] = "1"\n'
    found = judge(triton(prefix + TRITON + "assert isinstance(line, triton.JITFunction)\n"))
    assert found.status is Status.CORRECT, (found.error, found.findings)


def test_the_device_that_tutorials_ask_for_is_the_cpu(judge: Judge) -> None:
    ask = "DEVICE = triton.runtime.driver.active.get_active_torch_device()\n"
    source = TRITON.replace("empty_like(x)", "empty_like(x, device=DEVICE)") + ask
    assert judge(triton(source)).status is Status.CORRECT


def test_the_interpreter_excuses_nothing(judge: Judge) -> None:
    cheat = BEYOND_US.replace(LAUNCH, f"{LAUNCH}; answer(x, out)")
    found = judge(triton(cheat + PEEKS))
    assert found.status is Status.HACKED
    assert found.environment.target == "interpreter"
    assert FindingKind.LIBRARY_ANSWER in fatal(found)


def test_a_finding_on_the_way_is_not_forgotten(judge: Judge) -> None:
    found = judge(triton(BEYOND_US + "import gc\nHOARD = gc.get_objects()\n"))
    assert found.status is Status.HACKED
    assert found.environment.target == "cpu"


def test_a_failed_assertion_is_the_kernel_s_own_fault(judge: Judge) -> None:
    source = TRITON.replace(
        "    tl.store(", "    tl.device_assert(value < -99.0, 'no')\n    tl.store("
    )
    found = judge(triton(source.replace("BLOCK=256)", "BLOCK=256, debug=True)")))
    assert found.status is Status.RUNTIME_ERROR
    assert found.error is not None and found.error.type == "DeviceAssertionError"


def test_launches_of_a_compiled_kernel_are_seen(judge: Judge) -> None:
    launch = """made = line.warmup(x, out, x.numel(), BLOCK=256, grid=(1,))
        made[(triton.cdiv(x.numel(), 256), 1, 1)](x, out, x.numel(), 256)"""
    found = judge(triton(TRITON.replace(LAUNCH, launch)))
    assert found.status is Status.CORRECT, (found.error, found.findings)


def test_autotuning_times_the_choices(judge: Judge) -> None:
    tuned = """@triton.autotune([triton.Config({"BLOCK": size}) for size in (128, 512)], key=["n"])
@triton.jit"""
    source = TRITON.replace("@triton.jit", tuned).replace(", BLOCK=256)", ")")
    source = source.replace(
        "(triton.cdiv(x.numel(), 256),)", "lambda meta: (triton.cdiv(x.numel(), meta['BLOCK']),)"
    )
    source = source.replace("return out", "assert len(line.configs_timings) == 2; return out")
    found = judge(triton(source))
    assert found.status is Status.CORRECT, (found.error, found.findings)


@pytest.mark.parametrize("target", ["cpu", "interpreter"])
def test_a_grid_that_computes_the_answer_is_watched(judge: Judge, target: str) -> None:
    tail = "lambda meta: (answer(x, out), (1,))[1]"
    nothing = TRITON.replace("3.0 * value + 1.0, mask=at < n", "value, mask=at < 0")
    source = nothing.replace("(triton.cdiv(x.numel(), 256),)", tail) + PEEKS
    found = judge(triton(source), settings=samples.QUICK.model_copy(update={"target": target}))
    assert found.status is Status.HACKED
    assert FindingKind.LIBRARY_ANSWER in fatal(found)


def _bent(body: str, forward: str = "") -> str:
    """Return TRITON with 3x + 1 drowned in tangents, in the kernel or beside it."""
    source = "from triton.language.extra import libdevice\n" + TRITON
    source = source.replace("    tl.store(", f"    bent = value{body}\n    tl.store(")
    source = source.replace("3.0 * value + 1.0", "3.0 * value + 1.0 + 1e-30 * bent")
    return source.replace("        line[", f"        {forward}line[")


def test_time_in_sleef_is_its_caller_s(judge: Judge) -> None:
    drowned = "\n    for _ in range(8):\n        bent = libdevice.atan(libdevice.tan(bent))"
    found = judge(triton(_bent(drowned)), LARGE, PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.profile is not None and found.profile.coverage is not None
    assert found.profile.coverage > 0.8

    beside = "for _ in range(8): torch.atan(torch.tan(x))\n        "
    found = judge(triton(_bent("", beside)), LARGE, PROFILED)
    assert found.status is Status.CORRECT, (found.error, found.findings)
    assert found.profile is not None and found.profile.coverage is not None
    assert found.profile.coverage < 0.4


def test_borrowed_functions_are_found_in_this_process() -> None:
    player: Any = SimpleNamespace(pid=os.getpid())
    mappings = Player.mappings(player)
    found = borrowed.extents(mappings)
    library = ctypes.CDLL(str(borrowed._LIBRARY))
    names = [name for _, name in host.detect().sleef("sin_u10", double=True)]
    assert names
    for name in names:
        address = ctypes.cast(library[name], ctypes.c_void_p).value
        assert address is not None
        assert any(extent.holds(address) for extent in found)
    outside = ctypes.cast(library["GOMP_parallel"], ctypes.c_void_p).value
    assert outside is not None and not any(extent.holds(outside) for extent in found)


def test_the_zygote_stays_single_threaded_and_holds_the_whole_back_end(referee: Referee) -> None:
    root = psutil.Process(referee._zygote._process.pid)
    assert root.num_threads() == 1
    for child in root.children():
        assert child.num_threads() == 1
    native_triton.warm_up()
    for module in pkgutil.walk_packages(triton_cpu.__path__, "kerneldojo.triton_cpu."):
        assert module.name in sys.modules
