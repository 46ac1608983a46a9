"""The house keeps its shape: imports point down, third parties stay behind their fences."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure import layers

FILES = layers.files()
IDS = [str(file.relative_to(layers.SOURCE)) for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_imports_point_down(file: Path) -> None:
    package = layers.package_of(file)
    row = layers.row_of(package)
    for imported in layers.imports(file):
        parts = imported.module.split(".")
        if parts[0] != "kerneldojo":
            continue
        target = parts[1] if len(parts) > 1 else "__init__"
        if package in layers.ALONE:
            assert target == package, f"{imported.place} imports {imported.module}"
        if not ((layers.SOURCE / target).is_dir() or (layers.SOURCE / f"{target}.py").is_file()):
            target = "__init__"  # a public name such as `from kerneldojo import evaluate`
        if target == package or _asks_only_for_facts(imported, file):
            continue
        assert layers.row_of(target) < row, f"{imported.place} imports {imported.module}"


def _asks_only_for_facts(imported: layers.Import, file: Path) -> bool:
    """Allow a bare `import kerneldojo` for the package's folder and version."""
    asked = {
        node.attr
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "kerneldojo"
    }
    return imported.module == "kerneldojo" and asked <= {"__file__", "__version__"}


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_third_parties_stay_behind_their_fence(file: Path) -> None:
    inside = file.relative_to(layers.SOURCE).as_posix().removesuffix(".py")
    for imported in layers.imports(file):
        allowed = layers.FENCES.get(layers.third_party(imported.module))
        if allowed is not None:
            assert any(inside == place or inside.startswith(place + "/") for place in allowed), (
                f"{imported.place} imports {imported.module}"
            )


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_third_parties_are_declared(file: Path) -> None:
    known = {*layers.FENCES, *sys.stdlib_module_names, "kerneldojo"}
    for imported in layers.imports(file):
        assert layers.third_party(imported.module) in known, f"{imported.place}: undeclared"


def test_the_library_starts_light() -> None:
    code = (
        "import sys, kerneldojo; "
        f"heavy = set({layers.HEAVY!r}) & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_public_names_exist_and_are_few() -> None:
    import kerneldojo

    assert len(kerneldojo.__all__) <= 30
    assert len(set(kerneldojo.__all__)) == len(kerneldojo.__all__)
    for name in kerneldojo.__all__:
        assert getattr(kerneldojo, name) is not None
