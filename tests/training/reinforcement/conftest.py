"""Models that draw bytes, and replies that are all solutions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from kerneldojo.dialogue import dialogue
from tests.policies import tokenizers
from tests.training.reinforcement import world


def make(folder: Path, *, context: int = world.CONTEXT, template: str | None = None) -> Path:
    """Write a model of random weights and its tokenizer."""
    tokenizer = tokenizers.byte_by_byte()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=context,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=0,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model whose chat template keeps replies as they were."""
    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Wait for nobody who measures on this machine, and do not contend for its cores."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def any_text_is_a_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every reply for a solution."""
    monkeypatch.setattr(dialogue, "parse_reply", world.any_text)
