"""Write docs/settings.md from the settings' own declarations and docstrings.

`--check` writes nothing and fails if the page is out of date.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kerneldojo.config import Config, allowed, keys

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

INTRODUCTION = """\
# Settings

Settings come from three places, each overriding the one before: the defaults below, TOML files
given with `--config` (left to right), and `--set key=value`. Unknown keys and impossible values
are errors that say what is allowed. No setting comes from an environment variable; only the key of
an endpoint does, which is a secret and is written nowhere.

```toml
# fast.toml: less evidence, quicker answers
[evaluation.trials]
seeds = 1
distributions = false

[evaluation.timing]
budget_s = 0.5
```

```bash
kerneldojo eval suite/softmax/softmax solution.py --config fast.toml --set evaluation.target=cpu
kerneldojo eval suite/softmax/softmax solution.py --config fast.toml --dry-run
```

In the library the same values are keyword arguments of the classes in `kerneldojo.settings`:

```python
from kerneldojo.settings import EvaluationSettings, TimingPlan

settings = EvaluationSettings(target="cpu", timing=TimingPlan(budget_s=0.5))
```

This page is written by `scripts/settings_page.py` from the declarations; a test keeps it current.
"""


def docstrings() -> dict[str, str]:
    """Return what stands below each field and class, as `Class.field` and `Class`."""
    found: dict[str, str] = {}
    for module in sorted({model.__module__ for model in models(Config)}):
        for node in ast.parse(inspect.getsource(sys.modules[module])).body:
            if not isinstance(node, ast.ClassDef):
                continue
            found[node.name] = ast.get_docstring(node) or ""
            for field, text in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    sentence = " ".join(str(text.value.value).split())
                    found[f"{node.name}.{ast.unparse(field.target)}"] = sentence
    return found


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a record class and those of the tables in it."""
    yield model
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from models(field.annotation)


def owner_of(table: str) -> Any:
    """Return the record class behind a dotted table name."""
    model: Any = Config
    for part in table.split("."):
        model = model.model_fields[part].annotation
    return model


def page() -> str:
    """Return the whole page."""
    words = docstrings()
    lines = [INTRODUCTION]
    table = ""
    for key in sorted(keys(), key=lambda key: key.rpartition(".")[0]):
        owner, _, leaf = key.rpartition(".")
        model = owner_of(owner)
        if owner != table:
            table = owner
            lines += [f"\n## `[{owner}]`\n", words[model.__name__].split("\n\n")[0], ""]
            lines += ["| setting | default | takes | meaning |", "|---|---|---|---|"]
        default = json.dumps(model.model_fields[leaf].get_default(), default=list)
        default = "none" if default == "null" else f"`{default}`"
        takes = allowed(key).replace("|", "\\|")
        lines.append(
            f"| `{leaf}` | {default} | {takes} | {words.get(f'{model.__name__}.{leaf}', '')} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the page."""
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
