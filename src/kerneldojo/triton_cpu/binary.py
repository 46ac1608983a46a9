"""Loads shared objects, always from a file that stays where it is.

A profiler attributes samples by the file behind an address, often after the fact: the file
is never removed, and an object stays loaded until the process ends.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from triton.runtime.cache import get_cache_manager

from kerneldojo.triton_cpu import externals
from kerneldojo.triton_cpu.entry import symbol
from kerneldojo.triton_cpu.errors import CompilerFault
from kerneldojo.triton_cpu.llvm.module import EXTERNALS

NAMES = "kd_external_names"
"""The exported string that names the functions the object calls, one per line."""

_FILE_NAME_LIMIT = 150


@dataclass(frozen=True, slots=True)
class Function:
    """A kernel ready to be launched.

    Attributes:
        name: the kernel's name.
        path: the file its machine code is mapped from.
        address: where its entry point is.
        launch: calls the entry point, without the interpreter's lock.
    """

    name: str
    path: str
    address: int
    launch: Callable[..., int]


_lock = threading.Lock()
_stored: dict[str, str] = {}
_loaded: dict[str, Function] = {}


def note_stored(key: str, name: str) -> None:
    """Remembers the file in which Triton's cache holds the object compiled under `key`."""
    path = get_cache_manager(key).get_file(f"{name[:_FILE_NAME_LIMIT]}.so")
    if path is not None:
        with _lock:
            _stored[_digest(Path(path).read_bytes())] = path


def load(name: str, code: bytes) -> Function:
    """The kernel `name` of a shared object, loaded once however often it is asked for.

    Raises:
        CompilerFault: if the object cannot be loaded here.
    """
    digest = _digest(code)
    with _lock:
        if digest not in _loaded:
            taken = {function.path for function in _loaded.values()}
            path = _stored.pop(digest, "")
            if not path or path in taken:  # the dynamic loader goes by the path, not by content
                path = get_cache_manager(digest).put(code, f"{name[:_FILE_NAME_LIMIT]}.so")
            _loaded[digest] = _open(name, path)
        return _loaded[digest]


def names_global(names: tuple[str, ...]) -> str:
    """LLVM's text of the string that `load` reads the outside functions' names from."""
    text = "".join(f"{name}\\0A" for name in names)
    length = sum(len(name) + 1 for name in names) + 1
    return f'@{NAMES} = constant [{length} x i8] c"{text}\\00"\n'


def flush() -> None:
    """Writes out what kernels have printed: the C library's buffers are not Python's."""
    ctypes.CDLL(None).fflush(None)


def _digest(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()


def _open(name: str, path: str) -> Function:
    try:
        library = ctypes.CDLL(path)
        _fill_externals(library)
        entry = library[symbol(name)]
    except (OSError, AttributeError) as error:
        raise CompilerFault(f"kernel {name!r}: its machine code does not load: {error}") from error
    entry.restype = ctypes.c_int32
    entry.argtypes = [ctypes.c_char_p, *[ctypes.c_int32] * 4, ctypes.c_void_p]
    address = ctypes.cast(entry, ctypes.c_void_p).value or 0
    return Function(name, path, address, entry)


def _fill_externals(library: ctypes.CDLL) -> None:
    text = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(library, NAMES)))
    names = text.decode().splitlines()
    if names:
        table = (ctypes.c_void_p * len(names)).in_dll(library, EXTERNALS)
        table[:] = [externals.address(name) for name in names]
