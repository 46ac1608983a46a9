"""Turns what was observed of a call into findings."""

from __future__ import annotations

import base64
import binascii
import itertools
import random
from collections.abc import Iterator
from typing import Any

import torch

from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.evaluation.referee.loading import Reply, SecretPlaces
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.records import Finding, FindingKind, Severity

_SAMPLES = 256
_LEAST_MATCH = 0.9
"""Share of secret positions that must hold the answer for a tensor to count as the answer."""
_SMALLEST_PART = 16
_LEAST_PART = 0.5
"""Share of the answer that must have stood in library memory to be the library's answer."""
_COMPILER_SIGNS = "torch._inductor.codecache"


def fatal(kind: FindingKind, evidence: str, where: str | None = None) -> Finding:
    """Return a finding that makes the solution HACKED."""
    return Finding(kind=kind, severity=Severity.FATAL, evidence=evidence, where=where)


def warning(kind: FindingKind, evidence: str, where: str | None = None) -> Finding:
    """Return a finding that does not."""
    return Finding(kind=kind, severity=Severity.WARNING, evidence=evidence, where=where)


def secret_places(case: Case, rng: random.Random) -> SecretPlaces:
    """Choose where tensors are to be looked at; parts down to a sixteenth count."""
    sizes = [
        leaf.value.numel()
        for leaf in case.leaves
        if isinstance(leaf.value, torch.Tensor) and leaf.value.numel()
    ]
    least = max(1, min(sizes, default=1) // _SMALLEST_PART)
    return SecretPlaces([rng.random() for _ in range(_SAMPLES)], least, max(sizes, default=0))


def conduct(case: Case, reply: Reply) -> list[Finding]:
    """Findings that the referee sees for itself on any call: inputs, bands, aliasing."""
    found = []
    if reply.inputs_changed and not case.mutates_input:
        found.append(
            fatal(FindingKind.MUTATED_INPUT, "an input no longer holds the bytes it was given")
        )
    if reply.bands_changed:
        found.append(fatal(FindingKind.OUT_OF_BOUNDS, "memory next to an input was written"))
    return found


def placement(case: Case, outputs: list[Output], arena: list[tuple[int, int]]) -> list[Finding]:
    """Findings about where outputs lie: in an input, in one another, in a single element."""
    if case.aliases_input:
        return []
    found = []
    tensors = [output for output in outputs if output.span]
    for output in tensors:
        if any(low <= output.address < high for low, high in arena):
            found.append(
                fatal(FindingKind.ALIASED_OUTPUT, f"{output.path} lies in an input's memory")
            )
        if output.overlapping:
            found.append(
                fatal(
                    FindingKind.STRANGE_OUTPUT,
                    f"{output.path} has elements that share one place in memory",
                )
            )
    ordered = sorted(tensors, key=lambda output: output.address)
    for left, right in itertools.pairwise(ordered):
        if left.address + left.span > right.address:
            found.append(
                fatal(FindingKind.ALIASED_OUTPUT, f"{left.path} and {right.path} share memory")
            )
    return found


def census(
    case: Case, claims: dict[str, Any], places: SecretPlaces, *, ghost: bool
) -> list[Finding]:
    """Findings from an observed call's claims (see player/census.py)."""
    found = []
    if replaced := _words(claims.get("replaced")):
        found.append(fatal(FindingKind.TAMPERING, f"replaced {', '.join(replaced)}"))
    if _COMPILER_SIGNS in _words(claims.get("compilers")):
        found.append(
            fatal(FindingKind.FOREIGN_KERNEL, "torch.compile generated kernels in its place")
        )
    launches = _mapping(claims.get("launches"))
    own, foreign = _mapping(launches.get("own")), _mapping(launches.get("foreign"))
    if not own:
        kind = FindingKind.FOREIGN_KERNEL if foreign else FindingKind.NO_KERNEL
        names = ", ".join(sorted(map(str, foreign))[:4])
        found.append(
            fatal(
                kind,
                f"only kernels from elsewhere ran: {names}"
                if foreign
                else "no kernel of the solution's own was launched",
            )
        )
    report = _mapping(claims.get("census"))
    if report.get("out_of_bounds"):
        found.append(fatal(FindingKind.OUT_OF_BOUNDS, "memory next to a fresh tensor was written"))
    found += _sightings(case, report.get("sightings"), places, ghost=ghost)
    return found


def _sightings(case: Case, sightings: Any, places: SecretPlaces, *, ghost: bool) -> list[Finding]:
    """Put together which parts of the answer stood where no own kernel had been."""
    shown = list(sightings) if isinstance(sightings, list) else []
    tensors = [
        leaf for leaf in case.leaves if isinstance(leaf.value, torch.Tensor) and leaf.value.numel()
    ]
    total = sum(leaf.value.numel() for leaf in tensors)
    seen, where = 0.0, ""
    for leaf in tensors:
        parts = {} if leaf.value.is_complex() else _parts(leaf, shown, places)
        covered = _covered(parts, leaf.value.numel())
        if covered >= _LEAST_PART:
            seen += covered * leaf.value.numel() / total
            where = where or next(iter(parts.values()))
    if seen < _LEAST_PART:
        return []
    how = "with the solution's kernels left out, " if ghost else ""
    share = "the answer" if seen > _LEAST_MATCH else f"{seen:.0%} of the answer"
    evidence = (
        f"{how}{share} already stood in {where}, which no kernel of the solution's own had computed"
    )
    return [fatal(FindingKind.LIBRARY_ANSWER, evidence, where)]


def _parts(leaf: Leaf, sightings: list[Any], places: SecretPlaces) -> dict[tuple[int, int], str]:
    """Return {(start, size): where} of the parts of one output that were sighted."""
    parts: dict[tuple[int, int], str] = {}
    for sighting in sightings:
        seen = _mapping(sighting)
        values, size = _values(seen.get("values")), seen.get("size")
        if values is None or not isinstance(size, int) or len(values) != len(places.fractions):
            continue
        for start in _parts_shown(leaf, size, places, values):
            parts.setdefault((start, size), str(seen.get("where"))[:80])
    return parts


def _parts_shown(
    leaf: Leaf, size: int, places: SecretPlaces, values: torch.Tensor
) -> Iterator[int]:
    """Yield where in the answer a tensor of `size` elements with these values belongs."""
    total = leaf.value.numel()
    if not max(1, total // _SMALLEST_PART) <= size <= total:
        return
    inner = (torch.tensor(places.fractions, dtype=torch.float64) * size).to(torch.int64)
    for start in range(0, total - size + 1, size):
        if _shows(leaf, inner + start, values):
            yield start


def _shows(leaf: Leaf, index: torch.Tensor, values: torch.Tensor) -> bool:
    """Whether reported values are the answer's at those places, beyond coincidence."""
    wanted = leaf.value.reshape(-1)[index].double()
    if leaf.value.numel() > 1 and wanted.unique().numel() < 3:
        return False
    if leaf.bounds is None:
        return float((wanted == values).double().mean()) >= _LEAST_MATCH
    low = leaf.bounds.low.reshape(-1)[index].double()
    high = leaf.bounds.high.reshape(-1)[index].double()
    inside = (values >= low) & (values <= high)
    return float(inside.double().mean()) >= _LEAST_MATCH


def _covered(parts: dict[tuple[int, int], str], total: int) -> float:
    """Return which share of the answer the parts make up together."""
    reached = covered = 0
    for start, size in sorted(parts):
        covered += max(0, start + size - max(start, reached))
        reached = max(reached, start + size)
    return covered / total


def _values(text: Any) -> torch.Tensor | None:
    if not isinstance(text, str):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw or len(raw) % 8:
        return None
    return torch.frombuffer(bytearray(raw), dtype=torch.float64)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: Any) -> list[str]:
    return [str(item)[:80] for item in value] if isinstance(value, list) else []
