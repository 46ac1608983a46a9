"""Can the reference be judged by: repeatable, and more than rounding noise?"""

from __future__ import annotations

from collections.abc import Iterator

from kerneldojo.evaluation.lint.look import Look, admits, tensor_leaves
from kerneldojo.evaluation.referee.cases import copy_of
from kerneldojo.records import Complaint, ComplaintKind, Gravity


def repeatability(look: Look) -> Iterator[Complaint]:
    """Complain if equal inputs give different answers."""
    if not admits(look.first, look.run(look.first)):
        words = "the reference gives different answers to equal inputs"
        yield look.complain(ComplaintKind.NONDETERMINISTIC, Gravity.FATAL, words)
    elif not look.has_tensor_inputs and not admits(look.second, look.run(look.first)):
        words = "without tensor inputs, the answer still differs between seeds"
        yield look.complain(ComplaintKind.NONDETERMINISTIC, Gravity.FATAL, words)


def float64(look: Look) -> Iterator[Complaint]:
    """Complain where float64 does not confirm PyTorch's own answer."""
    unconfirmed = [
        leaf.path
        for _, leaf in tensor_leaves(look.first)
        if leaf.bounds is not None and not leaf.bounds.wide
    ]
    if not unconfirmed:
        return
    look.clock.check()
    case = look.first
    if look.reference.run_wide(copy_of(case.inputs), case.cotangents) is None:
        words = "the reference does not run in float64; PyTorch's own answer is the oracle"
        yield look.complain(ComplaintKind.NO_FLOAT64, Gravity.WARNING, words)
        return
    words = (
        f"{', '.join(unconfirmed)}: PyTorch and float64 disagree so far that rounding, "
        "not the computation, decides the answer"
    )
    yield look.complain(ComplaintKind.ROUNDING_NOISE, Gravity.FATAL, words)
