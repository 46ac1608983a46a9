"""A tokenizer for one dialect of code, in which a usual line is a single token."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, END = "<|pad|>", "<|end|>"
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message.role + '|>' + message.content + '" + END + "' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""Keeps every message as it is, so that a conversation only grows at its end."""
_LINE = r"[^\n]*\n+|[^\n]+"


def make_tokenizer(
    texts: Iterable[str], *, vocabulary: int = 2048, context: int = 1024
) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer whose tokens may reach from a line's beginning to its end.

    Usual tokenizers stop at words. Generated code repeats whole lines, so here they become
    tokens, and a kernel that has a thousand letters has some thirty tokens.

    Args:
        texts: what its vocabulary is learnt from.
        vocabulary: tokens, besides those that mark messages.
        context: most tokens the model will read and write together.
    """
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_LINE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(texts, trainer)
    backend.add_special_tokens([AddedToken(text, special=True) for text in (PAD, END, *_ROLES)])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=_TEMPLATE,
        eos_token=END,
        pad_token=PAD,
        model_max_length=context,
    )
