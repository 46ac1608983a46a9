"""The viewer as a folder that needs no server."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.store import Run, write_whole
from kerneldojo.viewer.site import STATIC, Site


def export(
    runs: Sequence[Run | str | Path], folder: str | Path, *, curves_only: bool = False
) -> Path:
    """Write runs as a folder that any browser opens, without a server and without a network.

    Args:
        runs: runs or their directories.
        folder: a directory that is missing or empty.
        curves_only: leave out the trajectories of steps of training, which may be many.

    Returns:
        The page to open.

    Raises:
        UsageError: if there is no run, or the folder holds something already.
        StoreError: if a run cannot be read, or nothing can be written there.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a directory that is missing or empty.")
    site = Site(runs, curves_only=curves_only)
    try:
        write_whole(folder, lambda target: _write(site, target))
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}.") from error
    return folder / "index.html"


def _write(site: Site, target: Path) -> None:
    for address, source in STATIC.items():
        file = target / address
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, file)
    for address in site.indexes():
        found = site.site(address)
        if found is not None:
            _write_data(found[0], (target / address).parent)


def _write_data(site: Site, folder: Path) -> None:
    for number in range(len(site.runs)):
        (folder / str(number)).mkdir(parents=True)
    (folder / "index.js").write_bytes(site.index())
    for address in site.addresses():
        (folder / address.removeprefix("data/")).write_bytes(site.data(address) or b"")
