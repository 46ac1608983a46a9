"""Load a compiled source and call its functions with tensors."""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kerneldojo.cpp.compiler import CompileError, build, find_compiler
from kerneldojo.cpp.conversion import C_TYPES, Converter, converter
from kerneldojo.cpp.declarations import Declaration, DeclarationError, parse_declarations

Observer = Callable[[str, tuple[Any, ...], Callable[[], "int | None"]], "int | None"]
"""Called as `observer(function_name, arguments, call)` instead of the function itself."""

_observer: Observer | None = None
_libraries: dict[tuple[object, ...], Library] = {}
_lock = threading.Lock()


def observe(observer: Observer | None) -> None:
    """Route every later call of a loaded function through `observer`; None removes it.

    This door belongs to the evaluator, which counts, times or skips calls through it. The
    observer gets the arguments as the solution passed them, already checked, and a `call` that
    runs the kernel; what it returns is what the solution gets.
    """
    global _observer
    _observer = observer


class Function:
    """One `extern "C"` function, called with tensors and numbers."""

    def __init__(self, declaration: Declaration, symbol: Any) -> None:
        symbol.argtypes = [
            ctypes.c_void_p if parameter.pointer else C_TYPES[parameter.type]
            for parameter in declaration.parameters
        ]
        symbol.restype = ctypes.c_int32 if declaration.returns_int else None
        self.name = declaration.name
        self.declaration = declaration
        self._symbol = symbol
        self._count = len(declaration.parameters)
        self._converters: tuple[Converter, ...] | None = None

    def _prepare(self) -> tuple[Converter, ...]:
        # made at the first call, because converters need torch and loading does not
        self._converters = tuple(
            converter(self.name, parameter) for parameter in self.declaration.parameters
        )
        return self._converters

    def __call__(self, *arguments: Any) -> int | None:
        """Run the function; the GIL is released meanwhile.

        Tensors must be contiguous, on the CPU, and of the declared element type; None passes a
        null pointer.

        Raises:
            TypeError: wrong number, kind, dtype, layout or device of an argument.
            OverflowError: an integer that does not fit its declared type.
        """
        converters = self._converters or self._prepare()
        if len(arguments) != self._count:
            wanted = ", ".join(parameter.declared for parameter in self.declaration.parameters)
            raise TypeError(
                f"{self.name}({wanted}) takes {self._count} arguments, got {len(arguments)}"
            )
        converted = [convert(value) for convert, value in zip(converters, arguments, strict=True)]
        if _observer is None:
            result: int | None = self._symbol(*converted)
            return result
        return _observer(self.name, arguments, lambda: self._symbol(*converted))

    def __repr__(self) -> str:
        wanted = ", ".join(parameter.declared for parameter in self.declaration.parameters)
        return f"<C++ function {self.name}({wanted})>"


class Library:
    """A loaded shared library; its functions are attributes."""

    def __init__(self, path: Path, functions: dict[str, Function]) -> None:
        self.path = path
        """The shared library's file, as it appears in the process's memory map."""
        self.functions = functions
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Function:
        near = get_close_matches(name, list(self.__dict__.get("functions", ())), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(self.__dict__.get("functions", ()))
        raise AttributeError(f'no extern "C" function {name!r}; there are: {known}.{hint}')

    def __repr__(self) -> str:
        return f"<C++ library with {', '.join(self.functions)}>"


def load(source: str, *, flags: Sequence[str] = (), sanitize: bool = False) -> Library:
    """Compile C++ `source` and return its `extern "C"` functions.

    Args:
        source: a whole translation unit; `<cstdint>` is included for it.
        flags: added to `-O3 -march=native -fopenmp -std=c++20`.
        sanitize: build with AddressSanitizer instead of optimisation; also switched on by the
            environment variable KERNELDOJO_SANITIZE=1. The process must have been started with
            the runtime of `asan_runtime()` preloaded.

    The same source and flags are built once per process.

    Raises:
        CompileError: the source does not compile, or declares nothing that Python can call.
        NoCompiler: there is no compiler.
    """
    if not isinstance(source, str):
        raise TypeError(f"load wants C++ source as a string, got {type(source).__name__}")
    sanitize = sanitize or os.environ.get("KERNELDOJO_SANITIZE", "") == "1"
    key = (source, tuple(flags), sanitize, find_compiler())
    with _lock:
        library = _libraries.get(key)
        if library is None:
            library = _libraries[key] = _build_and_open(source, tuple(flags), sanitize)
    return library


def loaded_libraries() -> tuple[Library, ...]:
    """Return every library this process has loaded, oldest first."""
    with _lock:
        return tuple(_libraries.values())


def _build_and_open(source: str, flags: tuple[str, ...], sanitize: bool) -> Library:
    problem: DeclarationError | None = None
    declarations: tuple[Declaration, ...] = ()
    try:
        declarations = parse_declarations(source)
    except DeclarationError as error:
        problem = error  # a syntax error is the better message, so let the compiler look first
    digest = hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=6).hexdigest()
    folder = Path(tempfile.mkdtemp(prefix="kerneldojo-cpp-"))
    # kept until the end: profilers find the library by its path in the memory map
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = build(source, folder, flags, sanitize, f"kerneldojo_cpp_{digest}")
    if problem is not None:
        raise CompileError(f"kernel.cpp: {problem}")
    try:
        handle = ctypes.CDLL(str(path))
    except OSError as error:
        raise CompileError(f"the built library cannot be loaded: {error}") from error
    functions = {}
    for declaration in declarations:
        try:
            symbol = getattr(handle, declaration.name)
        except AttributeError:
            continue  # declared here, defined nowhere: a prototype of something else
        functions[declaration.name] = Function(declaration, symbol)
    if not functions:
        raise CompileError('kernel.cpp: extern "C" functions are declared but none is defined')
    return Library(path, functions)
