"""Small tokenizers of several families, trained on this project's own pages, and chat templates."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))
SPACE = "▁"

CHATML = """
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""

FORGETS_THINKING = """
{%- for message in messages %}
{%- set said = message.content %}
{%- if message.role == 'assistant' and not loop.last and '</think>' in said %}
{%- set said = said.split('</think>')[-1].lstrip('\\n') %}
{%- endif %}
{{- '<|im_start|>' + message.role + '\\n' + said + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and not enable_thinking %}
{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"""

OPENS_THINKING = CHATML.replace("assistant\\n' }}{%- endif", "assistant\\n<think>\\n' }}{%- endif")

OPENS_AND_FORGETS = FORGETS_THINKING.replace(
    "'<|im_start|>assistant\\n'", "'<|im_start|>assistant\\n<think>\\n'"
)

LLAMA = """
{{- bos_token }}
{%- for message in messages %}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}
{{- message.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"""

MISTRAL = """
{{- bos_token }}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '[INST] ' + message.content + ' [/INST]' }}
{%- elif message.role == 'assistant' %}{{- ' ' + message.content + ' ' + eos_token }}
{%- else %}{{- raise_exception('only user and assistant, please') }}{%- endif %}
{%- endfor %}"""

GEMMA = """
{{- bos_token }}
{%- for message in messages %}
{%- if message.role == 'system' %}{{- raise_exception('no system role') }}{%- endif %}
{%- set role = 'model' if message.role == 'assistant' else message.role %}
{{- '<start_of_turn>' + role + '\\n' + message.content | trim + '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{%- endif %}"""

DROPS_SYSTEM = CHATML.replace("in messages %}", "in messages if message.role != 'system' %}")

COUNTS = "{{- messages | length }}" + CHATML

SYSTEM_COMES_LAST = """
{%- for message in messages if message.role != 'system' %}
{%- if loop.last and messages[0].role == 'system' %}
{{- messages[0].content + '\\n\\n' }}{%- endif %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""


def _files() -> list[str]:
    return [str(page) for page in PAGES]


def _wrapped(
    backend: Tokenizer, template: str, *, special: list[str], plain: list[str], **named: str
) -> Any:
    backend.add_special_tokens([AddedToken(text, special=True) for text in special])
    backend.add_tokens([AddedToken(text, normalized=False) for text in plain])
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(backend.to_str()), chat_template=template, **named
    )


@cache
def byte_level_json() -> str:
    """A byte-level BPE, as Qwen and Llama 3 have."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train(_files(), trainer)
    return str(backend.to_str())


@cache
def chatml(template: str = CHATML) -> Any:
    """As Qwen's: thinking marks are tokens, but not special ones."""
    return _wrapped(
        Tokenizer.from_str(byte_level_json()),
        template,
        special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        plain=["<think>", "</think>"],
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )


@cache
def llama() -> Any:
    """As Llama 3's: headers, replies trimmed, and a beginning that the tokenizer adds as well."""
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"]
    backend = Tokenizer.from_str(byte_level_json())
    backend.add_special_tokens([AddedToken(name, special=True) for name in [*names, "<|eot_id|>"]])
    backend.post_processor = TemplateProcessing(
        single=f"{names[0]} $A",
        pair=f"{names[0]} $A {names[0]} $B",
        special_tokens=[(names[0], backend.token_to_id(names[0]))],
    )
    return _wrapped(
        backend, LLAMA, special=[], plain=[], bos_token=names[0], eos_token="<|end_of_text|>"
    )


_BYTES = [f"<0x{number:02X}>" for number in range(256)]


@cache
def mistral() -> Any:
    """As those of SentencePiece: Unigram, a space before the text, bytes for what is unknown."""
    backend = Tokenizer(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(
        vocab_size=700, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    backend.train(_files(), trainer)
    learnt = [(piece, score) for piece, score in json.loads(backend.to_str())["model"]["vocab"]]
    vocabulary = [learnt[0], *((byte, 0.0) for byte in _BYTES), *learnt[1:]]
    backend = Tokenizer(models.Unigram(vocabulary, 0, True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    backend.decoder = _space_decoder(strip=1)
    return _wrapped(
        backend,
        MISTRAL,
        special=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"],
        plain=[],
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    )


@cache
def gemma() -> Any:
    """As Gemma's: BPE over text whose spaces are visible, bytes for what is unknown."""
    backend = Tokenizer(models.BPE())
    backend.normalizer = normalizers.Replace(" ", SPACE)
    backend.pre_tokenizer = pre_tokenizers.Split(SPACE, "merged_with_next")
    backend.train(_files(), trainers.BpeTrainer(vocab_size=700, show_progress=False))
    model = json.loads(backend.to_str())["model"]
    pieces = ["<unk>", *_BYTES, *model["vocab"]]
    backend = Tokenizer(
        models.BPE(
            {piece: number for number, piece in enumerate(pieces)},
            [tuple(merge) for merge in model["merges"]],
            unk_token="<unk>",
            byte_fallback=True,
            fuse_unk=True,
        )
    )
    backend.normalizer = normalizers.Replace(" ", SPACE)
    backend.decoder = _space_decoder(strip=0)
    return _wrapped(
        backend,
        GEMMA,
        special=["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"],
        plain=[],
        bos_token="<bos>",
        eos_token="<eos>",
    )


@cache
def byte_by_byte() -> Any:
    """The tokens of the stub server: bytes, and 256 after a reply."""
    vocabulary = {byte: number for number, byte in enumerate(_BYTES)}
    backend = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True))
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return _wrapped(
        backend, CHATML, special=["<|im_end|>", "<|im_start|>"], plain=[], eos_token="<|im_end|>"
    )


def _space_decoder(*, strip: int) -> decoders.Decoder:
    steps = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence([*steps, *([decoders.Strip(" ", strip, 0)] if strip else [])])
