"""The layer table: who may import whom, and who may touch which third party."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kerneldojo"

ROWS: tuple[tuple[str, ...], ...] = (
    ("errors", "wording"),
    ("records",),
    ("settings",),
    ("config", "metrics", "problems", "rewards", "rl", "store"),
    ("cpp", "policies", "triton_cpu"),
    ("evaluation",),
    ("pool",),
    ("evaluator",),
    ("dialogue", "linter"),
    ("benchmark", "corpus", "integrations", "strategies", "training"),
    ("lessons",),
    ("miniature", "reporting", "viewer"),
    ("__init__",),
    ("cli",),
    ("__main__",),
)
"""Lowest first. A package imports from lower rows only; packages of one row are strangers."""

ALONE = ("triton_cpu",)
"""Packages that import nothing of ours but themselves: they could live elsewhere."""

FENCES: dict[str, tuple[str, ...]] = {
    "torch": (
        "evaluation",
        "cpp",
        "triton_cpu",
        "policies/generation",
        "policies/local",
        "problems/suite",
        "problems/gold",
        "rl",
        "training",
        "integrations",
        "miniature",
    ),
    "transformers": (
        "policies/generation",
        "policies/local",
        "policies/tokens",
        "training",
        "miniature",
    ),
    "tokenizers": ("miniature/tokenizer",),
    "trl": ("training",),
    "accelerate": ("training",),
    "verl": ("integrations/verl",),
    "ray": ("integrations/verl",),
    "hydra": ("integrations/verl",),
    "omegaconf": ("integrations/verl",),
    "tensordict": ("integrations/verl",),
    "transfer_queue": ("integrations/verl",),
    "triton": ("evaluation", "triton_cpu", "problems/gold"),
    "llvmlite": ("triton_cpu",),
    "numpy": ("evaluation", "cpp", "metrics", "integrations/verl"),
    "pandas": ("store", "problems"),
    "pyarrow": ("store", "problems", "integrations/verl/data"),
    "datasets": ("store", "problems", "training"),
    "huggingface_hub": ("problems",),
    "jinja2": ("dialogue", "policies/tokens", "reporting/page"),
    "markupsafe": ("reporting/page",),
    "aiohttp": ("policies/connection",),
    "vl_convert": ("reporting/drawing",),
    "typer": ("cli",),
    "rich": ("cli",),
    "markdown_it": ("dialogue",),
    "starlette": ("viewer/application",),
    "uvicorn": ("viewer/server",),
    "pydantic_core": ("store/tables",),
    "pydantic": (
        "records",
        "settings",
        "config",
        "policies/address",
        "policies/replayed",
        "problems",
        "evaluation",
        "pool",
        "store",
        "training",
        "viewer/parts",
    ),
}
"""Third parties, and the only places that may import them."""

HEAVY = (
    "torch",
    "triton",
    "llvmlite",
    "numpy",
    "pandas",
    "pyarrow",
    "datasets",
    "huggingface_hub",
    "jinja2",
    "vl_convert",
    "aiohttp",
    "transformers",
    "ray",
    "fastapi",
    "starlette",
    "uvicorn",
    "typer",
    "rich",
)
"""What `import kerneldojo` must not pull in."""


@dataclass(frozen=True)
class Import:
    """One import statement: the file and line it is in, and the module it names."""

    file: Path
    line: int
    module: str

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def package_of(file: Path) -> str:
    """Return the package or module of the layer table a file belongs to."""
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def row_of(package: str) -> int:
    """Return the row of a package, from 0 at the bottom.

    Raises:
        KeyError: if the table does not know it.
    """
    for number, row in enumerate(ROWS):
        if package in row:
            return number
    raise KeyError(f"{package!r} is not in the layer table (tests/structure/layers.py)")


def files() -> list[Path]:
    """Return every Python file of the package."""
    return sorted(SOURCE.rglob("*.py"))


def imports(file: Path) -> Iterator[Import]:
    """Yield every import in a file, at any depth, but not those for type checkers only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{file}:{node.lineno}: relative import"
            if node.module == "kerneldojo":
                for alias in node.names:
                    yield Import(file, node.lineno, f"kerneldojo.{alias.name}")
            else:
                yield Import(file, node.lineno, node.module)


def third_party(module: str) -> str:
    """Return the top-level name of a module."""
    return module.partition(".")[0]
