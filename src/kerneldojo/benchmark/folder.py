"""Solutions as files in a folder, named after their problems."""

from __future__ import annotations

from pathlib import Path

from kerneldojo.benchmark.collector import Collector
from kerneldojo.benchmark.names import split_sample


def collect_folder(folder: Path, collector: Collector) -> None:
    """Read every `*.py` below a folder, except for those whose name starts with `_` or `.`."""
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder)
        if any(part.startswith(("_", ".")) for part in inner.parts):
            continue
        called, sample = split_sample(inner.with_suffix("").as_posix())
        try:
            source = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            collector.complain(str(path), f"not UTF-8 text (byte {error.start})")
        except OSError as error:
            collector.complain(str(path), f"cannot be read: {error.strerror}")
        else:
            collector.add(called, source, str(path), sample or 0)
