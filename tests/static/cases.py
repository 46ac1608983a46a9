"""For each static rule: sources it must find, and look-alikes it must leave alone."""

from __future__ import annotations

TRITON = "import torch, triton\nimport triton.language as tl\nfrom torch import nn\n"
CPP = "import torch\nfrom torch import nn\nfrom kerneldojo.cpp import load\n"


def native(code: str) -> str:
    """A solution with `code` as its embedded C++."""
    return CPP + f"lib = load(r'''\n#include <cmath>\n{code}\n''')\n"


def forward(body: str) -> str:
    """A solution whose forward has this body."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return TRITON + f"class ModelNew(nn.Module):\n    def forward(self, x):\n{lines}"


def kernel(rest: str = "") -> str:
    """A solution with one Triton kernel `k` and more lines after it."""
    return TRITON + "@triton.jit\ndef k(x):\n    pass\n" + rest


CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # imports
    "import-evaluator": (
        (
            "import kerneldojo",
            "from kerneldojo.evaluation import referee",
            "import importlib\nm = importlib.import_module('kernel' + 'dojo.pool')",
            "import kerneldojo.cpp\nkerneldojo.evaluation.x",
        ),
        (
            "from kerneldojo.cpp import load",
            "import kerneldojo.cpp as c\nc.load('')",
            "from kerneldojo import cpp",
            "text = 'import kerneldojo'",
        ),
    ),
    "import-unneeded": (
        ("import subprocess", "from multiprocessing import Pool", "import socket as s"),
        ("import math  # not subprocess", "import dataclasses, functools, itertools"),
    ),
    "import-foreign": (
        ("import flash_attn", "from xformers.ops import x", "__import__('cupy')"),
        ("import numpy as np", "from triton.language.extra import libdevice"),
    ),
    "import-serialiser": (("import pickle", "import marshal"), ("import json",)),
    "import-star": (("from torch import *",), ("from torch import nn",)),
    "import-dynamic": (
        ("__import__('math')", "import importlib\nimportlib.import_module(name)"),
        ("import math",),
    ),
    "attribute-dynamic": (
        ("import torch\ngetattr(torch, name)", "import torch\nf = vars(torch)[name]"),
        (
            "import torch\ngetattr(torch, 'float32')",
            "import torch\ndtype = getattr(torch, name)",
            "getattr(self, name)",
        ),
    ),
    # authorship
    "compiler-used": (
        (
            "import torch\nf = torch.compile(g)",
            "import torch as t\nt.compile(g)",
            "from torch import compile as c\nc(g)",
            "import torch\n@torch.compile\ndef f(x): return x",
            "import torch\ngetattr(torch, 'comp' + 'ile')(g)",
            "import torch\ngetattr(torch, 'elipmoc'[::-1])(g)",
            "import torch\ngetattr(torch, ''.join(['com', 'pile']))(g)",
            "import torch, base64\ngetattr(torch, base64.b64decode('Y29tcGlsZQ==').decode())(g)",
            "import torch\nt = torch\nu = t\nu.compile(g)",
            "import torch\nvars(torch)['compile'](g)",
            "import torch\ntorch.__dict__['compile'](g)",
            "import sys\nsys.modules['torch'].compile(g)",
            "__import__('torch').compile(g)",
            "import importlib\nimportlib.import_module('torch').compile(g)",
            "import torch, operator\noperator.attrgetter('compile')(torch)(g)",
            "import torch, functools\nf = functools.partial(torch.compile, dynamic=True)",
            "import torch\ntorch.jit.script(g)",
            "from torch._inductor import compile_fx",
            "from torch import *\ng = compile(f)",
            (
                "import torch\nclass M:\n    def __init__(self):\n        self.t = torch\n"
                "    def forward(self, x):\n        return self.t.compile(g)(x)"
            ),
            "import torch\nname = 'com' + 'pile'\ngetattr(torch, name)(g)",
            "import torch\ntorch.__getattribute__('compile')(g)",
            "import torch\nobject.__getattribute__(torch, 'compile')(g)",
        ),
        (
            "import re\nre.compile('a')",
            "import torch\ntorch.compiler.is_compiling()",
            "import torch\n@torch.compiler.disable\ndef f(): pass",
            "import torch\n# torch.compile would be cheating\n",
            '"""Faster than torch.compile."""\nimport torch',
            "import torch\nprint('torch.compile is not used')",
            "import torch\n@torch.jit.ignore\ndef f(): pass",
            "import torch\ntorch.jit.is_scripting()",
            "compile('1', 'f', 'eval')",
        ),
    ),
    "compiler-internals": (
        ("from torch._inductor.runtime import triton_helpers", "import torch.fx"),
        ("import torch.nn.functional as F",),
    ),
    "module-compiled": (
        (forward("self.compile()"), forward("self.layer.compile(mode='max')")),
        (forward("pattern.compile()"),),
    ),
    "operators-replaced": (
        (
            "import torch\nl = torch.library.Library('aten', 'IMPL')",
            "import torch\ntorch.library.impl('aten::mm', 'CPU')(f)",
        ),
        ("import torch\n@torch.library.custom_op('mine::swish', mutates_args=())\ndef f(x): pass",),
    ),
    "operators-hidden": (
        (
            "import torch\nwith torch._C._DisableTorchDispatch():\n    pass",
            "from torch.utils._python_dispatch import _disable_current_modes",
        ),
        ("import torch\nwith torch.no_grad():\n    pass",),
    ),
    "operators-raw": (
        ("import torch\ntorch.ops.aten.mm(a, b)", "import torch\ntorch._C._nn.gelu(x)"),
        ("import torch\ntorch.ops.mine.swish(x)",),
    ),
    "operators-trapped": (
        (
            "import torch\nclass T(torch.Tensor):\n    pass",
            "from torch.utils._python_dispatch import TorchDispatchMode",
        ),
        ("import torch\nclass T(torch.autograd.Function):\n    pass",),
    ),
    "precision-global": (
        (
            "import torch\ntorch.backends.cuda.matmul.allow_tf32 = True",
            "import torch\ntorch.set_float32_matmul_precision('medium')",
        ),
        ("import torch\nx = torch.backends.cuda.matmul.allow_tf32",),
    ),
    "no-kernel-written": (
        (TRITON + "class ModelNew(nn.Module):\n    pass",),
        (kernel(), "from triton import jit\n@jit\ndef k(): pass"),
    ),
    "kernel-unused": (
        (kernel(), kernel("def launch(x):\n    k[(1,)](x)\n")),
        (
            kernel("class ModelNew(nn.Module):\n    def forward(self, x):\n        k[(1,)](x)\n"),
            kernel("f = k\n"),
            kernel(
                "def g(x):\n    k[(1,)](x)\nclass ModelNew(nn.Module):\n"
                "    def forward(self, x):\n        g(x)\n"
            ),
        ),
    ),
    "launcher-replaced": (
        (
            kernel("type(k).__getitem__ = f"),
            kernel("k.run = f"),
            kernel("setattr(k, 'run', f)"),
            kernel("k.__class__.run = f"),
        ),
        (
            kernel("self.__class__.cached = 1"),
            kernel("type(self).cached = 1"),
            kernel("k.note = 1"),
        ),
    ),
    "fallback": (
        (forward("try:\n    k[(1,)](x)\nexcept Exception:\n    return torch.relu(x)"),),
        (
            forward("try:\n    k[(1,)](x)\nexcept Exception:\n    raise"),
            forward("try:\n    n = int(v)\nexcept ValueError:\n    n = 1"),
        ),
    ),
    "reference-inherited": (
        ("class ModelNew(Model):\n    pass", "m = Model(3)"),
        ("class ModelNew(nn.Module):\n    pass",),
    ),
    "environment-probed": (
        (
            "import os\nif os.environ.get('TRITON_INTERPRET') == '1': pass",
            "import sys\nif 'pytest' in sys.modules: pass",
            "import sys\nsys.argv",
        ),
        ('"""TRITON_INTERPRET"""', "import os\nos.environ.get('OMP_NUM_THREADS')"),
    ),
    # replay
    "identity-remembered": (
        (
            forward("if x.data_ptr() == self.last: return self.out"),
            forward("key = (x.data_ptr(), x.shape)"),
            forward("key = x.data_ptr()\nif key not in self.seen: pass"),
            forward("return self.seen[id(x)]"),
            forward("if x._version == self.version: pass"),
        ),
        (
            forward("aligned = x.data_ptr() % 16 == 0"),
            forward("p = x.data_ptr()\naligned = p % 16 == 0"),
            forward("call(x.data_ptr())"),
            forward("key = (x.shape, x.dtype)"),
        ),
    ),
    "result-memoised": (
        (
            (
                "import functools, torch\n@functools.lru_cache(maxsize=None)\n"
                "def f(x: torch.Tensor): pass"
            ),
            "import functools, torch\ndef f(x: torch.Tensor): pass\ng = functools.lru_cache(4)(f)",
        ),
        ("import functools\n@functools.cache\ndef plan(rows: int): pass",),
    ),
    "calls-counted": (
        (forward("self.n += 1\nif self.n > 3: return self.out"),),
        (forward("self.n += 1\nreturn x"), forward("n = 0\nn += 1\nif n: pass")),
    ),
    "input-marked": (
        (forward("x._answer = 1"),),
        (forward("self.answer = 1"), forward("y = x\nout.note = 1")),
    ),
    "result-kept": (
        (forward("return self.out"), forward("return self.table[x.shape]")),
        (forward("return out"), forward("return self.layer(x)")),
    ),
    # clock
    "clock-patched": (
        (
            "import time\ntime.perf_counter = lambda: 0",
            "import time\nsetattr(time, 'perf' + '_counter', f)",
            "from torch import cuda\ncuda.Event.elapsed_time = f",
            "import torch\ntorch.cuda.synchronize = f",
            "import time\ntime.__dict__['time'] = f",
            "import time, types\ntime.time.__code__ = f.__code__",
            "import triton\ntriton.testing.do_bench = f",
            "from unittest import mock\nmock.patch('time.time', f)",
        ),
        (
            "import time\nstart = time.perf_counter()",
            "import time\nclass A:\n    time = 3\nA.time = 4",
            "def f(time):\n    time.value = 3",
        ),
    ),
    "thread-started": (
        (
            "import threading\nthreading.Thread(target=f).start()",
            "from concurrent.futures import ThreadPoolExecutor as P\nP()",
        ),
        ("import threading\nlock = threading.Lock()",),
    ),
    "stream-used": (
        ("import torch\ns = torch.cuda.Stream()",),
        ("import torch\ntorch.cuda.synchronize()",),
    ),
    "sleeps": (("import time\ntime.sleep(1)",), ("import time\ntime.time()", "sleep = 3")),
    "scheduling-changed": (
        ("import os\nos.nice(5)", "import torch\ntorch.set_num_threads(1)"),
        ("import torch\ntorch.get_num_threads()",),
    ),
    # harness
    "frames-read": (
        (
            "import sys\nsys._getframe(1)",
            "import inspect\ninspect.stack()",
            "from inspect import currentframe as c\nc()",
            "import torch\ntorch.sys._getframe()",
            "e.__traceback__.tb_frame",
            "getattr(f, 'f_' + 'back')",
        ),
        (
            "import inspect\ninspect.getsource(f)",
            "import inspect\ninspect.signature(f)",
            "text = 'sys._getframe'",
            "frame = 3\nframe.back",
        ),
    ),
    "heap-searched": (
        (
            "import gc\ngc.get_objects()",
            "from gc import get_referrers as r\nr(x)",
            "__import__('gc').get_objects()",
        ),
        ("import gc\ngc.collect()", "class A:\n    def get_objects(self): pass\nA().get_objects()"),
    ),
    "code-replaced": (
        (
            "f.__code__ = g.__code__",
            "setattr(f, '__co' + 'de__', c)",
            "import types\ntypes.CodeType",
        ),
        ("n = f.__code__.co_argcount",),
    ),
    "interpreter-internals": (
        (
            "import ctypes\nctypes.pythonapi.PyEval_GetFrame()",
            "import ctypes\nctypes.cast(id(x), ctypes.c_void_p)",
            "import ctypes\nctypes.c_int.from_address(id(x) + 8)",
        ),
        ("import ctypes\nctypes.c_int(3)", "import ctypes\nctypes.cast(p, ctypes.c_void_p)"),
    ),
    "interpreter-hooked": (
        (
            "import sys\nsys.settrace(f)",
            "import sys\nsys.meta_path.insert(0, f)",
            "import sys\nsys.excepthook = f",
        ),
        ("import sys\nsys.version_info",),
    ),
    "module-replaced": (
        (
            "import sys\nsys.modules['torch'] = x",
            "import sys\nsys.modules.update({'time': x})",
            "import sys\ndel sys.modules['tri' + 'ton']",
        ),
        (
            "import sys\nsys.modules['mine'] = x",
            "import sys\nx = sys.modules['torch']",
            "import sys\nsys.modules[__name__].x = 1",
        ),
    ),
    "module-registered": (
        ("import sys\nsys.modules['mine'] = x", "import sys\nsys.modules[name] = x"),
        ("import sys\nsys.modules['torch'] = x",),
    ),
    "module-patched": (
        (
            "import torch\ntorch.allclose = f",
            "import torch\ntorch.Tensor.__eq__ = f",
            "import torch.nn.functional as F\nF.gelu = f",
            "import builtins\nbuiltins.print = f",
            "__builtins__['print'] = f",
            "import torch\nsetattr(torch, name, f)",
            "import torch\ndel torch.nn.Module.__call__",
            "import triton\ntriton.runtime.jit.JITFunction.run = f",
            "import triton\ntriton.knobs.runtime.launch_enter_hook = f",
            "import torch\nfor m in (torch, triton):\n    m.equal = f",
            "import torch\ntype.__setattr__(torch.Tensor, 'sum', f)",
        ),
        (
            "import torch\ntorch.backends.cudnn.benchmark = True",
            "import torch\nself.weight = torch.nn.Parameter(x)",
            "import torch\nx = torch.empty(3)\nx.data = y",
            "import os\nos.environ['OMP_NUM_THREADS'] = '2'",
            "import torch\nclass F(torch.autograd.Function): pass\nF.apply = 3",
            "import torch\ntorch.nn.Linear(3, 3).bias = None",
        ),
    ),
    "setting-changed": (
        (
            "import sys\nsys.path.insert(0, 'x')",
            "import sys\nsys.stdout = f",
            "import triton\ntriton.knobs.runtime.debug = True",
        ),
        ("import sys\nsys.stdout.write('x')",),
    ),
    "evaluator-door": (
        (
            "from kerneldojo import cpp\ncpp.observe(None)",
            "from kerneldojo.cpp import observe",
            "from kerneldojo.cpp import library\nlibrary._observer = None",
            "import kerneldojo.cpp as c\nsetattr(c, 'load', f)\nc.loaded_libraries()",
        ),
        ("from kerneldojo.cpp import load, CompileError",),
    ),
    "process-control": (
        (
            "import os\nos.fork()",
            "from os import fork as f\nf()",
            "import posix\nposix.fork()",
            "import os\nos.kill(1, 9)",
            "import subprocess\nsubprocess.run(['ls'])",
            "import torch.multiprocessing as mp\nmp.spawn(f)",
            "import os\nos.execv('a', [])",
            "import torch\ntorch.os.system('x')",
        ),
        (
            "# subprocess.run\nimport os\nos.cpu_count()",
            "import multiprocessing\nmultiprocessing.cpu_count()",
            "import os\nos.path.join('a', 'b')",
            "def forward(self, signal):\n    signal.kill()\n",
            "print('subprocess.run is forbidden')",
            "import torch\ntorch.signal.windows.hann(3)",
        ),
    ),
    "signals-handled": (
        ("import signal\nsignal.signal(1, f)", "from signal import setitimer as s\ns(0, 1)"),
        ("import signal\nn = signal.SIGTERM", "import torch\ntorch.signal.windows.hann(3)"),
    ),
    "network-used": (
        (
            "import socket\nsocket.socket()",
            "import urllib.request\nurllib.request.urlopen(u)",
            "import torch\ntorch.hub.load('a', 'b')",
        ),
        ("url = 'http://example.org'",),
    ),
    "proc-read": (
        (
            "open('/proc/self/mem', 'rb')",
            "p = '/proc/self/maps'\nopen(p)",
            "import os\nos.listdir(f'/proc/{pid}/fd')",
            "from pathlib import Path\nPath('//proc/./1/environ').read_text()",
        ),
        (
            "open('/proc/cpuinfo')",
            "print('/proc/self/mem')",
            "open('/processed')",
            '"""Never opens /proc/self/mem."""',
        ),
    ),
    "exits-at-once": (("import os\nos._exit(0)",), ("import os\nos.getpid()",)),
    "exits": (
        ("import sys\nsys.exit(0)", "import atexit\natexit.register(f)", "raise SystemExit"),
        ("raise ValueError",),
    ),
    "code-generated": (
        ("exec(text)", "eval('1')", "import builtins\nbuiltins.exec(t)", "f = exec\nf(t)"),
        ("model.eval()", "text = 'exec(x)'", "self.exec(x)"),
    ),
    "classes-walked": (("object.__subclasses__()",), ("class A: pass",)),
    "memory-raw": (
        ("import ctypes\nctypes.memmove(a, b, 4)", "T.from_address(p)"),
        ("import numpy as np\nnp.frombuffer(b)",),
    ),
    "files-used": (("open('x')", "import tempfile\ntempfile.mkdtemp()"), ("self.open('x')",)),
    "descriptors-used": (("import os\nos.write(3, b'')",), ("print('x')",)),
    "environment-read": (
        ("import os\ndict(os.environ.items())", "import os\nfor k in os.environ: pass"),
        ("import os\nos.environ['HOME']", "import os\nos.environ.get('HOME')"),
    ),
    "modules-searched": (
        ("import sys\nfor m in sys.modules.values(): pass", "import sys\n[m for m in sys.modules]"),
        ("import sys\nsys.modules[__name__]",),
    ),
    # embedded C++
    "native-process": (
        (
            native("void f() { if (fork() == 0) return; }"),
            native('void f() { std::system("ls"); }'),
            native("void f() { ::kill(getppid(), 9); }"),
            native("int fo\\\nrk2; void f() { fo\\\nrk(); }"),
            native("#define go fork\nvoid f() { go(); }"),
            native("auto p = &fork;"),
            native('extern "C" int fork();\nvoid f() { int a = fork(); }'),
            native("void f() { int s = socket(1, 2, 0); }"),
        ),
        (
            native('// fork() is forbidden\nvoid f() { /* system("ls") */ }'),
            native('void f() { puts("fork()"); }'),
            native("void f(T x) { auto y = x.clone(); x->kill(); }"),
            native("static int system(int a) { return a; }\nvoid f() { system(3); }"),
            native("void f(int* fork) { fork[0] = 1; }"),
            native("auto y = at::clone(x);"),
        ),
    ),
    "native-spying": (
        (
            native("void f() { ptrace(PTRACE_ATTACH); }"),
            native("long f() { return syscall(57); }"),
            native('void f() { fopen("/proc/self/mem", "r"); }'),
            native('void f() { asm volatile("mov $57, %rax; syscall"); }'),
        ),
        (
            native('void f() { fopen("/proc/cpuinfo", "r"); }'),
            native('void f() { asm volatile("pause"); }'),
            native('const char* t = "a syscall";'),
        ),
    ),
    "native-loader": (
        (
            native('void f() { auto g = dlsym(RTLD_DEFAULT, "sgemm_"); }'),
            native("#define look dlsym\n"),
        ),
        (native("// dlsym\nvoid f() {}"),),
    ),
    "native-interpreter": (
        (
            native("void f() { PyEval_GetFrame(); }"),
            native('void f() { py::exec("x"); }'),
            native('auto m = pybind11::module_::import("gc");'),
        ),
        (native('PYBIND11_MODULE(a, m) { m.def("f", &f); }'),),
    ),
    "native-clock": (
        (native('extern "C" int clock_gettime(int a, void* b) { return 0; }'),),
        (native("void f() { clock_gettime(CLOCK_MONOTONIC, &t); }"),),
    ),
    "native-memory": (
        (native("void f() { mprotect(p, 4096, 7); }"),),
        (native("void f() { madvise(p, 1, 2); }"),),
    ),
    "native-signals": (
        (native("void f() { signal(SIGTERM, SIG_IGN); }"), native("void f() { longjmp(b, 1); }")),
        (native("void f(float signal) { float y = signal * 2; }"),),
    ),
    "native-exit": ((native("void f() { _exit(0); }"),), (native("void f() { return; }"),)),
    "native-detached": (
        (
            native("void f() { std::thread([]{}).detach(); }"),
            native("void f() { pthread_detach(t); }"),
        ),
        (native("auto y = x.detach();"), native("void f() { std::thread t([]{}); t.join(); }")),
    ),
    "native-threads": (
        (native("void f() { std::thread t([]{}); t.join(); }"),),
        (
            native("void f() {\n#pragma omp parallel for\nfor (;;) {} }"),
            native("auto id = std::this_thread::get_id();"),
        ),
    ),
    "native-library": (
        (
            native("void f() { cblas_sgemm(1); }"),
            native("auto y = torch::matmul(a, b);"),
            native("sgemm_(a);"),
        ),
        (native("auto y = torch::empty_like(x);"), native("void matmul(int a) {}")),
    ),
    "native-files": (
        (native('void f() { std::ofstream o("x"); }'), native('#include "/etc/passwd"')),
        (native("#include <vector>"), native("void f() { file.open(3); }")),
    ),
    "native-headers": (
        (native("#include <sys/ptrace.h>"), native("#include <dlfcn.h>")),
        (native("#include <immintrin.h>\n#include <omp.h>"),),
    ),
    "native-startup": (
        (native("__attribute__((constructor)) void f() {}"), native("void f() { atexit(g); }")),
        (native("__attribute__((noinline)) void f() {}"),),
    ),
    "native-sanitizer": (
        (
            native("void f() { __asan_unpoison_memory_region(p, 1); }"),
            native('__attribute__((no_sanitize("address"))) void f() {}'),
        ),
        (native("void f() {}"),),
    ),
    "native-remembers": (
        (native("static std::unordered_map<int, float> seen;"),),
        (native("static thread_local float scratch[64];"), native("std::map<int, int> m;")),
    ),
    "native-linked": (
        (CPP + "load(S, flags=('-lmkl_rt',))", CPP + "load(S, flags=['/usr/lib/libx.so'])"),
        (CPP + "load(S, flags=('-ffast-math', '-lm'))", CPP + "load(S)"),
    ),
}
