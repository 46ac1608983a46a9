"""The pieces of work that `triton_cpu.py` measures, by us and by PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import triton_cpu_kernels as kernels
from torch import Tensor
from torch.nn import functional as F

Call = Callable[[], object]
SMALL_WORK = ("add", "softmax", "layernorm", "matmul")
_FEW_MILLION = (4096, 1024)


@dataclass(frozen=True)
class Case:
    """One piece of work, by us and by its peers; `check` replaces the usual comparison."""

    name: str
    ours: Callable[..., Tensor]
    peer: Callable[..., Tensor]
    inputs: tuple[object, ...]
    check: Callable[[Tensor], bool] | None = None
    lasting: dict[str, Call] = field(default_factory=dict)

    def calls(self, peers: tuple[str, ...]) -> dict[str, Call]:
        """What is timed, by name; Inductor compiles when its name is first asked for."""
        ways = {"ours": self.ours, "eager": self.peer}
        for name in ("ours", *peers):
            if name not in self.lasting:
                way = ways.get(name) or torch.compile(self.peer, dynamic=False)
                self.lasting[name] = lambda way=way: way(*self.inputs)
        return {name: self.lasting[name] for name in ("ours", *peers)}

    def verify(self) -> None:
        """Our error, against double precision, must be of the size of PyTorch's."""
        result = self.ours(*self.inputs)
        if self.check is not None:
            assert self.check(result), self.name
            return
        exact = self.peer(*map(_double, self.inputs))
        own = (result - exact).abs().max().item()
        allowed = 4 * (self.peer(*self.inputs) - exact).abs().max().item()
        allowed += 1e-6 * exact.abs().max().item()
        assert own <= allowed, f"{self.name}: error {own}, but {allowed} is allowed"


def _double(value: object) -> object:
    floats = isinstance(value, Tensor) and value.is_floating_point()
    return value.double() if floats else value


def fused_cases() -> list[Case]:
    """Elementwise chains, rows and reductions on a few million elements."""
    x, y, z = (torch.randn(_FEW_MILLION) for _ in range(3))
    bias, weight = torch.randn(_FEW_MILLION[1]), torch.randn(_FEW_MILLION[1])
    narrow, wide = torch.randn(4096, 1000), torch.randn(128, 32000)
    target = torch.randint(0, 32000, (128,))
    width = x.shape[1:]
    return [
        Case("bias, gelu", kernels.bias_gelu, lambda x, b: F.gelu(x + b), (x, bias)),
        Case(
            "bias, tanh gelu",
            kernels.bias_tanh_gelu,
            lambda x, b: F.gelu(x + b, approximate="tanh"),
            (x, bias),
        ),
        Case("silu, mul", kernels.silu_mul, lambda x, y: F.silu(x) * y, (x, y)),
        Case(
            "dropout",
            lambda x: kernels.dropout(x, 0.1, 42),
            lambda x: F.dropout(x, 0.1),
            (x,),
            lambda out: _is_dropout(x, out, 0.1),
        ),
        Case(
            "residual add, scale",
            lambda x, y: kernels.residual_scale(x, y, 0.5),
            lambda x, y: y + 0.5 * x,
            (x, y),
        ),
        Case(
            "gate, residual add",
            kernels.gated_residual,
            lambda x, y, z: x * torch.sigmoid(y) + z,
            (x, y, z),
        ),
        Case("softmax", kernels.softmax, lambda x: torch.softmax(x, 1), (narrow,)),
        Case(
            "layernorm",
            kernels.layernorm,
            lambda x, w, b: F.layer_norm(x, width, w, b),
            (x, weight, bias),
        ),
        Case("rmsnorm", kernels.rmsnorm, lambda x, w: F.rms_norm(x, width, w, 1e-5), (x, weight)),
        Case("row sum", kernels.row_sum, lambda x: x.sum(1), (x,)),
        Case("row max", kernels.row_max, lambda x: x.amax(1), (narrow,)),
        Case("full sum", kernels.full_sum, lambda x: x.sum(), (x,)),
        Case(
            "cross entropy",
            kernels.cross_entropy,
            lambda x, t: F.cross_entropy(x, t, reduction="none"),
            (wide, target),
        ),
        *_fused_bf16(x.bfloat16(), y.bfloat16(), bias.bfloat16()),
    ]


def _fused_bf16(x: Tensor, y: Tensor, bias: Tensor) -> list[Case]:
    width = x.shape[1:]
    return [
        Case("bias, gelu, bf16", kernels.bias_gelu, lambda x, b: F.gelu(x + b), (x, bias)),
        Case("silu, mul, bf16", kernels.silu_mul, lambda x, y: F.silu(x) * y, (x, y)),
        Case("softmax, bf16", kernels.softmax, lambda x: torch.softmax(x, 1), (x,)),
        Case(
            "rmsnorm, bf16",
            kernels.rmsnorm,
            lambda x, w: F.rms_norm(x, width, w, 1e-5),
            (x, bias),
        ),
    ]


def _is_dropout(x: Tensor, out: Tensor, p: float) -> bool:
    kept = out != 0
    share = kept.double().mean().item()
    return abs(share - (1 - p)) < 1e-3 and torch.allclose(out, x / (1 - p) * kept)


def product_cases() -> list[tuple[str, Case]]:
    """Products of matrices and attention."""
    found = []
    for size in (512, 1024):
        a, b = torch.randn(size, size), torch.randn(size, size)
        found.append(("matmul", Case(f"{size} x {size}", kernels.matmul, torch.mm, (a, b))))
    for kind in (torch.float32, torch.bfloat16):
        heads = tuple(torch.randn(1, 8, 1024, 64).to(kind) for _ in range(3))
        for causal in (False, True):
            name = f"{'f32' if kind is torch.float32 else 'bf16'}{', causal' if causal else ''}"
            case = Case(
                name,
                lambda *heads, causal=causal: kernels.attention(*heads, causal),
                lambda *heads, causal=causal: F.scaled_dot_product_attention(
                    *heads, is_causal=causal
                ),
                heads,
            )
            found.append(("attention", case))
    return found


def small_work(rows: int) -> dict[str, Call]:
    """With 1024 rows, what the interpreter does in about a second; with one, a single program."""
    torch.manual_seed(0)
    x, y, weight = torch.randn(rows, 1024), torch.randn(rows, 1024), torch.randn(1024)
    size = max(64, rows // 4)
    a, b = torch.randn(size, 256), torch.randn(256, size)
    return {
        "add": lambda: kernels.add(x, y),
        "softmax": lambda: kernels.softmax(x),
        "layernorm": lambda: kernels.layernorm(x, weight, weight),
        "matmul": lambda: kernels.matmul_of_tiles(a, b, (64, 64, 32)),
    }
