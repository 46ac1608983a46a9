"""What a model is told about its last solution: the most useful first, within a budget.

Nothing here gives away seeds, tolerances, sizes of inputs, paths of ours or expected outputs beyond
one wrong element, and nothing blames a solution for a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kerneldojo.dialogue import explanations
from kerneldojo.dialogue.discretion import discreet, shapes_compared
from kerneldojo.dialogue.evidence import findings_in_words, values_in_words, worth_telling
from kerneldojo.dialogue.quoting import in_kernels, lines_named, quote
from kerneldojo.dialogue.reply import ReplyProblem
from kerneldojo.policies.base import count_roughly
from kerneldojo.records import Evaluation, Profile, Solution, Status, Timing

_MOST_ROWS = 5
_LITTLE_COVERAGE = 0.5
"""Below this share, operators are named as what to work on."""
_SHARES = "of the time is spent in"
"""Of a bottleneck that says only what the list of kernels and operators says."""
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
    told = worth_telling(evaluation)
    fatal = [finding for finding in told if finding.fatal]
    if fatal:
        yield _Section("findings", findings_in_words(fatal, solution.source))
    if evaluation.error is not None:
        yield _Section("error", _error(evaluation, solution))
    correctness = evaluation.correctness
    if correctness is not None and not correctness.passed and not fatal:
        yield _Section("values", values_in_words(correctness))
    if evaluation.timing is not None:
        yield _Section("time", _time(evaluation.timing))
    if evaluation.profile is not None and evaluation.status is Status.CORRECT:
        yield _Section("profile", _profile(evaluation.profile))
    warnings = [finding for finding in told if not finding.fatal]
    if warnings:
        label = explanations.ALSO_SEEN if fatal else explanations.WARNINGS
        words = findings_in_words(warnings, solution.source)
        yield _Section("warnings", f"{label}\n{words}")
    if evaluation.log.strip() and evaluation.status is not Status.CORRECT:
        yield _Section("log", f"It printed:\n{discreet(evaluation.log.strip())}")


def _verdict(evaluation: Evaluation) -> str:
    sentence = explanations.STATUSES[evaluation.status]
    if evaluation.status is not Status.CORRECT or evaluation.timing is None:
        return sentence
    ratio = evaluation.timing.speedup
    if ratio >= 1:
        return f"{sentence} It is {ratio:.2f} times as fast as the reference."
    return f"{sentence} It is slower than the reference: {ratio:.2f} times its speed."


def _error(evaluation: Evaluation, solution: Solution) -> str:
    assert evaluation.error is not None
    error = evaluation.error
    message, numbers = in_kernels(error.message.strip(), solution.source)
    if evaluation.status is Status.WRONG_SHAPE:
        message = shapes_compared(message)
    parts = [f"{error.type}: {discreet(message)}"]
    numbers = numbers or lines_named(error.message, error.traceback)
    if quoted := quote(solution.source, numbers):
        parts.append(f"In your code:\n{quoted}")
    return "\n".join(parts)


def _time(timing: Timing) -> str:
    text = (
        f"Time of a call: {timing.solution.median_ms:.4g} ms, reference "
        f"{timing.reference.median_ms:.4g} ms (speedup {timing.speedup:.2f}, 95 % interval "
        f"{timing.speedup_low:.2f} to {timing.speedup_high:.2f}"
    )
    unsure = timing.speedup_low < 1 < timing.speedup_high
    text += "; so which of them is faster is not certain)." if unsure else ")."
    if timing.floor_ms and timing.speed_of_light is not None and timing.speed_of_light < 1:
        text += (
            f" Moving the data once would take {timing.floor_ms:.4g} ms: "
            f"you are at {timing.speed_of_light:.0%} of what the machine can do."
        )
    return text


def _profile(profile: Profile) -> str:
    if profile.coverage is None:
        return profile.bottleneck or "Where the time goes could not be observed."
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
    if profile.coverage < _LITTLE_COVERAGE and operators:
        _, name, _ = max(operators)
        lines.append(f"Moving the work of {name} into your kernels is the largest gain left.")
    elif _SHARES not in profile.bottleneck:
        lines.append(profile.bottleneck)
    return "\n".join(filter(None, lines))


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
