"""What a model is asked: the first turn, and the turns that follow an evaluation.

The texts are templates beside this file; a caller may give a folder of its own, whose files
take the place of ours by name.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import jinja2

from kerneldojo.dialogue.feedback import Feedback
from kerneldojo.dialogue.quoting import lines_of
from kerneldojo.errors import UsageError
from kerneldojo.problems import load_problem
from kerneldojo.problems.gold import gold_solution
from kerneldojo.problems.syntax import parse
from kerneldojo.records import Environment, Evaluation, Language, Problem, Status
from kerneldojo.settings import DialogueSettings

TEMPLATES = Path(__file__).parent / "templates"
_EXAMPLE_PROBLEM = "suite/elementwise/swish"
_NAMES = {Language.TRITON: "Triton", Language.CUDA: "CUDA C++", Language.CPP: "C++"}
_SHOWN_DETAILS: Mapping[str, str] = {
    "capability": "{}",
    "memory_mb": "{} MiB of memory",
    "cores": "{} cores",
    "vector_bits": "vectors of {} bits",
}


@dataclass(frozen=True)
class Example:
    """A reference and a good solution of it."""

    reference: str
    solution: str


class Prompts:
    """Makes the user's side of a dialogue.

    Args:
        language: what the model shall write.
        example: whether the first turn shows one; about 400 tokens.
        folder: templates that take the place of ours by name.
        entry_point: the class the solution must define.

    Raises:
        UsageError: if the folder does not exist.
    """

    def __init__(
        self,
        language: Language = Language.TRITON,
        *,
        example: bool = True,
        folder: Path | None = None,
        entry_point: str = "ModelNew",
    ) -> None:
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{folder}: no such folder of templates")
        self.language = language
        self.entry_point = entry_point
        self._example = one_shot(language) if example else None
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*([folder] if folder else []), TEMPLATES]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            autoescape=False,  # the texts are for models, not for browsers
        )

    @classmethod
    def from_settings(cls, settings: DialogueSettings) -> Self:
        """Return the prompts of a dialogue with these settings.

        Raises:
            UsageError: if there is no such folder of templates.
        """
        folder = settings.templates
        return cls(
            settings.language,
            example=settings.example,
            folder=Path(folder).expanduser() if folder else None,
        )

    def first(self, problem: Problem, hardware: str = "") -> str:
        """Return the first turn: the task, the rules, an example, and the reference.

        Args:
            problem: shown without its metadata, which holds sizes it will be judged at.
            hardware: what the solution will run on, e.g. from `hardware_facts`.

        Raises:
            UsageError: if a template is wrong.
        """
        return self._render(
            "first_turn.md.j2",
            reference=without_metadata(problem.source),
            description=problem.metadata.description,
            language_file=f"{self.language}.md",
            language_name=_NAMES[self.language],
            hardware=hardware,
            example=self._example,
            entry_point=self.entry_point,
        )

    def next(
        self, feedback: Feedback, status: Status | None, evaluation: Evaluation | None = None
    ) -> str:
        """Return a later turn: feedback, and what to do about it.

        Args:
            feedback: on the last reply.
            status: of its evaluation; None if it held no solution.
            evaluation: for templates that say it in their own words.

        Raises:
            UsageError: if a template is wrong.
        """
        return self._render(
            "feedback_turn.md.j2",
            feedback=feedback.text,
            correct=status is Status.CORRECT,
            judged=status is None or status.judged,
            evaluation=evaluation,
            entry_point=self.entry_point,
        )

    def _render(self, name: str, **values: object) -> str:
        try:
            return self._templates.get_template(name).render(values).strip() + "\n"
        except jinja2.TemplateSyntaxError as error:
            raise UsageError(f"template {error.name}:{error.lineno}: {error.message}") from error
        except jinja2.TemplateError as error:
            raise UsageError(f"template {name}: {error.message}") from error


def one_shot(language: Language) -> Example:
    """Return the example shown in a language: Swish, in one pass over memory."""
    problem = load_problem(_EXAMPLE_PROBLEM)
    if language is Language.TRITON:
        gold = gold_solution(_EXAMPLE_PROBLEM)
        assert gold is not None
        solution = gold.source
    else:
        solution = (TEMPLATES / "examples" / f"{language}.py.txt").read_text(encoding="utf-8")
    return Example(without_metadata(problem.source), solution.strip())


def without_metadata(source: str) -> str:
    """Return a reference without `METADATA`, whose sizes and tolerances are not the model's.

    Raises:
        InvalidProblem: if the reference is not Python.
    """
    lines = lines_of(source)
    for node in reversed(parse(source).body):
        named = isinstance(node, ast.Assign | ast.AnnAssign) and "METADATA" in {
            target.id
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        if named and node.end_lineno is not None:
            blank = node.end_lineno < len(lines) and not lines[node.end_lineno].strip()
            del lines[node.lineno - 1 : node.end_lineno + blank]
    return "\n".join(lines).strip()


def hardware_facts(environment: Environment) -> str:
    """Return in one line what a kernel writer should know of the device."""
    facts = [environment.device]
    for key, words in _SHOWN_DETAILS.items():
        if key in environment.details:
            facts.append(words.format(environment.details[key]))
    if environment.triton:
        facts.append(f"Triton {environment.triton}")
    return ", ".join([*facts, f"PyTorch {environment.torch}"])
