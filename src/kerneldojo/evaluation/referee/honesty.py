"""Turns what was observed of a call into findings."""

from __future__ import annotations

import base64
import binascii
import random
from typing import Any

import torch

from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.evaluation.referee.loading import Reply
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.records import Finding, FindingKind, Severity

_SAMPLES = 256
_LEAST_MATCH = 0.9
"""Share of secret positions that must hold the answer for a tensor to count as the answer."""
_COMPILER_SIGNS = "torch._inductor.codecache"


def fatal(kind: FindingKind, evidence: str, where: str | None = None) -> Finding:
    """Return a finding that makes the solution HACKED."""
    return Finding(kind=kind, severity=Severity.FATAL, evidence=evidence, where=where)


def warning(kind: FindingKind, evidence: str, where: str | None = None) -> Finding:
    """Return a finding that does not."""
    return Finding(kind=kind, severity=Severity.WARNING, evidence=evidence, where=where)


def secret_positions(case: Case, rng: random.Random) -> dict[int, list[int]]:
    """Choose flat positions per output size at which values are to be reported."""
    sizes = {
        leaf.value.numel()
        for leaf in case.leaves
        if isinstance(leaf.value, torch.Tensor) and leaf.value.numel()
    }
    return {
        size: [rng.randrange(size) for _ in range(min(_SAMPLES, size * 4))] for size in sizes
    }


def conduct(case: Case, reply: Reply) -> list[Finding]:
    """Findings that the referee sees for itself on any call: inputs, bands, aliasing."""
    found = []
    if reply.inputs_changed and not case.mutates_input:
        found.append(
            fatal(FindingKind.MUTATED_INPUT, "an input no longer holds the bytes it was given")
        )
    if reply.bands_changed:
        found.append(
            fatal(FindingKind.OUT_OF_BOUNDS, "memory next to an input was written")
        )
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
    for left, right in zip(ordered, ordered[1:], strict=False):
        if left.address + left.span > right.address:
            found.append(
                fatal(FindingKind.ALIASED_OUTPUT, f"{left.path} and {right.path} share memory")
            )
    return found


def census(
    case: Case, claims: dict[str, Any], positions: dict[int, list[int]], *, ghost: bool
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
    found += _sightings(case, report.get("sightings"), positions, ghost=ghost)
    return found


def _sightings(
    case: Case, sightings: Any, positions: dict[int, list[int]], *, ghost: bool
) -> list[Finding]:
    for sighting in sightings if isinstance(sightings, list) else []:
        sighting = _mapping(sighting)
        values = _values(sighting.get("values"))
        size = sighting.get("size")
        if values is None or not isinstance(size, int) or size not in positions:
            continue
        for leaf in case.leaves:
            if _shows(leaf, size, positions[size], values):
                where = str(sighting.get("where"))[:80]
                how = "with the solution's kernels left out, " if ghost else ""
                return [
                    fatal(
                        FindingKind.LIBRARY_ANSWER,
                        f"{how}{leaf.path} already stood in {where}, "
                        "which no kernel of the solution's own had computed",
                        where,
                    )
                ]
    return []


def _shows(leaf: Leaf, size: int, places: list[int], values: torch.Tensor) -> bool:
    """Whether reported values are the answer's at those places, beyond coincidence."""
    expected = leaf.value
    if not isinstance(expected, torch.Tensor) or expected.numel() != size:
        return False
    if len(values) != len(places) or expected.is_complex():
        return False
    index = torch.tensor(places)
    wanted = expected.reshape(-1)[index].double()
    if size > 1 and wanted.unique().numel() < 3:
        return False
    if leaf.bounds is None:
        return float((wanted == values).double().mean()) >= _LEAST_MATCH
    low = leaf.bounds.low.reshape(-1)[index].double()
    high = leaf.bounds.high.reshape(-1)[index].double()
    inside = (values >= low) & (values <= high)
    return float(inside.double().mean()) >= _LEAST_MATCH


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
