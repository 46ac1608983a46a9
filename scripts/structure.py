"""Print what stands out in the source: long files, long functions, many parameters.

The budgets are guides. What exceeds one should have a reason, not a trick to get under it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "kerneldojo"
FILE_LINES, FUNCTION_LINES, PARAMETERS, PUBLIC_NAMES = 400, 60, 8, 30


def survey(file: Path) -> Iterator[str]:
    """Yield one line for everything in a file that exceeds a budget."""
    text = file.read_text(encoding="utf-8")
    name = file.relative_to(SOURCE)
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines (guide: {FILE_LINES})"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _function(f"{name}:{node.lineno} {node.name}", node)
        if _is_all(node) and len(node.value.elts) > PUBLIC_NAMES:  # type: ignore[attr-defined]
            yield f"{name}: more than {PUBLIC_NAMES} public names"


def _function(where: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if length > FUNCTION_LINES:
        yield f"{where}: {length} lines (guide: {FUNCTION_LINES})"
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    counted = [
        argument
        for argument in arguments
        # the options of a verb are its interface, not parameters someone must pass in order
        if argument.arg not in ("self", "cls")
        and not ast.unparse(argument.annotation or ast.Constant(None)).startswith("options.")
    ]
    # what a kernel takes are addresses and sizes, and there is no other way to hand them over
    kernel = any(ast.unparse(decorator) == "triton.jit" for decorator in node.decorator_list)
    if len(counted) > PARAMETERS and not kernel:
        yield f"{where}: {len(counted)} parameters (guide: {PARAMETERS})"


def _is_all(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.List | ast.Tuple)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    )


def main() -> None:
    """Print the survey and the totals."""
    files = sorted(SOURCE.rglob("*.py"))
    findings = [finding for file in files for finding in survey(file)]
    print("\n".join(findings) if findings else "structure: every file is within its budgets")
    lines = sum(file.read_text(encoding="utf-8").count("\n") for file in files)
    print(f"structure: {len(files)} files, {lines:,} lines")


if __name__ == "__main__":
    main()
