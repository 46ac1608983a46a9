"""Where the functions live that a kernel calls but does not contain.

Vector mathematics (Sleef) and the thread library come with PyTorch: a kernel calls the very
copies PyTorch uses, so that both share one pool of threads. Scalar mathematics is the C library's.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

from kerneldojo.triton_cpu.errors import TritonCpuError

_THREADS = ("GOMP_", "omp_")


@cache
def address(name: str) -> int:
    """The address of outside function `name`.

    Returns:
        The address; 0 for a function of the thread library when there is no such library.

    Raises:
        TritonCpuError: nothing loaded here has that name.
    """
    if name.startswith("Sleef_"):
        found = _look_up(_torch(), name)
    elif name.startswith(_THREADS):
        return _look_up(_torch(), name) or _look_up(_open("libgomp.so.1"), name)
    else:
        found = _look_up(_open("libm.so.6"), name) or _look_up(_open(None), name)
    if not found:
        raise TritonCpuError(f"no library loaded in this process has a function named {name}")
    return found


@cache
def exported(name: str) -> bool:
    """Whether PyTorch's library has a function of this name."""
    return bool(_look_up(_torch(), name))


def _look_up(library: ctypes.CDLL | None, name: str) -> int:
    if library is None:
        return 0
    try:
        return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
    except AttributeError:
        return 0


@cache
def _open(name: str | None) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


@cache
def _torch() -> ctypes.CDLL | None:
    """PyTorch's library; a symbol is also looked for in the libraries it was linked with."""
    try:
        import torch
    except ImportError:
        return None
    return _open(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
