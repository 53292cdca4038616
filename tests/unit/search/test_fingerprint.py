"""Whatever decides how documents come out changes the fingerprint, and nothing else does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from search.fingerprint import DECIDING, ROOT, fingerprint


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The deciding files in a place of their own; each call of `fingerprint` is told a new one, because it remembers."""
    return copied(tmp_path, "first")


def copied(tmp_path: Path, name: str) -> Path:
    for one in DECIDING:
        source, target = ROOT / one, tmp_path / name / one
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path / name


def test_a_copy_of_the_same_files_has_the_same_fingerprint(copy: Path) -> None:
    assert fingerprint(copy) == fingerprint()
    assert len(fingerprint()) == 64


@pytest.mark.parametrize(
    "name",
    [
        "data/categories.csv",
        "data/divisions/counties.csv",
        "search/analysis/pinyin.py",
        "search/data/synonyms.txt",
        "search/data/homophones.toml",
        "search/documents/tokens.py",
        "search/engines/elasticsearch_index.py",
    ],
)
def test_a_file_that_decides_changes_it(copy: Path, name: str) -> None:
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert fingerprint(copy) != fingerprint()


def test_a_file_that_comes_or_goes_changes_it_and_what_is_no_table_does_not(
    copy: Path, tmp_path: Path
) -> None:
    (copy / "search/data/README.md").write_text("other words", encoding="utf-8")
    assert fingerprint(copy) == fingerprint()
    added = copied(tmp_path, "added")
    (added / "search/data/more.txt").write_text("", encoding="utf-8")
    gone = copied(tmp_path, "gone")
    (gone / "search/data/soft.txt").unlink()
    assert len({fingerprint(), fingerprint(added), fingerprint(gone)}) == 3
