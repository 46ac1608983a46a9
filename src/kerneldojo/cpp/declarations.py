"""Find the `extern "C"` functions of a C++ source and what each argument is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kerneldojo.cpp.lexing import code_only

# C++ spelling -> canonical name used by the converters
_SCALARS = {
    "bool": "bool",
    "float": "float32",
    "double": "float64",
    "int8_t": "int8",
    "signed char": "int8",
    "int16_t": "int16",
    "short": "int16",
    "int": "int32",
    "int32_t": "int32",
    "int64_t": "int64",
    "long": "int64",
    "long int": "int64",
    "long long": "int64",
    "long long int": "int64",
    "ptrdiff_t": "int64",
    "ssize_t": "int64",
    "uint8_t": "uint8",
    "unsigned char": "uint8",
    "uint16_t": "uint16",
    "unsigned short": "uint16",
    "uint32_t": "uint32",
    "unsigned": "uint32",
    "unsigned int": "uint32",
    "uint64_t": "uint64",
    "unsigned long": "uint64",
    "unsigned long long": "uint64",
    "size_t": "uint64",
}
_POINTEES = _SCALARS | {
    "void": "any",
    "_Float16": "float16",
    "__fp16": "float16",
    "__bf16": "bfloat16",
}
SUPPORTED = (
    "pointers to float, double, _Float16, bool, int8_t to int64_t, uint8_t, uint16_t (the bits of "
    "a bfloat16 or half) and void; int, int64_t and the other integers, float, double and bool by "
    "value; void or int as the return type"
)

_HEADER = re.compile(
    r"(?P<result>[A-Za-z_][\w:\s]*?[\s*&]+)(?P<name>[A-Za-z_]\w*)\s*\((?P<parameters>[^()]*)\)\s*"
    r"(?:noexcept\s*)?(?P<end>[{;])"
)
_NOISE = re.compile(
    r"\b(?:const|volatile|restrict|__restrict__|__restrict|register|std::|extern|inline|typename)"
    r"(?:\b|(?<=::))|\[\[[^\]]*\]\]"
)
_ALIAS = re.compile(
    r"\busing\s+(?P<new>\w+)\s*=\s*(?P<old>[\w:\s]+?)\s*;"
    r"|\btypedef\s+(?P<old2>[\w:\s]+?)\s+(?P<new2>\w+)\s*;"
)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)|__declspec\s*\([^()]*\)")


class DeclarationError(ValueError):
    """A function cannot be called from Python as it is declared."""


@dataclass(frozen=True)
class Parameter:
    """One argument: its name, canonical element type, and whether it is a pointer."""

    name: str
    type: str
    pointer: bool
    declared: str


@dataclass(frozen=True)
class Declaration:
    """One `extern "C"` function."""

    name: str
    parameters: tuple[Parameter, ...]
    returns_int: bool
    line: int


def parse_declarations(source: str) -> tuple[Declaration, ...]:
    """Return the `extern "C"` functions of `source`, in order, definitions before repeats.

    Raises:
        DeclarationError: naming line, function and parameter that has no Python counterpart,
            or saying that there is no `extern "C"` function at all.
    """
    code = _ATTRIBUTE.sub(lambda match: " " * len(match.group()), code_only(source))
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", _blank_directive, code, flags=re.MULTILINE)
    aliases = _aliases(code)
    found: dict[str, Declaration] = {}
    for match in re.finditer(r'\bextern\s*"C"\s*', code):
        for start, text in _regions(code, match.end()):
            for header in _HEADER.finditer(text):
                if re.search(r"\b(?:static|inline|return|else|typedef)\b", header["result"]):
                    continue
                line = code.count("\n", 0, start + header.start("name")) + 1
                found.setdefault(header["name"], _declaration(header, aliases, line))
    if not found:
        raise DeclarationError(
            'no extern "C" function found; declare what Python calls as '
            '`extern "C" void name(const float* x, float* out, int64_t n) {...}`'
        )
    return tuple(found.values())


def _blank_directive(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _aliases(code: str) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for match in _ALIAS.finditer(code):
        new, old = match["new"] or match["new2"], match["old"] or match["old2"]
        aliases[new] = " ".join(old.split())
    return aliases


def _regions(code: str, start: int) -> list[tuple[int, str]]:
    """Return (offset, text) of what follows `extern "C"`: one header, or a block's top level."""
    if not code.startswith("{", start):
        ends = [at for at in (code.find("{", start), code.find(";", start)) if at >= 0]
        return [(start, code[start : min(ends) + 1])] if ends else []
    top: list[str] = []
    depth = 0
    for at in range(start, len(code)):
        char = code[at]
        if char == "}":
            depth -= 1
            if depth == 0:
                break
        # bodies become blanks, so that only headers remain at the block's top level
        top.append(char if depth == 1 or (char == "{" and depth == 1) or char == "\n" else " ")
        if char == "{":
            depth += 1
        elif char == "}" and depth == 1:
            top[-1] = ";"
    return [(start, "".join(top))]


def _declaration(header: re.Match[str], aliases: dict[str, str], line: int) -> Declaration:
    name = header["name"]
    result = " ".join(_NOISE.sub(" ", header["result"]).split())
    if result not in ("void", "int", "int32_t"):
        raise DeclarationError(
            f"line {line}: {name} returns `{result}`; return void or int and write results "
            "through pointers"
        )
    texts = [text.strip() for text in header["parameters"].split(",")]
    if texts in ([""], ["void"]):
        texts = []
    parameters = tuple(
        _parameter(text, index, name, line, aliases) for index, text in enumerate(texts)
    )
    return Declaration(name, parameters, returns_int=result != "void", line=line)


def _parameter(
    text: str, index: int, function: str, line: int, aliases: dict[str, str]
) -> Parameter:
    declared = " ".join(text.split())
    plain = _NOISE.sub(" ", text.split("=")[0])
    plain, brackets = re.subn(r"\[\s*\w*\s*\]", " ", plain)
    stars = plain.count("*") + brackets
    words = plain.replace("*", " * ").split()
    name = f"argument {index}"
    if words and words[-1] != "*" and len([word for word in words if word != "*"]) > 1:
        candidate = " ".join(word for word in words if word != "*")
        if candidate not in _POINTEES:
            name = words.pop()
    base = " ".join(word for word in words if word != "*")
    for _ in range(4):
        base = aliases.get(base, base).removeprefix("std::")
    table = _POINTEES if stars else _SCALARS
    if stars > 1 or base not in table:
        raise DeclarationError(
            f"line {line}: {function}: parameter `{declared}` has no counterpart in Python; "
            f"supported are {SUPPORTED}"
        )
    return Parameter(name, table[base], stars == 1, declared)
