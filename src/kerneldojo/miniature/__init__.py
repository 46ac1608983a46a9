"""The paper in miniature: a policy of a million parameters learns to write kernels on a CPU."""

from kerneldojo.miniature.model import Size, make_model
from kerneldojo.miniature.recipe import TEMPLATES
from kerneldojo.miniature.tokenizer import make_tokenizer

__all__ = ["TEMPLATES", "Size", "make_model", "make_tokenizer"]
