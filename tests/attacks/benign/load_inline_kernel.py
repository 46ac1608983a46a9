"""Builds its kernel with torch's load_inline and loops over the data itself."""
# problem: suite/fused/bias_gelu
# language: cpp
# status: CORRECT
# finding: -
# guard: -
# coverage: 0.6..1.0
# slow: true

from __future__ import annotations

from torch.utils.cpp_extension import load_inline
import torch
from torch import nn
from kerneldojo.cpp import load


SOURCE = r"""
#include <torch/extension.h>
#include <cmath>
torch::Tensor bias_gelu(torch::Tensor x, torch::Tensor bias) {
    auto out = torch::empty_like(x);
    const float* in = x.data_ptr<float>();
    const float* b = bias.data_ptr<float>();
    float* o = out.data_ptr<float>();
    int64_t cols = x.size(-1), n = x.numel();
    for (int64_t i = 0; i < n; ++i) {
        float v = in[i] + b[i % cols];
        o[i] = 0.5f * v * (1.0f + std::tanh(0.7978845608f * (v + 0.044715f * v * v * v)));
    }
    return out;
}
"""
module = load_inline(name="bias_gelu_loop", cpp_sources=[SOURCE], functions=["bias_gelu"])


class ModelNew(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return module.bias_gelu(x, self.bias)
