"""Where segments lie: a folder of this machine, or any place fsspec can reach (``s3://bucket/path``), by the setting.

A file is written under its final name only when it is whole; its SHA-256 is in the manifest. Before a process reads a file for
the first time, and whenever its size or time changed, it is hashed: a damaged one is as good as none.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import fsspec

_CHUNK: Final = 1 << 20


class Store:
    """Files by name. Safe for threads and for several hosts: a name is written once and never changed."""

    def __init__(self, url: str) -> None:
        """`url`: a folder, or what fsspec understands. The folder is made when the first file is."""
        filesystem, self.root = fsspec.core.url_to_fs(url)
        self.files: Any = filesystem
        self.is_local = "file" in (
            filesystem.protocol if isinstance(filesystem.protocol, tuple) else (filesystem.protocol,)
        )
        self._known: dict[str, tuple[Any, ...]] = {}

    def path(self, name: str) -> str:
        """As DuckDB is told of it: a path of this machine, or the URL."""
        full = f"{self.root}/{name}"
        return full if self.is_local else str(self.files.unstrip_protocol(full))

    def put(self, name: str, made: Path) -> tuple[bytes, int]:
        """Take in a finished file of this machine; its SHA-256 and size."""
        digest, size = _hash_of(made.open("rb")), made.stat().st_size
        if self.is_local:
            shutil.move(made, f"{self.root}/{name}")
        else:
            self.files.put(str(made), f"{self.root}/{name}")
        return digest, size

    def is_whole(self, name: str, sha256: bytes) -> bool:
        """Whether the file is there with the content it was made with."""
        try:
            mark = self._mark(name)
            if self._known.get(name) == (*mark, sha256):
                return True
            with self.files.open(f"{self.root}/{name}", "rb") as file:
                if _hash_of(file) != sha256:
                    return False
        except OSError:
            return False
        self._known[name] = (*mark, sha256)
        return True

    def forget(self) -> None:
        """Hash every file anew before it is read again: for who verifies."""
        self._known.clear()

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are gone already are no matter."""
        for name in names:
            self._known.pop(name, None)
            if self.files.exists(f"{self.root}/{name}"):
                self.files.rm_file(f"{self.root}/{name}")

    def names_before(self, instant: datetime) -> list[str]:
        """Every segment file that was written before, known to a manifest or not."""
        if not self.files.exists(self.root):
            return []
        found = [str(one) for one in self.files.ls(self.root, detail=False) if str(one).endswith(".parquet")]
        return sorted(one.rsplit("/", 1)[-1] for one in found if self.files.modified(one) < instant)

    def workplace(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for a file that is being made; on the same disk where that is possible, so that taking it in is a rename."""
        self.files.makedirs(self.root, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".making-", dir=self.root if self.is_local else None)

    def _mark(self, name: str) -> tuple[Any, ...]:
        found = self.files.info(f"{self.root}/{name}")
        return tuple(found.get(key) for key in ("size", "mtime", "ETag", "LastModified"))


def _hash_of(file: Any) -> bytes:
    digest = hashlib.sha256()
    with file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()
