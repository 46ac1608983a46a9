"""Find a C++ compiler, build a shared library, and make its complaints readable."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

SOURCE_NAME = "kernel.cpp"
_OPTIMISED = ("-O3", "-march=native")
_SANITIZED = ("-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address")
_COMMON = (
    "-fopenmp",
    "-shared",
    "-fPIC",
    "-std=c++20",
    "-fdiagnostics-color=never",
    # int64_t is part of nearly every signature; a missing include is not worth a failed build
    "-include",
    "cstdint",
)
_MAX_LINES = 40


class CompileError(RuntimeError):
    """A kernel does not compile; the message is the compiler's, cut to what matters."""


class NoCompiler(CompileError):
    """There is no C++ compiler on this machine."""


@lru_cache(maxsize=8)
def _resolve(chosen: str, search_path: str) -> tuple[str, ...]:
    candidates = [shlex.split(chosen)] if chosen.strip() else [["g++"], ["clang++"]]
    for command in candidates:
        path = shutil.which(command[0], path=search_path or None)
        if path:
            return (path, *command[1:])
    wanted = f"$CXX ({chosen!r}) was not found" if chosen.strip() else "neither g++ nor clang++"
    raise NoCompiler(
        f"C++ solutions need a compiler and there is none: {wanted}. Install one "
        "(Debian/Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or set CXX to its path."
    )


def find_compiler() -> tuple[str, ...]:
    """Return the compiler's command: `$CXX` if set, else g++, else clang++.

    Raises:
        NoCompiler: saying what to install.
    """
    return _resolve(os.environ.get("CXX", ""), os.environ.get("PATH", ""))


def _clean_environment() -> dict[str, str]:
    # under AddressSanitizer this process carries an LD_PRELOAD that would slow the compiler down
    return {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}


def asan_runtime() -> str | None:
    """Return the path of AddressSanitizer's runtime for `LD_PRELOAD`, None if there is none."""
    return _runtime_file("libasan.so", "libclang_rt.asan-x86_64.so")


def cxx_runtime() -> str | None:
    """Return the path of libstdc++, to be preloaded next to AddressSanitizer's runtime.

    Without it the sanitizer resolves `__cxa_throw` too early and C++ exceptions abort.
    """
    return _runtime_file("libstdc++.so.6", "libstdc++.so")


def _runtime_file(*names: str) -> str | None:
    try:
        command = find_compiler()
    except NoCompiler:
        return None
    for name in names:
        answer = subprocess.run(
            [*command, f"-print-file-name={name}"],
            capture_output=True,
            text=True,
            env=_clean_environment(),
            check=False,
        ).stdout.strip()
        if os.path.isabs(answer) and os.path.exists(answer):
            return os.path.realpath(answer)
    return None


def build(source: str, folder: Path, flags: tuple[str, ...], sanitize: bool, stem: str) -> Path:
    """Compile `source` in `folder` and return the shared library's path.

    Raises:
        NoCompiler: if there is no compiler.
        CompileError: with the relevant lines of the compiler's output.
    """
    command = find_compiler()
    (folder / SOURCE_NAME).write_text(source, encoding="utf-8")
    library = f"{stem}.so"
    options = (*(_SANITIZED if sanitize else _OPTIMISED), *_COMMON)
    # a missing definition should be a compile error, not a crash at the first call; the
    # sanitizer's own symbols come from the preloaded runtime
    link = () if sanitize else ("-Wl,-z,defs",)
    line = [*command, *options, SOURCE_NAME, "-o", library, *flags, *link]
    try:
        done = subprocess.run(
            line,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            env=_clean_environment(),
            check=False,
        )
    except OSError as error:
        raise CompileError(f"{command[0]} could not be started: {error}") from error
    if done.returncode != 0:
        raise CompileError(_relevant(done.stderr or done.stdout, done.returncode, line))
    return folder / library


def _relevant(output: str, code: int, command: list[str]) -> str:
    """Return the compiler's errors with their context, at most `_MAX_LINES` lines."""
    lines = output.splitlines()
    kept: list[str] = []
    keep = False
    for line in lines:
        if re.search(r"\b(?:fatal )?error\b|undefined reference|undefined symbol", line):
            keep = True
        elif re.match(r"\S.*: (?:warning|note):|In file included from|\S+: In ", line):
            keep = False
        if keep:
            kept.append(line)
    kept = [re.sub(r"^.*?(?=kernel\.cpp:\d)|^/\S*/ld: ", "", line) for line in kept or lines]
    if len(kept) > _MAX_LINES:
        kept = [*kept[:_MAX_LINES], f"... {len(kept) - _MAX_LINES} more lines"]
    if not kept:
        kept = [f"{' '.join(command)} ended with exit code {code} and said nothing"]
    return "\n".join(kept)
