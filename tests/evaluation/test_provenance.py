"""Whose work an answer is, when own kernels and library operators take turns."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.evaluation.player import census
from kerneldojo.records import FindingKind, Status
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp, model, problem

JUNK = (
    'extern "C" void junk(float* out, int64_t n) { for (int64_t i = 0; i < n; ++i) out[i] = i; }\n'
)
FIX = (
    'extern "C" void nudge(float* out) { out[0] += 1; }\n'
    'extern "C" void back(float* out) { out[0] -= 1; }\n'
)
SOURCE = CPP.replace('extern "C" void line', JUNK + FIX + 'extern "C" void line')
ZEROED = problem(model("y = 3.0 * args[0] + 1.0; y[:, -1] = 0; return y", "[torch.randn(32, 16)]"))


def solution(body: str) -> str:
    lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
    return SOURCE[: SOURCE.index("        out = torch.empty_like(x)")] + lines + "\n"


HONEST = {
    "one element afterwards": "out = own(x)\nout[0, 0] = 3 * x[0, 0] + 1\nreturn out",
    "one row afterwards": "out = own(x)\nout[3] = 3 * x[3] + 1\nreturn out",
    "row by row into place": "out = torch.empty_like(x)\n"
    "for i in range(32): out[i] = own(x[i])\nreturn out",
    "zeroed first": "out = torch.empty_like(x).zero_()\nreturn own(x, out)",
    "zeroed between": "out = own(x)\nout.zero_()\nreturn own(x, out)",
    "copied": "out = torch.empty_like(x)\nout.copy_(own(x))\nreturn out",
    "library afterwards": "return own(x).clone().contiguous() * 1.0",
    "in place afterwards": "return own(x).add_(0.0)",
}
LIBRARY = {
    "all of it": "out = torch.empty_like(x)\nlib.junk(out, 512)\nout.copy_(3 * x + 1)\nreturn out",
    "in halves": "out = torch.empty_like(x)\nlib.junk(out, 512)\n"
    "out[:16] = 3 * x[:16] + 1\nout[16:] = 3 * x[16:] + 1\nreturn out",
    "in rows": "out = torch.empty_like(x)\nlib.junk(out, 512)\n"
    "for i in range(32): out[i] = 3 * x[i] + 1\nreturn out",
    "zeroed and added": "out = torch.empty_like(x)\nlib.junk(out, 512)\n"
    "out.zero_()\nout.add_(3 * x + 1)\nreturn out",
    "zeroed and added in rows": "out = torch.empty_like(x)\nlib.junk(out, 512)\n"
    "for row in out: row.zero_()\nfor o, i in zip(out, x): o.add_(3 * i + 1)\nreturn out",
    "with kernels in between": "out = torch.empty_like(x)\nlib.junk(out, 512)\n"
    "for k in range(4):\n"
    "    for i in range(8 * k, 8 * k + 8): out[i] = 3 * x[i] + 1\n"
    "    lib.nudge(out)\n    lib.back(out)\nreturn out",
    "in a larger buffer": "big = torch.empty(64, 16)\nlib.junk(big, 1024)\n"
    "for i in range(32): big[i] = 3 * x[i] + 1\nreturn big[:32]",
    "most of it": "out = own(x)\nout[:20] = 3 * x[:20] + 1\nreturn out",
}
OWN = """

def own(x, out=None):
    out = torch.empty_like(x) if out is None else out
    lib.line(x, out, x.numel())
    return out
"""


@pytest.mark.parametrize("name", list(HONEST))
def test_own_work_stays_own(judge: Judge, name: str) -> None:
    found = judge(cpp(solution(HONEST[name]) + OWN))
    assert found.status is Status.CORRECT, (found.error, found.findings)


@pytest.mark.parametrize("border", ["out[:, -1] = 0", "out[:, -1].zero_()", "out[:, -1:].fill_(0)"])
def test_a_border_may_be_zeroed_afterwards(judge: Judge, border: str) -> None:
    found = judge(cpp(solution(f"out = own(x)\n{border}\nreturn out") + OWN), ZEROED)
    assert found.status is Status.CORRECT, (found.error, found.findings)


@pytest.mark.parametrize("name", list(LIBRARY))
def test_the_library_s_work_stays_the_library_s(judge: Judge, name: str) -> None:
    found = judge(cpp(solution(LIBRARY[name]) + OWN), settings=samples.QUICK)
    assert found.status is Status.HACKED, (found.error, found.findings)
    assert {finding.kind for finding in found.findings if finding.fatal} <= {
        FindingKind.LIBRARY_ANSWER,
        FindingKind.DECOY_KERNEL,
    }


@pytest.mark.parametrize(
    "dtype",
    [torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.complex64, torch.float64],
)
@pytest.mark.parametrize("size", [0, 1, 7, 333, 5000])
def test_fingerprints_see_content_and_order_wherever_it_lies(dtype: torch.dtype, size: int) -> None:
    values = (torch.randn(size) * 50).to(dtype)
    mark = census._fingerprint(values)
    moved = torch.empty(size + 1, dtype=dtype)[1:]
    moved.copy_(values)
    assert census._fingerprint(moved) == mark
    assert census._fingerprint(moved.reshape(1, -1)) == mark
    if size > 1:
        assert census._fingerprint(values.flip(0)) != mark
        moved[size // 2] = 99
        assert census._fingerprint(moved) != mark


def test_fingerprints_tell_exchanged_elements() -> None:
    values = torch.randn(1 << 16)
    mark = census._fingerprint(values)
    for one, other in ((0, 1), (5, 4099), (2048, 40960), (3, 65535)):
        changed = values.clone()
        changed[[one, other]] = values[[other, one]]
        assert census._fingerprint(changed) != mark
