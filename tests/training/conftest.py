"""A model of a few thousand parameters, and conversations for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.policies import tokenizers

CONTEXT = 256
Write = Callable[..., Path]


def talk(*said: str) -> dict[str, Any]:
    """A row of a conversation in which user and model take turns."""
    return {
        "messages": [
            {"role": ("user", "assistant")[number % 2], "content": content}
            for number, content in enumerate(said)
        ]
    }


TALKS = [
    talk(f"Write kernel {number}.", f"def kernel_{number}(): ...", "Faster!", "No. " * number)
    for number in range(1, 7)
]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model and its tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = tokenizers.chatml()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows, or lines as they are, as JSON lines."""

    def file(rows: Sequence[Any] = TALKS, name: str = "data.jsonl") -> Path:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return tmp_path / name

    return file
