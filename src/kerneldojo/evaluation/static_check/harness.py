"""Rules about reaching into the interpreter, the libraries or the machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kerneldojo.evaluation.static_check.clock import CLOCKS
from kerneldojo.evaluation.static_check.names import ANY
from kerneldojo.evaluation.static_check.rules import Hit, fatal, under, warning
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind

_FRAMES = (
    "sys._getframe", "sys._current_frames", "sys._current_exceptions", "sys._getframemodulename",
    "inspect.currentframe", "inspect.stack", "inspect.trace", "inspect.getouterframes",
    "inspect.getinnerframes", "inspect.getframeinfo", "traceback.walk_stack",
    "traceback.walk_tb",
)  # fmt: skip
_FRAME_ATTRIBUTES = frozenset(
    ["f_back", "f_locals", "f_globals", "f_builtins", "tb_frame", "gi_frame", "cr_frame", "f_trace"]
)
_HOOKS = (
    "sys.settrace", "sys.setprofile", "sys.addaudithook", "sys.monitoring", "threading.settrace",
    "threading.setprofile", "sys.set_asyncgen_hooks", "sys.call_tracing", "os.register_at_fork",
    "sys.set_coroutine_origin_tracking_depth", "gc.callbacks",
)  # fmt: skip
_HOOK_PLACES = (
    "sys.meta_path", "sys.path_hooks", "sys.excepthook", "sys.unraisablehook", "sys.displayhook",
    "threading.excepthook",
)  # fmt: skip
_PROCESS = (
    "os.fork", "os.forkpty", "os.system", "os.popen", "os.kill", "os.killpg", "os.posix_spawn",
    "os.posix_spawnp", "os.setsid", "os.setpgid", "os.setns", "os.unshare", "os.pidfd_open",
    "os.chroot", "os.setuid", "os.mount", "signal.pthread_kill",
    "subprocess.Popen", "subprocess.run", "subprocess.call",
    "subprocess.check_call", "subprocess.check_output", "subprocess.getoutput",
    "subprocess.getstatusoutput", "subprocess.fork_exec", "pty.spawn", "pty.fork",
    "multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.Manager",
    "multiprocessing.get_context", "multiprocessing.set_start_method",
    "multiprocessing.shared_memory", "multiprocessing.connection", "multiprocessing.Pipe",
    "concurrent.futures.ProcessPoolExecutor", "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell", "torch.multiprocessing.Process",
    "torch.multiprocessing.spawn", "torch.multiprocessing.start_processes",
    "torch.multiprocessing.Pool", "torch.multiprocessing.get_context",
)  # fmt: skip
_SIGNALS = (
    "signal.signal", "signal.setitimer", "signal.alarm", "signal.raise_signal",
    "signal.pthread_sigmask", "signal.sigwait", "signal.sigtimedwait", "signal.siginterrupt",
    "signal.set_wakeup_fd",
)  # fmt: skip
_NETWORK = (
    "socket.socket", "socket.create_connection", "socket.create_server", "socket.socketpair",
    "socket.fromfd", "urllib.request", "http.client", "http.server", "requests", "httpx", "aiohttp",
    "ftplib", "smtplib", "telnetlib", "xmlrpc", "socketserver", "torch.distributed.TCPStore",
    "torch.hub", "asyncio.open_connection", "asyncio.start_server",
)  # fmt: skip
_PROTECTED = (
    "torch", "triton", "numpy", "builtins", "kerneldojo", "os", "sys", "gc", "inspect", "ctypes",
    "math", "random", "io", "threading", "importlib", "functools", "json", "struct", "signal",
    "socket", "subprocess", "pickle", "tempfile", "warnings", "types", "typing", "collections",
)  # fmt: skip
# attributes that exist to be set
_SETTABLE = (
    "torch.backends", "torch._dynamo.config", "torch._inductor.config", "torch._functorch.config",
    "triton.knobs", "os.environ", "sys.path", "sys.stdout", "sys.stderr", "sys.argv",
    "sys.dont_write_bytecode", "torch.ops", "warnings.filterwarnings",
)  # fmt: skip
_KERNEL_FILES = re.compile(r"/(proc|dev/(mem|kmem|shm|fd|pts|tty)|sys/(kernel|fs))\b")
_HARMLESS_PROC = re.compile(
    r"/proc/(cpuinfo|meminfo|version|loadavg|driver/.*|sys/kernel/(osrelease|version))$"
)
_OPENERS = ("builtins.open", "io", "os", "pathlib", "glob", "shutil", "mmap", "numpy", "codecs",
            "linecache", "fileinput", "torch.load", "torch.from_file")  # fmt: skip


def _uses(view: SourceView, *paths: str) -> Iterator[Hit]:
    for use in view.references:
        if under(use.path, *paths):
            yield Hit(use.line, use.path)


@fatal("frames-read", FindingKind.TAMPERING, "Looks at the interpreter's stack frames.")
def frames_read(view: SourceView) -> Iterator[Hit]:
    """Frames lead to the caller's variables: expected answers, seeds, clocks."""
    yield from _uses(view, *_FRAMES)
    for node in view.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _FRAME_ATTRIBUTES:
            yield Hit(node.lineno, node.attr)
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            key = view.folder.text(node.args[1])
            if key in _FRAME_ATTRIBUTES and "builtins.getattr" in view.paths(node.func):
                yield Hit(node.lineno, key)


@fatal("heap-searched", FindingKind.TAMPERING, "Searches the interpreter's objects.")
def heap_searched(view: SourceView) -> Iterator[Hit]:
    """The garbage collector knows every object, also those that are not the solution's."""
    yield from _uses(view, "gc.get_objects", "gc.get_referrers", "gc.get_referents")


@fatal("code-replaced", FindingKind.TAMPERING, "Replaces the code of a function that exists.")
def code_replaced(view: SourceView) -> Iterator[Hit]:
    """Writing `__code__`, or building code objects."""
    for node in view.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "__code__":
            if isinstance(node.ctx, (ast.Store, ast.Del)):
                yield Hit(node.lineno)
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            setter = view.paths(node.func) & {"builtins.setattr", "builtins.object.__setattr__"}
            if setter and view.folder.text(node.args[1]) == "__code__":
                yield Hit(node.lineno)
    yield from _uses(view, "types.CodeType")


@fatal(
    "interpreter-internals",
    FindingKind.TAMPERING,
    "Reaches below the interpreter through ctypes.",
)
def interpreter_internals(view: SourceView) -> Iterator[Hit]:
    """`pythonapi`, `py_object`, or raw memory at the address of a Python object."""
    yield from _uses(view, "ctypes.pythonapi", "ctypes.PyDLL", "ctypes.py_object",
                     "ctypes.pydll", "ctypes.PYFUNCTYPE", "ctypes.PyObj_FromPtr")  # fmt: skip
    for node in view.calls():
        function = node.func
        raw = isinstance(function, ast.Attribute) and function.attr == "from_address"
        raw = raw or any(under(path, "ctypes") for path in view.paths(function))
        if raw and any(
            isinstance(inner, ast.Call) and "builtins.id" in view.paths(inner.func)
            for argument in node.args
            for inner in ast.walk(argument)
        ):
            yield Hit(node.lineno, "the address of an object")


@fatal("interpreter-hooked", FindingKind.TAMPERING, "Installs a hook in the interpreter.")
def interpreter_hooked(view: SourceView) -> Iterator[Hit]:
    """Trace, profile, audit, fork and garbage collector hooks see or change others' code."""
    yield from _uses(view, *_HOOKS)
    for write in view.stores:
        if under(write.path, *_HOOK_PLACES):
            yield Hit(write.line, write.path)
    for node in view.calls():
        if any(under(path, "sys.meta_path", "sys.path_hooks") for path in view.paths(node.func)):
            yield Hit(node.lineno)


def _modules_written(view: SourceView) -> Iterator[tuple[str, int]]:
    """Yield (key, line) for every write to an entry of sys.modules."""
    writers = ("update", "setdefault", "pop", "__setitem__", "__delitem__", "clear")
    for node in view.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            table, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr not in writers:
                continue
            table, key = node.func.value, node.args[0] if node.args else ast.Constant(None)
        else:
            continue
        if "sys.modules" in view.paths(table):
            yield from ((name, node.lineno) for name in _keys(view, key))


def _keys(view: SourceView, node: ast.expr) -> list[str]:
    if isinstance(node, ast.Dict):
        return [view.folder.text(key) or ANY for key in node.keys]
    return [view.folder.text(node) or ANY]


@fatal(
    "module-replaced",
    FindingKind.TAMPERING,
    "Puts another module in the place of a known one.",
)
def module_replaced(view: SourceView) -> Iterator[Hit]:
    """Writing `sys.modules['torch']` and the like."""
    for key, line in _modules_written(view):
        if under(key, *_PROTECTED, *CLOCKS):
            yield Hit(line, key)


@warning("module-registered", "Writes to the table of imported modules.")
def module_registered(view: SourceView) -> Iterator[Hit]:
    """Its own entry may be honest."""
    for key, line in _modules_written(view):
        if not under(key, *_PROTECTED, *CLOCKS):
            yield Hit(line, key)


@fatal("module-patched", FindingKind.TAMPERING, "Replaces something in a library.")
def module_patched(view: SourceView) -> Iterator[Hit]:
    """Assignments to attributes of torch, triton, builtins and other shared modules."""
    for write in view.stores:
        inside = under(write.path, *_PROTECTED) and "." in write.path
        settings = under(write.path, *_SETTABLE) and "hook" not in write.path
        elsewhere = under(write.path, *CLOCKS, *_HOOK_PLACES, "sys.modules")
        if inside and not settings and not elsewhere:
            yield Hit(write.line, write.path)


@warning("setting-changed", "Changes a setting for the whole process.")
def setting_changed(view: SourceView) -> Iterator[Hit]:
    """Paths, streams and the libraries' knobs are shared with the harness."""
    shared = [one for one in _SETTABLE if one not in ("torch.backends", "os.environ", "torch.ops")]
    for write in view.stores:
        if under(write.path, *shared) and "hook" not in write.path:
            yield Hit(write.line, write.path)
    for node in view.calls():
        if any(under(path, "sys.path") for path in view.paths(node.func)):
            yield Hit(node.lineno)


@fatal(
    "evaluator-door",
    FindingKind.TAMPERING,
    "Uses the evaluator's own door into kerneldojo.cpp.",
)
def evaluator_door(view: SourceView) -> Iterator[Hit]:
    """`observe` and private names are not for solutions."""
    allowed = {"load", "CompileError", "NoCompiler", "Library", "Function"}
    for path, line in [
        *((use.path, use.line) for use in view.references),
        *((one.path, one.line) for one in view.imports),
        *((one.path, one.line) for one in view.stores),
    ]:
        parts = path.split(".")
        if parts[:2] == ["kerneldojo", "cpp"] and len(parts) > 2 and parts[2] not in allowed:
            yield Hit(line, path)


@fatal("process-control", FindingKind.SANDBOX_VIOLATION, "Starts or signals processes.")
def process_control(view: SourceView) -> Iterator[Hit]:
    """Processes outlive calls, escape clocks and reach other programs."""
    yield from _uses(view, *_PROCESS)
    for use in view.references:
        if use.path.startswith(("os.exec", "os.spawn")):
            yield Hit(use.line, use.path)


@fatal("signals-handled", FindingKind.TAMPERING, "Handles signals or sets timers.")
def signals_handled(view: SourceView) -> Iterator[Hit]:
    """A handler runs when the harness stops and resumes the process."""
    yield from _uses(view, *_SIGNALS)


@fatal("network-used", FindingKind.SANDBOX_VIOLATION, "Talks to the network.")
def network_used(view: SourceView) -> Iterator[Hit]:
    """Answers are computed, not fetched."""
    yield from _uses(view, *_NETWORK)


def _path_arguments(view: SourceView) -> Iterator[tuple[str, int]]:
    for node in view.calls():
        paths = view.paths(node.func)
        if any(under(path, *_OPENERS) and not under(path, "os.path") for path in paths):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                text = view.folder.value(argument)
                if isinstance(text, bytes):
                    text = text.decode("utf-8", "replace")
                if isinstance(text, str):
                    yield re.sub(r"/(\./)*/*", "/", text), node.lineno


@fatal("proc-read", FindingKind.SANDBOX_VIOLATION, "Opens the kernel's view of processes.")
def proc_read(view: SourceView) -> Iterator[Hit]:
    """/proc and raw devices hold other processes' memory; /proc/cpuinfo and the like are fine."""
    for text, line in _path_arguments(view):
        if _KERNEL_FILES.match(text) and not _HARMLESS_PROC.match(text):
            yield Hit(line, text)


@warning("exits-at-once", "Ends the process from within.")
def exits_at_once(view: SourceView) -> Iterator[Hit]:
    """`os._exit` and `os.abort` leave a verdict to whoever reads the exit code."""
    yield from _uses(view, "os._exit", "os.abort", "faulthandler._sigsegv")


@warning("exits", "Asks the interpreter to end, or to run something at the end.")
def exits(view: SourceView) -> Iterator[Hit]:
    """`sys.exit`, `SystemExit`, `atexit`, finalisers."""
    yield from _uses(view, "sys.exit", "builtins.exit", "builtins.quit", "builtins.SystemExit",
                     "builtins.KeyboardInterrupt",  "atexit",
                     "weakref.finalize")  # fmt: skip
    for node in view.of(ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        if node.name == "__del__":
            yield Hit(node.lineno, "__del__")


@warning("code-generated", "Runs code from strings.")
def code_generated(view: SourceView) -> Iterator[Hit]:
    """`exec`, `eval` and `compile` hide what is run."""
    yield from _uses(view, "builtins.exec", "builtins.eval", "builtins.compile",
                     "types.FunctionType", "types.LambdaType", "runpy")  # fmt: skip


@warning("classes-walked", "Walks the tree of all classes.")
def classes_walked(view: SourceView) -> Iterator[Hit]:
    """`__subclasses__` finds what was never imported."""
    for node in view.of(ast.Attribute):
        assert isinstance(node, ast.Attribute)
        if node.attr in ("__subclasses__", "__bases__", "mro", "__globals__", "__closure__"):
            yield Hit(node.lineno, node.attr)


@warning("memory-raw", "Reads or writes raw memory, or opens native libraries.")
def memory_raw(view: SourceView) -> Iterator[Hit]:
    """Through ctypes, at any address."""
    yield from _uses(view, "ctypes.memmove", "ctypes.memset", "ctypes.string_at", "ctypes.cast",
                     "ctypes.CDLL", "ctypes.cdll", "ctypes.util.find_library",
                     "numpy.lib.stride_tricks", "numpy.ctypeslib", "mmap.mmap", "cffi")  # fmt: skip
    for node in view.calls():
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "from_address",
            "from_buffer",
        ):
            yield Hit(node.lineno, node.func.attr)


@warning("files-used", "Opens files.")
def files_used(view: SourceView) -> Iterator[Hit]:
    """Files can carry answers from one evaluation to the next."""
    yield from _uses(view, "builtins.open", "io.open", "io.FileIO", "os.open", "os.listdir",
                     "os.scandir", "os.walk", "glob", "shutil", "tempfile", "sqlite3", "numpy.load",
                     "numpy.save", "numpy.savez", "numpy.memmap", "numpy.fromfile", "torch.load",
                     "torch.save", "torch.from_file", "dbm", "linecache")  # fmt: skip


@warning("descriptors-used", "Writes to or copies file descriptors.")
def descriptors_used(view: SourceView) -> Iterator[Hit]:
    """A message on the harness's own channel would be a forgery."""
    yield from _uses(view, "os.write", "os.dup", "os.dup2", "os.fdopen", "os.close",
                     "os.closerange", "os.sendfile", "os.pipe", "sys.__stdout__",
                     "sys.__stderr__")  # fmt: skip


@warning("environment-read", "Reads the whole environment.")
def environment_read(view: SourceView) -> Iterator[Hit]:
    """Single variables are asked for by name."""
    yield from _uses(view, "os.environ.items", "os.environ.copy", "os.environ.values",
                     "os.environ.keys", "os.environb")  # fmt: skip
    for node in view.of(ast.For, ast.comprehension):
        assert isinstance(node, (ast.For, ast.comprehension))
        if "os.environ" in view.paths(node.iter):
            yield Hit(node.iter.lineno, "os.environ")


@warning("modules-searched", "Goes through all imported modules.")
def modules_searched(view: SourceView) -> Iterator[Hit]:
    """What a solution needs it imports by name."""
    yield from _uses(view, "sys.modules.values", "sys.modules.items", "sys.modules.keys",
                     "sys.modules.copy")  # fmt: skip
    for node in view.of(ast.For, ast.comprehension):
        assert isinstance(node, (ast.For, ast.comprehension))
        if "sys.modules" in view.paths(node.iter):
            yield Hit(node.iter.lineno, "sys.modules")
