"""Makes a tiny language model with random weights, and serves it over HTTP.

    python scripts/tiny_server.py                    at http://127.0.0.1:8000/v1, as model `tiny`
    python scripts/tiny_server.py --folder /tmp/tiny --make-only

It babbles, but it is a real model behind a real OpenAI-compatible server (`transformers serve`):
enough to try out dialogues, trajectories and training without a GPU or a download.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

PAGES = Path(__file__).parents[1] / "docs"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
CONTEXT = 8192


def make_model(folder: Path, *, seed: int = 0) -> None:
    """Write a model of some hundred thousand parameters and its tokenizer.

    Args:
        folder: is made if it is not there.
        seed: of the weights.
    """
    tokenizer = make_tokenizer()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=CONTEXT,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer with ChatML's template, trained on this project's pages."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, show_progress=False)
    backend.train([str(page) for page in sorted(PAGES.glob("*.md"))], trainer)
    backend.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=TEMPLATE,
        eos_token=SPECIAL[2],
        pad_token=SPECIAL[0],
        model_max_length=CONTEXT,
    )


def serve(folder: Path, port: int) -> None:
    """Become the server of a model; its name is that of its folder.

    Args:
        folder: the model's.
        port: on the loopback device; 0 takes any that is free.
    """
    os.chdir(folder.parent)  # the server calls a model what it was called on the command line
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", folder.name]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    # threads that wait for one another cost more than so small a model does
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    os.execv(command[0], [*command, *options])


def main() -> None:
    """Read the options, make the model unless it is there, and serve it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where the model is or shall be")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--make-only", action="store_true", help="do not serve it")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kerneldojo-")) / "tiny"
    if not (folder / "config.json").exists():
        make_model(folder)
    print(f"the model is in {folder}", flush=True)
    if not options.make_only:
        serve(folder.resolve(), options.port)


if __name__ == "__main__":
    main()
