"""What a model is told about its last solution: the most useful first, within a budget.

Nothing here gives away seeds, tolerances or expected outputs beyond one wrong element, and
nothing blames a solution for a fault of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kerneldojo.dialogue import explanations
from kerneldojo.dialogue.reply import ReplyProblem
from kerneldojo.policies.base import count_roughly
from kerneldojo.records import Evaluation, Finding, Profile, Solution, Status, Timing

_CONTEXT_LINES = 2
_MOST_LINES_SHOWN = 3
_MOST_ROWS = 5
_LEAST_USEFUL_TOKENS = 24
"""A section that would have to be cut to less than this is left out."""
_CUT = "\n[…]\n"

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Feedback:
    """The text, and which sections did not fit."""

    text: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Section:
    name: str
    text: str


def feedback(
    evaluation: Evaluation,
    solution: Solution,
    *,
    budget: int = 1500,
    count_tokens: CountTokens = count_roughly,
) -> Feedback:
    """Return what to tell a model about its solution.

    Args:
        evaluation: the verdict.
        solution: what was judged; its lines are quoted.
        budget: most tokens the text may have. What is most useful comes first; what does not
            fit is cut in its middle or left out.
        count_tokens: the policy's own count, if it has one.
    """
    sections = list(_sections(evaluation, solution))
    return _fit(sections, budget, count_tokens)


def feedback_on_reply(problem: ReplyProblem) -> Feedback:
    """Return what to tell a model whose reply held no solution."""
    return Feedback(explanations.REPLIES[problem])


def _sections(evaluation: Evaluation, solution: Solution) -> Iterator[_Section]:
    """Yield the sections in order of usefulness; the order is also that of the text."""
    if not evaluation.status.judged:
        yield _Section("verdict", explanations.NOT_JUDGED)
        return
    yield _Section("verdict", _verdict(evaluation))
    fatal = [finding for finding in evaluation.findings if finding.fatal]
    if fatal:
        yield _Section("findings", _findings(fatal, solution))
    if evaluation.error is not None:
        yield _Section("error", _error(evaluation, solution))
    if evaluation.correctness is not None and not evaluation.correctness.passed:
        yield _Section("values", _values(evaluation))
    if evaluation.timing is not None:
        yield _Section("time", _time(evaluation.timing))
    if evaluation.profile is not None and evaluation.status is Status.CORRECT:
        yield _Section("profile", _profile(evaluation.profile))
    warnings = [finding for finding in evaluation.findings if not finding.fatal]
    if warnings:
        yield _Section("warnings", _findings(warnings, solution))
    if evaluation.log.strip() and evaluation.status is not Status.CORRECT:
        yield _Section("log", f"It printed:\n{evaluation.log.strip()}")


def _verdict(evaluation: Evaluation) -> str:
    sentence = explanations.STATUSES[evaluation.status]
    if evaluation.status is not Status.CORRECT or evaluation.timing is None:
        return sentence
    ratio = evaluation.timing.speedup
    if ratio >= 1:
        return f"{sentence} It is {ratio:.2f} times as fast as the reference."
    return f"{sentence} It is slower than the reference: {ratio:.2f} times its speed."


def _findings(findings: list[Finding], solution: Solution) -> str:
    lines = []
    for finding in findings:
        meaning = explanations.FINDINGS[finding.kind]
        lines.append(f"- {meaning} ({finding.evidence.rstrip('.')})")
        number = re.fullmatch(r"line (\d+)", finding.where or "")
        if number:
            lines.append(_quote(solution, [int(number[1])], context=0))
    return "\n".join(lines)


def _error(evaluation: Evaluation, solution: Solution) -> str:
    assert evaluation.error is not None
    error = evaluation.error
    parts = [f"{error.type}: {error.message.strip()}"]
    numbers = [int(number) for number in re.findall(r"\bline (\d+)", error.traceback)]
    numbers = numbers or [int(number) for number in re.findall(r"\bline (\d+)", error.message)]
    quoted = _quote(solution, numbers[-_MOST_LINES_SHOWN:], _CONTEXT_LINES)
    if quoted:
        parts.append(f"In your code:\n{quoted}")
    return "\n".join(parts)


def _quote(solution: Solution, numbers: list[int], context: int) -> str:
    """Return the lines around those numbers, the numbered ones marked."""
    lines = solution.source.splitlines()
    wanted = sorted(
        {
            near
            for number in numbers
            if 1 <= number <= len(lines)
            for near in range(number - context, number + context + 1)
            if 1 <= near <= len(lines)
        }
    )
    shown: list[str] = []
    for before, number in zip([None, *wanted], wanted, strict=False):
        if before is not None and number > before + 1:
            shown.append("     …")
        mark = ">" if number in numbers else " "
        shown.append(f"{mark}{number:4d} {lines[number - 1]}")
    return "\n".join(shown)


def _values(evaluation: Evaluation) -> str:
    assert evaluation.correctness is not None
    trials = evaluation.correctness.trials
    failed = [trial for trial in trials if not trial.passed]
    lines = []
    mismatch = evaluation.correctness.mismatch
    if mismatch is not None:
        where = f"{mismatch.output}[{', '.join(map(str, mismatch.index))}]"
        share = mismatch.wrong_elements / max(mismatch.total_elements, 1)
        lines.append(
            f"{where} should be {mismatch.expected:.7g} and is {mismatch.actual:.7g}; "
            f"{mismatch.wrong_elements:,} of {mismatch.total_elements:,} elements "
            f"({share:.2%}) are wrong."
        )
    if failed:
        worst = max(failed, key=lambda trial: trial.max_abs_error)
        lines.append(
            f"Largest absolute error {worst.max_abs_error:.3g}, mean {worst.mean_abs_error:.3g}."
        )
        sizes = dict.fromkeys(trial.name.partition("/")[0] for trial in failed)
        right = dict.fromkeys(trial.name.partition("/")[0] for trial in trials if trial.passed)
        lines.append(f"Wrong for the sizes called {', '.join(sizes)}.")
        if only := [name for name in right if name not in sizes]:
            lines.append(f"Right for: {', '.join(only)}.")
    return "\n".join(lines)


def _time(timing: Timing) -> str:
    text = (
        f"Time of a call: {timing.solution.median_ms:.4g} ms, reference "
        f"{timing.reference.median_ms:.4g} ms (speedup {timing.speedup:.2f}, 95 % interval "
        f"{timing.speedup_low:.2f} to {timing.speedup_high:.2f})."
    )
    if timing.floor_ms and timing.speed_of_light is not None and timing.speed_of_light < 1:
        text += (
            f" Moving the data once would take {timing.floor_ms:.4g} ms: "
            f"you are at {timing.speed_of_light:.0%} of what the machine can do."
        )
    return text


def _profile(profile: Profile) -> str:
    if profile.coverage is None:
        return "Where the time goes could not be observed."
    lines = [f"{profile.coverage:.0%} of the time is spent in your own kernels."]
    kernels = [
        (use.share, f"your kernel {use.name}", use.launches_per_call) for use in profile.kernels
    ]
    operators = [
        (use.share or 0.0, f"library operator {use.name}", use.calls_per_call)
        for use in profile.operators
    ]
    for share, name, calls in sorted([*kernels, *operators], reverse=True)[:_MOST_ROWS]:
        lines.append(f"- {name}: {share:.0%}, {calls:g} a call")
    if profile.bottleneck:
        lines.append(profile.bottleneck)
    return "\n".join(lines)


def _fit(sections: list[_Section], budget: int, count_tokens: CountTokens) -> Feedback:
    """Join what fits; the first section that does not is cut, the others are left out."""
    kept: list[str] = []
    left_out: list[str] = []
    for section in sections:
        room = budget - count_tokens("\n\n".join([*kept, ""]))
        text = _shorten(section.text, room, count_tokens)
        if text:
            kept.append(text)
        if text != section.text:
            left_out.append(section.name)
    return Feedback("\n\n".join(kept), tuple(left_out))


def _shorten(text: str, budget: int, count_tokens: CountTokens) -> str:
    """Return the text without as much of its middle as needed; nothing if little would remain."""
    if count_tokens(text) <= budget:
        return text
    if budget < _LEAST_USEFUL_TOKENS:
        return ""
    keep = len(text)
    while keep:
        keep = keep * 3 // 4
        # the end of an error message tells more than its beginning
        shorter = text[: keep // 3] + _CUT + text[len(text) - (keep - keep // 3) :]
        if count_tokens(shorter) <= budget:
            return shorter
    return ""
