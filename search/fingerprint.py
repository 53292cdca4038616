"""What decides how documents come out, as one number: an index that was built with another one is built anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DECIDING: Final = (
    "data/categories.csv",
    "data/divisions",
    "search/analysis",
    "search/data",
    "search/documents",
    "search/engines/elasticsearch_index.py",
)
_KINDS: Final = frozenset({".csv", ".py", ".toml", ".txt"})
_PACKAGES: Final = ("opencc", "pypinyin", "rjieba")


@cache
def fingerprint(root: Path = ROOT) -> str:
    """SHA-256 (hex) of the language tables, of what is made of them, and of the packages that cut and read Chinese.

    A comment changes it, too: building too often costs minutes in the background, building too seldom wrong hits.
    """
    digest = hashlib.sha256()
    for path in _files(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for name in DECIDING:
        path = root / name
        found = sorted(path.iterdir()) if path.is_dir() else [path]
        yield from (one for one in found if one.suffix in _KINDS)
