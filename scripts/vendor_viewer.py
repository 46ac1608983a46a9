"""Fetch the viewer's JavaScript libraries anew, at the versions written here.

    python scripts/vendor_viewer.py

Needs npm. A change of version is a change of `LIBRARIES`; the table of hashes beside the files is
written by this script, and a test compares files and hashes.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "kerneldojo" / "viewer" / "vendor"


@dataclass(frozen=True)
class Library:
    """One package of the npm registry, and the files taken from it."""

    package: str
    version: str
    licence: str
    purpose: str
    files: dict[str, str]
    """Path in the package → name here."""

    @property
    def name(self) -> str:
        """A name fit for a file."""
        return self.package.removeprefix("@").partition("/")[0]


LIBRARIES = (
    Library(
        "preact",
        "10.29.8",
        "MIT",
        "components; the last major version with scripts that run from `file://`",
        {"dist/preact.min.umd.js": "preact.js", "hooks/dist/hooks.umd.js": "preact-hooks.js"},
    ),
    Library(
        "htm", "3.1.1", "Apache-2.0", "markup without a build step", {"dist/htm.umd.js": "htm.js"}
    ),
    Library(
        "@highlightjs/cdn-assets",
        "11.12.0",
        "BSD-3-Clause",
        "colours in Python, C++ and CUDA",
        {"highlight.min.js": "highlight.js"},
    ),
    Library(
        "diff",
        "9.0.0",
        "BSD-3-Clause",
        "differences between turns",
        {"dist/diff.min.js": "diff.js"},
    ),
    Library(
        "d3-hierarchy",
        "3.1.3",
        "ISC",
        "where the turns of a search are drawn",
        {"dist/d3-hierarchy.min.js": "d3-hierarchy.js"},
    ),
)
HEAD = """\
# Libraries of the viewer

Unchanged files of packages on [npm](https://www.npmjs.com/), fetched by `scripts/vendor_viewer.py`.

| file | package | version | licence | what for | SHA-256 |
|---|---|---|---|---|---|
"""


def fetch(library: Library, folder: Path) -> dict[str, bytes]:
    """Return the wanted files and the licence of a library by the names they get here."""
    command = ["npm", "pack", "--silent", f"{library.package}@{library.version}"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / done.stdout.split()[-1]
    wanted = {**library.files, "LICENSE": f"{library.name}.LICENSE"}
    found = {}
    with tarfile.open(archive) as packed:
        for path, name in wanted.items():
            file = packed.extractfile(f"package/{path}")
            if file is None:
                raise SystemExit(f"{library.package}@{library.version} has no {path}")
            found[name] = file.read()
    return found


def main() -> None:
    """Write all libraries, their licences and the table of hashes."""
    table = HEAD
    with tempfile.TemporaryDirectory() as folder:
        for library in LIBRARIES:
            for name, content in fetch(library, Path(folder)).items():
                (FOLDER / name).write_bytes(content)
                table += (
                    f"| `{name}` | {library.package} | {library.version} | {library.licence} "
                    f"| {library.purpose} | `{hashlib.sha256(content).hexdigest()}` |\n"
                )
    (FOLDER / "README.md").write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
