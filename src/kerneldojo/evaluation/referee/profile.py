"""Builds the profile of a solution from samples, or from what its launches moved."""

from __future__ import annotations

import re
from typing import Any

from kerneldojo.evaluation.referee.sampling import Samples
from kerneldojo.records import Finding, FindingKind, KernelUse, OperatorUse, Profile, Severity

_ENOUGH_SAMPLES = 12
_MOST_ROWS = 12
_MOSTLY = 0.5


def from_samples(samples: Samples, claims: dict[str, Any], latency_ms: float) -> Profile:
    """Return a profile whose coverage the referee saw for itself."""
    if samples.total < _ENOUGH_SAMPLES:
        return from_claims(claims)
    coverage = samples.coverage or 0.0
    launches = _counts(_part(claims, "launches", "own"))
    kernels = [
        KernelUse(
            name=name,
            launches_per_call=launches.get(name, 0),
            share=count / samples.total,
            time_ms=latency_ms * count / samples.total,
        )
        for name, count in _seen_and_launched(samples, launches)
    ]
    costs = _costs(_part(claims, "census", "operator_cost"))
    whole = sum(costs.values())
    operators = [
        OperatorUse(
            name=name, calls_per_call=count, share=(1 - coverage) * costs.get(name, 0) / whole
        )
        for name, count in _counts(_part(claims, "census", "operators")).items()
        if whole
    ]
    return _finish(coverage, kernels, operators, samples.total, "program-counter samples")


def _seen_and_launched(samples: Samples, launches: dict[str, int]) -> list[tuple[str, int]]:
    """Return kernels with their samples; one too brief to be met has none, and is not left out."""
    missed = [(name, 0) for name in sorted(launches) if name not in samples.symbols]
    return [*samples.symbols.most_common(_MOST_ROWS), *missed][:_MOST_ROWS]


def from_claims(claims: dict[str, Any]) -> Profile:
    """Return a profile estimated from the bytes and operations of an observed call."""
    own = _costs(_part(claims, "census", "kernel_cost"))
    library = _costs(_part(claims, "census", "operator_cost"))
    whole = sum(own.values()) + sum(library.values())
    coverage = sum(own.values()) / whole if whole else None
    launches = _counts(_part(claims, "launches", "own"))
    calls = _counts(_part(claims, "census", "operators"))
    kernels = [
        KernelUse(name=name, launches_per_call=launches.get(name, 1), share=cost / whole)
        for name, cost in sorted(own.items(), key=lambda row: -row[1])[:_MOST_ROWS]
        if whole
    ]
    operators = [
        OperatorUse(name=name, calls_per_call=calls.get(name, 1), share=cost / whole)
        for name, cost in library.items()
        if whole
    ]
    return _finish(coverage, kernels, operators, 0, "work estimate (bytes and operations)")


def from_device(profiled: dict[str, Any], own: set[str], calls: int) -> Profile | None:
    """Return a profile from what the device's profiler captured; None for an empty capture.

    A kernel is the solution's own if its name, up to the argument list, is one that the
    solution defines; parts of names do not count.
    """
    rows = [
        (str(row[0])[:200], int(row[1]), float(row[2]))
        for row in profiled.get("rows") or []
        if isinstance(row, list)
        and len(row) == 3
        and all(isinstance(v, (int, float)) for v in row[1:])
    ]
    whole = sum(spent for _, _, spent in rows)
    if whole <= 0:
        return None
    kernels, operators = [], []
    for name, count, spent in sorted(rows, key=lambda row: -row[2]):
        if _base_name(name) in own:
            time_ms = spent / calls / 1e3
            kernels.append(
                KernelUse(
                    name=_base_name(name),
                    launches_per_call=count / calls,
                    share=spent / whole,
                    time_ms=time_ms,
                )
            )
        else:
            operators.append(
                OperatorUse(name=name[:80], calls_per_call=count / calls, share=spent / whole)
            )
    coverage = sum(kernel.share for kernel in kernels)
    profile = _finish(
        min(1.0, coverage), kernels[:_MOST_ROWS], operators, len(rows), "CUDA profiler"
    )
    peak = profiled.get("peak")
    return profile.model_copy(
        update={"peak_memory_bytes": peak if isinstance(peak, int) and peak >= 0 else None}
    )


def nothing_captured(attempts: int) -> Profile:
    """Return the profile of a device whose profiler stayed silent: unknown, not zero."""
    return Profile(
        coverage=None,
        source=f"the CUDA profiler captured nothing in {attempts} attempts",
        bottleneck="Nothing could be observed of where the time goes.",
    )


def _base_name(name: str) -> str:
    """Return a kernel's name without return type, template and argument list."""
    return re.split(r"[<(]", name.removeprefix("void "), maxsplit=1)[0].strip().rpartition("::")[2]


def contradiction(samples: Samples, claims: dict[str, Any]) -> str | None:
    """Return what the claims leave out that the samples show, if it is most of the time.

    A census without any library operator cannot be true of a process that is mostly seen
    inside the library.
    """
    if samples.total < _ENOUGH_SAMPLES or _part(claims, "census", "operators"):
        return None
    library = samples.library / samples.total
    if library < _MOSTLY:
        return None
    return (
        f"no library operator was reported, but {library:.0%} of {samples.total} samples were "
        "in library code"
    )


def low_coverage(profile: Profile, least: float) -> Finding | None:
    """Return the laziness warning, if it is due."""
    if profile.coverage is None or profile.coverage >= least:
        return None
    return Finding(
        kind=FindingKind.LOW_COVERAGE,
        severity=Severity.WARNING,
        evidence=f"only {profile.coverage:.0%} of the work is in the solution's own kernels",
    )


def _finish(
    coverage: float | None,
    kernels: list[KernelUse],
    operators: list[OperatorUse],
    samples: int,
    source: str,
) -> Profile:
    operators = sorted(operators, key=lambda row: -(row.share or 0))[:_MOST_ROWS]
    return Profile(
        coverage=coverage,
        kernels=tuple(kernels),
        operators=tuple(operators),
        samples=samples,
        source=source,
        bottleneck=_bottleneck(coverage, kernels, operators),
    )


def _bottleneck(
    coverage: float | None, kernels: list[KernelUse], operators: list[OperatorUse]
) -> str:
    if coverage is None:
        return "Nothing could be observed of where the time goes."
    rows: list[KernelUse | OperatorUse] = [*kernels, *operators]
    heaviest = max(rows, key=lambda row: row.share or 0.0, default=None)
    if heaviest is None:
        return f"{coverage:.0%} of the time is spent in the solution's own kernels."
    kind = "its own kernel" if isinstance(heaviest, KernelUse) else "the library operator"
    rest = ""
    if coverage < 0.5 and operators:
        names = ", ".join(row.name for row in operators[:3])
        rest = f" Moving {names} into a kernel is the largest gain left."
    return (
        f"{heaviest.share or 0:.0%} of the time is spent in {kind} {heaviest.name}; "
        f"{coverage:.0%} in own kernels altogether.{rest}"
    )


def _part(claims: dict[str, Any], group: str, name: str) -> dict[str, Any]:
    inner = claims.get(group)
    value = inner.get(name) if isinstance(inner, dict) else None
    return value if isinstance(value, dict) else {}


def _counts(mapping: dict[str, Any]) -> dict[str, int]:
    return {
        str(key)[:80]: value
        for key, value in list(mapping.items())[:200]
        if isinstance(value, int) and 0 <= value < 1 << 31
    }


def _costs(mapping: dict[str, Any]) -> dict[str, float]:
    return {
        str(key)[:80]: float(value)
        for key, value in list(mapping.items())[:200]
        if isinstance(value, (int, float)) and 0 <= value < 1e18
    }
