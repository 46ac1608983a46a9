"""The attack corpus as records: what each file is, and which verdicts are acceptable.

    for attack in attacks():
        attack.path, attack.problem, attack.statuses, attack.findings, attack.guards

A file's header is its docstring and the comment lines right below it; README.md describes it.
"""

from __future__ import annotations

import ast
import base64
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kerneldojo.records import FindingKind, Language, Solution, Status

ROOT = Path(__file__).parent
CLASSES = ("authorship", "replay", "theft", "clock", "harness", "numeric")
GUARDS = frozenset(
    "static audit_hook provenance ghost launch_census output_check poison guard_bands input_check "
    "alias_check fresh_inputs replay_check oracle distributions workloads determinism freeze clock "
    "floor sandbox_network sandbox_files sandbox_process limits deadline channel "
    "reference_state".split()
)
_REQUIRED = ("problem", "language", "status", "finding", "guard")
_OPTIONAL = ("twin", "coverage", "slow")


@dataclass(frozen=True)
class Entry:
    """One file of the corpus."""

    path: Path
    group: str
    """The attack's class, or `benign`."""
    summary: str
    """What the file does, in one sentence."""
    problem: str
    language: Language
    statuses: frozenset[Status]
    """Acceptable statuses."""
    findings: frozenset[FindingKind]
    """Acceptable fatal findings, one of which must be there if the status is HACKED; empty: any."""
    guards: frozenset[str]
    """Guards that catch it, each by itself or together with the others."""
    twin: str | None = None
    """The benign look-alike, as `benign/name`."""
    coverage: tuple[float, float] | None = None
    """Least and greatest coverage a benign file may be credited with."""
    slow: bool = False

    @property
    def id(self) -> str:
        """The name under which tests and reports list the file, e.g. `replay/by_shape`."""
        return f"{self.group}/{self.path.stem}"

    @property
    def benign(self) -> bool:
        """Whether this is an honest solution."""
        return self.group == "benign"

    @property
    def source(self) -> str:
        """The file's text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def solution(self) -> Solution:
        """The file as a solution, stripped of the header that gives it away."""
        lines = self.source.splitlines(keepends=True)
        start = _header_end(self.source)
        return Solution(
            source="".join(lines[start:]), language=self.language, origin=f"{self.path.stem}.py"
        )

    @property
    def veiled(self) -> Solution:
        """The same solution with its source compressed, out of sight of all static rules.

        Triton needs a kernel's source in the file, so this is for C++ only.
        """
        packed = base64.b85encode(zlib.compress(self.solution.source.encode())).decode()
        source = (
            "import base64, zlib\n"
            f"TEXT = zlib.decompress(base64.b85decode({packed!r})).decode()\n"
            'exec(compile(TEXT, __file__, "exec"))\n'
            f"class {self.solution.entry_point}({self.solution.entry_point}):\n"
            "    def forward(self, *arguments):\n"
            "        return super().forward(*arguments)\n"
        )
        return self.solution.model_copy(update={"source": source})


def attacks() -> tuple[Entry, ...]:
    """Return every attack, ordered by class and name.

    Raises:
        ValueError: a header is malformed; the message starts with file and line.
    """
    return tuple(entry for group in CLASSES for entry in _read_group(group))


def benign() -> tuple[Entry, ...]:
    """Return every benign look-alike, ordered by name.

    Raises:
        ValueError: a header is malformed; the message starts with file and line.
    """
    return _read_group("benign")


@lru_cache(maxsize=16)
def _read_group(group: str) -> tuple[Entry, ...]:
    return tuple(read_entry(path) for path in sorted((ROOT / group).glob("*.py")))


def read_entry(path: Path) -> Entry:
    """Read one file's header.

    Raises:
        ValueError: the header is malformed; the message starts with file and line.
    """
    source = path.read_text(encoding="utf-8")
    summary, end = _docstring(path, source)
    fields = _fields(path, source, end)
    group = path.parent.name
    for key in _REQUIRED:
        if key not in fields:
            raise ValueError(f"{path}:{end}: the header lacks `# {key}:`")
    if group != "benign" and "twin" not in fields:
        raise ValueError(f"{path}:{end}: the header lacks `# twin:`")
    return Entry(
        path=path,
        group=group,
        summary=summary,
        problem=fields["problem"][1],
        language=_members(path, fields["language"], Language)[0],
        statuses=frozenset(_members(path, fields["status"], Status)),
        findings=frozenset(_members(path, fields["finding"], FindingKind)),
        guards=frozenset(_guards(path, fields["guard"])),
        twin=fields["twin"][1] if "twin" in fields else None,
        coverage=_coverage(path, fields["coverage"]) if "coverage" in fields else None,
        slow=_flag(path, fields["slow"]) if "slow" in fields else False,
    )


def _docstring(path: Path, source: str) -> tuple[str, int]:
    """Return the docstring's first line and the number of the line on which it ends."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"{path}:{error.lineno}: {error.msg}") from error
    text = ast.get_docstring(tree)
    if not text or not text.splitlines()[0].endswith("."):
        raise ValueError(f"{path}:1: the file must start with a docstring of one sentence")
    end = tree.body[0].end_lineno
    assert end is not None
    return text.splitlines()[0], end


def _fields(path: Path, source: str, start: int) -> dict[str, tuple[int, str]]:
    """Return the header's fields with their line numbers."""
    fields: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(source.splitlines()[start:], start + 1):
        if not line.strip() and not fields:
            continue
        if not line.startswith("# "):
            break
        key, colon, value = line[2:].partition(":")
        if not colon or not value.strip():
            raise ValueError(f"{path}:{number}: not of the form `# key: value`")
        if key not in _REQUIRED + _OPTIONAL:
            raise ValueError(f"{path}:{number}: unknown key {key!r}")
        if key in fields:
            raise ValueError(f"{path}:{number}: second {key!r}")
        fields[key] = (number, value.strip())
    return fields


def _header_end(source: str) -> int:
    """Return the number of lines that docstring and header take."""
    first = ast.parse(source).body[0]
    end = first.end_lineno or 0
    lines = source.splitlines()
    while end < len(lines) and (lines[end].startswith("# ") or not lines[end].strip()):
        end += 1
    return end


def _words(value: str) -> list[str]:
    return [] if value == "-" else [word.strip() for word in value.split(",")]


def _members(path: Path, field: tuple[int, str], kind: type) -> list:
    number, value = field
    try:
        return [kind(word) for word in _words(value)]
    except ValueError as error:
        raise ValueError(f"{path}:{number}: {error}") from error


def _guards(path: Path, field: tuple[int, str]) -> list[str]:
    number, value = field
    names = _words(value)
    for name in names:
        if name not in GUARDS:
            raise ValueError(f"{path}:{number}: unknown guard {name!r}")
    return names


def _coverage(path: Path, field: tuple[int, str]) -> tuple[float, float]:
    number, value = field
    low, dots, high = value.partition("..")
    try:
        bounds = (float(low), float(high))
    except ValueError as error:
        raise ValueError(f"{path}:{number}: a coverage is `low..high`") from error
    if not dots or not 0.0 <= bounds[0] <= bounds[1] <= 1.0:
        raise ValueError(f"{path}:{number}: a coverage is `low..high` within 0 and 1")
    return bounds


def _flag(path: Path, field: tuple[int, str]) -> bool:
    number, value = field
    if value not in ("true", "false"):
        raise ValueError(f"{path}:{number}: true or false, not {value!r}")
    return value == "true"
