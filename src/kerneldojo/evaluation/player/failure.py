"""What a solution's exception is called: one category, a message, the relevant lines."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from kerneldojo.triton_cpu.errors import TritonCpuError, UnsupportedOperation
from kerneldojo.triton_cpu.launcher import DeviceAssertionError

_MOST_TEXT = 6000
_MEMORY_SIGNS = (
    "can't allocate memory",
    "out of memory",
    "Cannot allocate memory",
    "bad_alloc",
    "failed to map segment",
)
_COMPILE_TYPES = {
    "CompilationError",
    "CompileTimeAssertionFailure",
    "UnsupportedLanguageConstruct",
    "CompileError",
    "NoCompiler",
    "DeclarationError",
    "PTXASError",
    "OutOfResources",
}
_COMPILE_SIGNS = ("Error building extension", "PassManager::run failed", "Ninja is required")


def describe(error: BaseException, *, loading: bool, source_file: str) -> dict[str, Any]:
    """Return category, type, message and traceback tail of what a solution raised."""
    if (inability := _inability(error)) is not None:
        error = inability
    kind = type(error).__name__
    text = _compiler_s_words(error)[-_MOST_TEXT:] if kind in _COMPILE_TYPES else f"{error}"
    text = text[:_MOST_TEXT]
    if isinstance(error, UnsupportedOperation):
        text = error.fact
    return {
        "category": "NOT_COMPILED" if inability else _category(error, kind, text, loading),
        "type": kind,
        "message": text or kind,
        "traceback": _own_frames(error, source_file),
    }


def _compiler_s_words(error: BaseException) -> str:
    """Return what a compiler said: of a function in a kernel, only the cause has it."""
    said = [str(link) for link in _chain(error) if type(link).__name__ in _COMPILE_TYPES]
    return "\n".join(dict.fromkeys(said))


def _category(error: BaseException, kind: str, text: str, loading: bool) -> str:
    names = {type(link).__name__ for link in _chain(error)}
    if isinstance(error, MemoryError) or any(sign in text for sign in _MEMORY_SIGNS):
        return "OUT_OF_MEMORY"
    if names & _COMPILE_TYPES or any(sign in text for sign in _COMPILE_SIGNS):
        return "COMPILE_ERROR"
    if loading and (isinstance(error, SyntaxError) or kind == "NotASolution"):
        return "INVALID_SOLUTION"
    return "RUNTIME_ERROR"


def _inability(error: BaseException) -> TritonCpuError | None:
    """Return what our own compiler for the CPU could not do, if that is behind an exception."""
    for link in _chain(error):
        if isinstance(link, TritonCpuError) and not isinstance(link, DeviceAssertionError):
            return link
    return None


def _chain(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and len(chain) < 8:
        chain.append(cause)
    return chain


def _own_frames(error: BaseException, source_file: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == source_file]
    if own:
        lines = [f"line {f.lineno}, in {f.name}: {f.line or ''}".rstrip() for f in own[-4:]]
    else:  # lines of a library must not be taken for the solution's
        lines = [f"{Path(f.filename).name}:{f.lineno}, in {f.name}" for f in frames[-2:]]
    return "\n".join(lines)[:_MOST_TEXT]
