"""Models that draw characters, and replies that are all solutions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from kerneldojo.dialogue import dialogue
from tests.policies.tokenizers import CHATML
from tests.training.reinforcement import world


def characters() -> Any:
    """A tokenizer whose tokens are characters, so that whatever is drawn is a text."""
    letters = [*map(chr, range(32, 127)), "\n"]
    backend = Tokenizer(models.BPE({letter: at for at, letter in enumerate(letters)}, []))
    backend.decoder = decoders.Fuse()
    backend.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=CHATML,
        eos_token="<|im_end|>",
        pad_token="<|im_start|>",
    )


def make(folder: Path, *, context: int = world.CONTEXT, template: str | None = None) -> Path:
    """Write a model of random weights and its tokenizer."""
    tokenizer = characters()
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
        pad_token_id=tokenizer.pad_token_id,
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


@pytest.fixture(autouse=True, scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take every reply for a solution, wait for nobody who measures, and use one core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialogue, "parse_reply", world.any_text)
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("leases")))
        yield
    torch.set_num_threads(threads)
