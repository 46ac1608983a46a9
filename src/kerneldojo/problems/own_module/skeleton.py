"""The functions a module file lacks, ready to be pasted and filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kerneldojo.problems.own_module.classes import ModuleClass, Parameter, Signature

_FLOATS = "torch.randn(...)  # its shape"
_GUESSES = (
    (r"mask", "torch.ones(..., dtype=torch.bool)  # its shape"),
    (
        r"(^|_)(ids?|idx|index|indices|tokens?|labels?|targets?|positions?)$|LongTensor|IntTensor",
        "torch.randint(0, ..., ...)  # the bound, and the shape",
    ),
)
"""What inputs of such names or annotations usually hold."""
_PLAIN = {"int": "a whole number", "float": "a number", "bool": "True or False", "str": "a text"}


def inputs_skeleton(found: ModuleClass, *, with_torch: bool) -> str:
    """Return `get_inputs` for a class, its values left open as `...`.

    Args:
        found: whose `forward` is to be called.
        with_torch: whether the file calls PyTorch `torch` already.
    """
    lines = [
        "def get_inputs():",
        f'    """One set of arguments of {found.name}.forward, of the size that shall be fast."""',
        *([] if with_torch else ["    import torch", ""]),
    ]
    if found.forward is None:
        return "\n".join([*lines, "    return [...]  # as forward takes them\n"])
    given = found.forward.required
    lines += [f"    {each.name} = {_input(each)}" for each in given]
    lines += [f"    # {note}" for note in _left_out(found.forward)]
    return "\n".join([*lines, f"    return [{_names(given)}]\n"])


def init_skeleton(found: ModuleClass) -> str:
    """Return `get_init_inputs` for a class, its values left open as `...`."""
    signature = found.init or Signature()
    lines = ["def get_init_inputs():", f'    """The arguments of {found.name}\'s constructor."""']
    lines += [f"    {each.name} = ...{_comment(each)}" for each in signature.required]
    lines += [f"    # {note}" for note in _left_out(signature)]
    plain = [each for each in signature.required if not each.by_keyword]
    named = [each for each in signature.required if each.by_keyword]
    returned = f"[{_names(plain)}]"
    if named:
        pairs = ", ".join(f'"{each.name}": {each.name}' for each in named)
        returned = f"[{returned}, {{{pairs}}}]"
    return "\n".join([*lines, f"    return {returned}\n"])


def model_alias(found: ModuleClass) -> str:
    """Return what makes a class the problem's `Model`; nothing if it is that by name."""
    required = found.forward.required if found.forward else ()
    if any(each.by_keyword for each in required):
        names = _names(required)
        pairs = ", ".join(
            f"{each.name}={each.name}" if each.by_keyword else each.name for each in required
        )
        return (
            f"class Model({found.name}):\n"
            f'    """{found.name}, with the arguments of forward by position."""\n\n'
            f"    def forward(self, {names}):\n"
            f"        return super().forward({pairs})\n"
        )
    return "" if found.name == "Model" else f"Model = {found.name}\n"


def _input(parameter: Parameter) -> str:
    if parameter.annotation in _PLAIN:
        return f"...{_comment(parameter)}"
    for pattern, guess in _GUESSES:
        if re.search(pattern, parameter.name) or re.search(pattern, parameter.annotation):
            return guess
    if re.match(r"(typing\.)?(list|tuple|sequence)\b", parameter.annotation, re.IGNORECASE):
        return f"[torch.randn(...)]{_comment(parameter)}"
    return _FLOATS


def _comment(parameter: Parameter) -> str:
    return (
        f"  # {_PLAIN.get(parameter.annotation, parameter.annotation)}"
        if parameter.annotation
        else ""
    )


def _left_out(signature: Signature) -> Iterator[str]:
    if signature.optional:
        pairs = (f"{each.name} = {each.default}" for each in signature.optional)
        yield f"left out, as there are defaults: {', '.join(pairs)}"
    if more := ", ".join(filter(None, (signature.rest, signature.keywords))):
        yield f"it also takes {more}"


def _names(parameters: Sequence[Parameter]) -> str:
    return ", ".join(each.name for each in parameters)
