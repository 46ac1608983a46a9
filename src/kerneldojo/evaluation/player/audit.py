"""An audit hook that cannot be removed and does not argue.

Python reports delicate operations to audit hooks from C, before they happen, and offers no
way to take a hook out again. On an unmistakable one that the solution's own code asked for,
the hook reports and ends the process on the spot, so that no `except` can swallow it.
"""

from __future__ import annotations

import os
import sys
import threading
import types
from collections.abc import Callable

Report = Callable[[str, str, str], None]

_TAMPERING = {
    "gc.get_objects": "searched all objects of the interpreter",
    "gc.get_referrers": "searched for referrers of an object",
    "sys._current_frames": "read the stacks of all threads",
    "sys._current_exceptions": "read the exceptions of all threads",
    "sys.settrace": "installed a trace function",
    "sys.setprofile": "installed a profile function",
    "sys.addaudithook": "installed an audit hook",
    "sys._getframe": "walked the call stack",
}
_VIOLATION = {
    "socket.__new__": "made a socket",
    "socket.connect": "connected a socket",
    "socket.bind": "bound a socket",
    "os.fork": "forked",
    "os.forkpty": "forked",
    "os.exec": "replaced the process",
    "os.posix_spawn": "started a program",
    "os.spawn": "started a program",
    "os.system": "started a shell",
    "subprocess.Popen": "started a program",
    "os.kill": "sent a signal",
    "os.killpg": "sent a signal",
    "signal.pthread_kill": "sent a signal",
    "os.chmod": "changed a file's mode",
}
_CTYPES = {"ctypes.dlsym", "ctypes.dlopen", "ctypes.string_at", "ctypes.cdata"}
_FOREIGN_SYMBOLS = ("Py", "_Py", "_Z", "cblas_", "mkl_", "sgemm", "dgemm", "dnnl_", "aoti_")
_PASS_THROUGH = tuple(
    f"/{name}.py"
    for name in "inspect traceback subprocess socket os pty pathlib tempfile shutil io "
    "ctypes/__init__ linecache tokenize".split()
)
_DEEPEST = 24
_PROTECTED_SETATTR = ("__code__", "__defaults__", "__kwdefaults__")
_READ_SECRETS = ("/proc/", "/sys/kernel", "/etc/shadow")


def install(report: Report, solution_file: str, scratch: str) -> None:
    """Install the hook for good. `report(kind, what, where)` must not return."""
    culprit = _culprit_finder(solution_file)
    code_type = types.CodeType
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    roots = (f"{scratch}/", "/dev/null", "/dev/shm/")

    def on_open(path: object, flags: object) -> None:
        if not isinstance(path, (str, bytes)):
            return
        text = os.path.abspath(os.fsdecode(path))
        if (
            isinstance(flags, int)
            and flags & writing
            and text != scratch
            and not text.startswith(roots)
        ):
            where = culprit(deep=True)
            if where is not None:
                report("sandbox_violation", f"opened {text} for writing", where)
        if text.startswith(_READ_SECRETS) or text.startswith(os.path.join(package, "problems")):
            where = culprit()
            if where is not None:
                report("sandbox_violation", f"opened {text}", where)

    def on_ctypes(event: str, args: tuple[object, ...]) -> None:
        """Report reaching through ctypes into the interpreter, the library or raw memory."""
        name = str(args[-1]) if args else ""
        if event == "ctypes.dlsym" and not name.startswith(_FOREIGN_SYMBOLS):
            return
        if event == "ctypes.dlopen" and name.startswith(scratch):
            return
        where = culprit()
        if where is not None:
            report("tampering", f"reached around Python with {event}({name[:60]})", where)

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            on_open(args[0], args[2])
        elif event in _CTYPES:
            on_ctypes(event, args)
        elif event == "object.__setattr__":
            target, name = args[0], args[1]
            code = getattr(target, "__code__", None)
            if name in _PROTECTED_SETATTR and isinstance(code, code_type):
                where = culprit()
                if where is not None and code.co_filename != solution_file:
                    report("tampering", f"replaced {name} of {target!r}", where)
        elif event in _TAMPERING:
            where = culprit()
            if where is not None:
                report("tampering", _TAMPERING[event], where)
        elif event in _VIOLATION:
            where = culprit()
            if where is not None:
                report("sandbox_violation", _VIOLATION[event], where)

    sys.addaudithook(hook)


def _culprit_finder(solution_file: str) -> Callable[..., str | None]:
    """Return a function that tells whether the solution is what asked for an operation."""
    getframe = sys._getframe
    inside = threading.local()

    def culprit(deep: bool = False) -> str | None:
        """Return the solution's line if it is what asked, through thin wrappers only.

        With `deep`, whatever lies between the solution and the request does not matter.
        """
        if inside.__dict__.get("yes"):
            return None  # the hook's own look at the stack is audited too
        inside.yes = True
        try:
            frame: types.FrameType | None = getframe(1)
        finally:
            inside.yes = False
        for _ in range(_DEEPEST):
            while frame is not None and frame.f_code.co_filename == __file__:
                frame = frame.f_back
            if frame is None:
                return None
            name = frame.f_code.co_filename
            if name == solution_file:
                return f"line {frame.f_lineno}"
            if not (deep or name.endswith(_PASS_THROUGH) or name.startswith("<")):
                return None
            frame = frame.f_back
        return None

    return culprit


def snapshot() -> dict[tuple[str, str], object]:
    """Return the functions and classes a solution has no business replacing."""
    return {
        (module, name): value
        for module in _WATCHED_MODULES
        if module in sys.modules
        for name, value in _surface(module)
    }


def replaced(before: dict[tuple[str, str], object]) -> list[str]:
    """Return which entries of a snapshot are no longer what they were."""
    now = snapshot()
    gone = object()
    return [
        f"{module}.{name}"
        for (module, name), value in before.items()
        if now.get((module, name), gone) is not value
    ]


_WATCHED_MODULES = (
    "builtins time gc os json socket struct select mmap base64 threading torch torch.cuda "
    "torch.nn.functional torch.autograd torch.utils._python_dispatch torch._C triton "
    "triton.testing triton.runtime.jit triton.runtime.interpreter triton.runtime.autotuner "
    "triton.runtime.driver triton.compiler.compiler triton.backends kerneldojo.cpp "
    "kerneldojo.cpp.library kerneldojo.triton_cpu.arguments kerneldojo.triton_cpu.binary "
    "kerneldojo.triton_cpu.compiler kerneldojo.triton_cpu.driver "
    "kerneldojo.triton_cpu.launcher kerneldojo.triton_cpu.toolchain"
).split()
_WATCHED_CLASSES = {
    "torch": ("Tensor",),
    "torch.cuda": ("Event", "Stream"),
    "triton.runtime.jit": ("JITFunction",),
    "triton.runtime.interpreter": ("InterpretedFunction", "GridExecutor"),
    "triton.runtime.autotuner": ("Autotuner",),
    "triton.runtime.driver": ("DriverConfig",),
    "triton.compiler.compiler": ("CompiledKernel",),
    "kerneldojo.triton_cpu.arguments": ("Arguments",),
    "kerneldojo.triton_cpu.compiler": ("CPUBackend",),
    "kerneldojo.triton_cpu.driver": ("CPUDriver", "CPUUtils"),
    "kerneldojo.triton_cpu.launcher": ("CPULauncher",),
    "kerneldojo.cpp.library": ("Function", "Library"),
    "threading": ("Thread",),
}


def _surface(module: str) -> list[tuple[str, object]]:
    namespace = vars(sys.modules[module])
    callables = [
        (name, value)
        for name, value in namespace.items()
        if callable(value) and not isinstance(value, types.ModuleType)
    ]
    for class_name in _WATCHED_CLASSES.get(module, ()):
        owner = namespace.get(class_name)
        if isinstance(owner, type):
            callables += [
                (f"{class_name}.{name}", value)
                for name, value in vars(owner).items()
                if not name.startswith("__") or name in ("__call__", "__init__", "__new__")
            ]
    return callables
