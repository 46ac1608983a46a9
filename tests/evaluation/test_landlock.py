"""Paths that cover what may be read, and nothing of what may not."""

from __future__ import annotations

from pathlib import Path

from kerneldojo.evaluation.sandbox import landlock


def tree(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("x")


def covers(paths: list[Path], file: Path) -> bool:
    return any(path == file or path in file.parents for path in paths)


def test_without_secrets_a_root_stands_for_itself(tmp_path: Path) -> None:
    tree(tmp_path, "a/b")
    assert landlock.expand([tmp_path], []) == [tmp_path.resolve()]


def test_a_hidden_folder_is_cut_out(tmp_path: Path) -> None:
    tree(tmp_path, "site/torch/t.py", "site/ours/secret.py", "site/one.py", "bin/python")
    paths = landlock.expand([tmp_path], [tmp_path / "site" / "ours"])
    assert covers(paths, tmp_path / "site/torch/t.py")
    assert covers(paths, tmp_path / "site/one.py")
    assert covers(paths, tmp_path / "bin/python")
    assert not covers(paths, tmp_path / "site/ours/secret.py")
    assert not covers(paths, tmp_path / "site/ours")


def test_a_hidden_root_leaves_nothing(tmp_path: Path) -> None:
    tree(tmp_path, "a/b")
    assert landlock.expand([tmp_path / "a"], [tmp_path / "a"]) == []
    assert landlock.expand([tmp_path / "a"], [tmp_path]) == []


def test_links_lead_nowhere_hidden(tmp_path: Path) -> None:
    tree(tmp_path, "site/ours/secret.py", "site/torch/t.py")
    (tmp_path / "site" / "door").symlink_to(tmp_path / "site" / "ours")
    paths = landlock.expand([tmp_path / "site"], [tmp_path / "site" / "ours"])
    assert not covers([path.resolve() for path in paths], tmp_path / "site/ours/secret.py")
    root_door = tmp_path / "root_door"
    root_door.symlink_to(tmp_path / "site" / "ours")
    assert landlock.expand([root_door], [tmp_path / "site" / "ours"]) == []


def test_roots_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert landlock.expand([tmp_path / "missing"], [tmp_path / "other"]) == []


def test_newer_kernels_restrict_more() -> None:
    masks = [landlock.handled(abi) for abi in range(1, 7)]
    assert masks == sorted(masks)
    assert masks[0] == (1 << 13) - 1
    assert masks[-1] == (1 << 16) - 1
