"""Rules about embedded C++ and CUDA."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from kerneldojo.evaluation.static_check.native import NativeText, native_texts
from kerneldojo.evaluation.static_check.rules import Hit, fatal, warning
from kerneldojo.evaluation.static_check.view import SourceView
from kerneldojo.records import FindingKind


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROCESS = _names(
    "fork vfork execl execlp execle execv execvp execvpe execve fexecve system popen posix_spawn "
    "posix_spawnp clone clone3 kill tgkill killpg daemon setsid unshare setns chroot waitpid"
)
_NETWORK = _names("socket connect bind listen accept sendto recvfrom getaddrinfo socketpair")
_SPYING = _names(
    "ptrace process_vm_readv process_vm_writev pidfd_getfd pidfd_open memfd_create perf_event_open "
    "userfaultfd"
)
_LOADER = _names("dlsym dlopen dlmopen dlvsym dl_iterate_phdr dladdr dlinfo dladdr1")
_INTERPRETER = _names(
    "PyEval_GetFrame PyEval_GetLocals PyEval_GetGlobals PyEval_GetBuiltins PyEval_SetTrace "
    "PyEval_SetProfile PyEval_EvalCode PyFrame_GetBack PyFrame_GetLocals PyFrame_GetCode "
    "PyThreadState_GetFrame PyGC_Collect PyUnstable_GC_VisitObjects PyImport_ImportModule "
    "PyImport_Import PyImport_AddModule PyImport_GetModuleDict PyRun_SimpleString PyRun_String "
    "PyRun_SimpleFile PyObject_SetAttr PyObject_SetAttrString PyModule_GetDict Py_CompileString "
    "PyFunction_SetDefaults PyCode_New PySys_SetObject PySys_GetObject PySys_AddAuditHook"
)
_CLOCK = _names("clock_gettime gettimeofday clock nanosleep time timespec_get cudaEventElapsedTime")
_SIGNALS = _names("signal sigaction setitimer timer_create alarm sigprocmask pthread_sigmask raise")
_MEMORY = _names("mprotect pkey_mprotect mremap remap_file_pages process_madvise")
_THREADS = _names("pthread_create thrd_create")
_LIBRARY = _names(
    "sgemm_ dgemm_ sgemv_ dgemv_ cublasCreate cublasLtMatmul cudnnCreate mkldnn_sgemm dnnl_sgemm"
)


def _each(
    view: SourceView, look: Callable[[NativeText], Iterable[tuple[str, int]]]
) -> Iterator[Hit]:
    for text in native_texts(view):
        for found, line in look(text):
            yield Hit(line, found)


@fatal(
    "native-process",
    FindingKind.SANDBOX_VIOLATION,
    "C++ that starts processes, signals them or opens sockets.",
)
def native_process(view: SourceView) -> Iterator[Hit]:
    """fork, exec, system, kill, socket and their kin, called as free functions."""
    yield from _each(view, lambda text: text.calls(_PROCESS | _NETWORK))


@fatal(
    "native-spying",
    FindingKind.SANDBOX_VIOLATION,
    "C++ that reaches into other processes or the kernel's view of them.",
)
def native_spying(view: SourceView) -> Iterator[Hit]:
    """ptrace, process_vm_*, raw system calls, /proc/<pid> files."""
    yield from _each(view, lambda text: text.mentions(_SPYING))
    yield from _each(view, lambda text: text.calls(frozenset(["syscall"])))
    yield from _each(view, lambda text: text.literals(r"^/proc/(?!cpuinfo|meminfo|version)"))
    yield from _each(view, _system_call_instructions)


def _system_call_instructions(text: NativeText) -> Iterator[tuple[str, int]]:
    if any(True for _ in text.search(r"\b(?:asm|__asm__|__asm)\b")):
        yield from text.literals(r"\b(?:syscall|sysenter|int\s+\$?0x80)\b")


@fatal(
    "native-loader",
    FindingKind.FOREIGN_KERNEL,
    "C++ that looks up functions of libraries at run time.",
)
def native_loader(view: SourceView) -> Iterator[Hit]:
    """Dlopen and dlsym find PyTorch's and MKL's finished kernels."""
    yield from _each(view, lambda text: text.mentions(_LOADER))


@fatal(
    "native-interpreter",
    FindingKind.TAMPERING,
    "C++ that reaches into the Python interpreter.",
)
def native_interpreter(view: SourceView) -> Iterator[Hit]:
    """Frames, modules, attributes and code through Python's C interface or pybind11."""
    yield from _each(view, lambda text: text.mentions(_INTERPRETER))
    pattern = r"\b(?:py|pybind11)\s*::\s*(?:module_?\s*::\s*import|exec|eval|eval_file|globals)\b"
    yield from _each(view, lambda text: text.search(pattern))


@fatal("native-clock", FindingKind.CLOCK_TAMPERING, "C++ that defines a clock function anew.")
def native_clock(view: SourceView) -> Iterator[Hit]:
    """A definition of clock_gettime takes the place of the system's."""
    yield from _each(view, lambda text: text.defines(_CLOCK))


@fatal("native-memory", FindingKind.TAMPERING, "C++ that changes the protection of memory.")
def native_memory(view: SourceView) -> Iterator[Hit]:
    """Mprotect is how code and guarded pages are rewritten."""
    yield from _each(view, lambda text: text.mentions(_MEMORY))


@warning("native-signals", "C++ that handles signals or jumps out of calls.")
def native_signals(view: SourceView) -> Iterator[Hit]:
    """sigaction, longjmp: ways to survive what should stop a kernel."""
    yield from _each(view, lambda text: text.calls(_SIGNALS))
    yield from _each(view, lambda text: text.calls(_names("longjmp siglongjmp setcontext")))


@warning("native-exit", "C++ that ends the process.")
def native_exit(view: SourceView) -> Iterator[Hit]:
    """_exit and quick_exit leave a verdict to whoever reads the exit code."""
    yield from _each(view, lambda text: text.calls(_names("_exit _Exit quick_exit exit")))


@fatal("native-detached", FindingKind.LATE_WORK, "C++ that lets threads outlive the call.")
def native_detached(view: SourceView) -> Iterator[Hit]:
    """pthread_detach, and std::thread's detach."""
    yield from _each(view, lambda text: text.mentions(_names("pthread_detach thrd_detach")))
    yield from _each(view, _detached)


def _detached(text: NativeText) -> Iterator[tuple[str, int]]:
    # tensors have a detach() too
    if any(True for _ in text.search(r"\bstd\s*::\s*j?thread\b")):
        yield from text.search(r"\.\s*detach\s*\(\s*\)")


@warning("native-threads", "C++ that starts threads of its own; OpenMP is fine.")
def native_threads(view: SourceView) -> Iterator[Hit]:
    """std::thread, std::async and pthreads can outlast the call."""
    yield from _each(view, lambda text: text.mentions(_THREADS))
    yield from _each(view, lambda text: text.search(r"\bstd\s*::\s*(?:j?thread|async)\b"))


@warning("native-library", "C++ that calls finished kernels of a library.")
def native_library(view: SourceView) -> Iterator[Hit]:
    """BLAS, oneDNN, cuBLAS, cuDNN, and PyTorch's own operators."""
    yield from _each(view, lambda text: text.mentions(_LIBRARY))
    named = r"\b(?:cblas_\w+|mkl_\w+|dnnl_\w+|cublas\w+|cudnn\w+|cusparse\w+|cufft\w+)\b"
    yield from _each(view, lambda text: text.search(named))
    operators = (
        r"\b(?:torch|at)\s*::\s*(?:mm|matmul|bmm|addmm|linear|softmax|log_softmax|layer_norm|conv\w*|"
        r"gelu|relu|sigmoid|cumsum|sum|mean|einsum|native_\w+|cross_entropy\w*|batch_norm|_\w+)\s*\("
    )
    yield from _each(view, lambda text: text.search(operators))


@warning("native-files", "C++ that opens files or includes them by absolute path.")
def native_files(view: SourceView) -> Iterator[Hit]:
    """Files can carry answers from one evaluation to the next."""
    yield from _each(view, lambda text: text.calls(_names("fopen open openat creat mmap shm_open")))
    yield from _each(view, lambda text: text.search(r"\bstd\s*::\s*(?:[io]?fstream|filesystem)\b"))
    yield from _each(view, lambda text: text.includes(r"/.*"))
    yield from _each(view, lambda text: text.literals(r"\.incbin\b"))


@warning("native-headers", "C++ that includes headers no kernel needs.")
def native_headers(view: SourceView) -> Iterator[Hit]:
    """Processes, sockets, signals and loaders; their use is judged by other rules."""
    headers = (
        r"sys/(?:ptrace|socket|wait|mman|syscall|uio|prctl|shm)\.h|dlfcn\.h|link\.h|signal\.h|csignal"
        r"|spawn\.h|sched\.h|netinet/.*|arpa/.*|pthread\.h|csetjmp|setjmp\.h|execinfo\.h|frameobject\.h"
    )
    yield from _each(view, lambda text: text.includes(headers))


@warning("native-startup", "C++ that runs when it is loaded or unloaded.")
def native_startup(view: SourceView) -> Iterator[Hit]:
    """Constructors, destructors and atexit handlers run outside of any call."""
    yield from _each(view, lambda text: text.search(r"__attribute__\s*\(\(\s*(?:con|de)structor\b"))
    yield from _each(view, lambda text: text.calls(_names("atexit on_exit pthread_atfork")))


@warning("native-sanitizer", "C++ that hides from the address sanitizer.")
def native_sanitizer(view: SourceView) -> Iterator[Hit]:
    """Out-of-bounds accesses would go unseen."""
    yield from _each(
        view, lambda text: text.search(r"\b__(?:asan|sanitizer|lsan)_\w+|\bno_sanitize\w*")
    )
    yield from _each(view, lambda text: text.search(r"__SANITIZE_ADDRESS__|__has_feature"))


@warning("native-remembers", "C++ that keeps a table from one call to the next.")
def native_remembers(view: SourceView) -> Iterator[Hit]:
    """A static map is how answers are remembered; static scratch buffers are fine."""
    pattern = r"\bstatic\s+(?:thread_local\s+)?std\s*::\s*(?:unordered_)?(?:map|set|multimap)\s*<"
    yield from _each(view, lambda text: text.search(pattern))


@warning("native-linked", "Links another library into its kernels.")
def native_linked(view: SourceView) -> Iterator[Hit]:
    """`-l` and `.so` among the flags of a build."""
    builders = ("load", "load_inline", "load_jit_inline")
    for node in view.calls():
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if name in builders:
            for keyword in node.keywords:
                values = view.folder.value(keyword.value)
                for value in values if isinstance(values, tuple) else ():
                    if isinstance(value, str) and (
                        (value.startswith("-l") and value not in ("-lm", "-lgomp"))
                        or value.endswith((".so", ".a"))
                        or value.startswith(("-Wl,--wrap", "-Wl,--defsym", "-fplugin", "-specs"))
                    ):
                        yield Hit(node.lineno, value)
