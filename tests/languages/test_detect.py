"""The language of a solution is seen from its kernels, not from its comments."""

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.evaluation.languages import LANGUAGES, detect
from kerneldojo.records import Language

TRITON = "import triton\nimport triton.language as tl\n@triton.jit\ndef k(x): pass\n"
TRITON_ALIAS = "from triton import jit\n@jit\ndef k(x): pass\n"
CPP = "from kerneldojo.cpp import load\nlib = load('''extern \"C\" void f() {}''')\n"
INLINE = (
    "from torch.utils.cpp_extension import load_inline\n"
    "m = load_inline('m', cpp_sources='torch::Tensor f(torch::Tensor x);', functions=['f'])\n"
)
CUDA = (
    "from torch.utils.cpp_extension import load_inline\n"
    "m = load_inline('m', cpp_sources='torch::Tensor f(torch::Tensor x);',\n"
    "                cuda_sources='#include <x>\\n__global__ void k() {}')\n"
)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        (TRITON, "triton"),
        (TRITON_ALIAS, "triton"),
        ("import triton\nprint(1)\n", "triton"),
        (CPP, "cpp"),
        ("import kerneldojo.cpp as c\nSRC = '#include <cmath>'\nc.load(SRC)\n", "cpp"),
        (INLINE, "cpp"),
        (CUDA, "cuda"),
        ("import triton\n" + CPP, "cpp"),
        (TRITON + "# __global__ void k()\n", "triton"),
        ('"""Unlike __global__ kernels."""\n' + TRITON, "triton"),
        (TRITON + "def broken(:\n", "triton"),
    ],
)
def test_detected(source: str, language: str) -> None:
    assert detect(source) == language
    assert LANGUAGES[Language(language)].detects(source)


@pytest.mark.parametrize("source", ["import torch\nclass ModelNew: pass\n", "", "# triton.jit\n"])
def test_a_source_without_a_kernel_is_left_to_the_verdict(source: str) -> None:
    assert detect(source) is Language.TRITON


def test_two_languages_need_a_choice() -> None:
    with pytest.raises(UsageError, match="kernels in cpp and triton"):
        detect(TRITON + CPP)


@pytest.mark.parametrize("has_gpu", [True, False])
def test_every_language_has_a_default_target(has_gpu: bool) -> None:
    for one in LANGUAGES.values():
        targets = one.targets(has_gpu)
        assert targets
        assert has_gpu or "cuda" not in targets
    assert LANGUAGES[Language.CPP].targets(has_gpu) == ("cpu",)
