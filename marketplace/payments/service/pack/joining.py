"""Uploads made into clean PDF pages and all of it joined, by pypdf and typst in a child process with limits.

A hostile file can cost its own process only: it is then a paper that cannot be joined. The child has none of our environment.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marketplace.core.formats import PDF

CHILD: Final = Path(__file__).with_name("child.py")
MEMORY_BYTES: Final = 2**30
CPU_SECONDS: Final = 10
OUTPUT_BYTES: Final = 256 * 2**20
SECONDS: Final = 10.0
"""The longest that one file may take. An honest one takes half a second."""
UPLOADS_SECONDS: Final = 25.0
"""The longest that all uploads of a pack may take together: the database waits for no request longer than a minute."""
_SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class Pages:
    """A PDF on disk that may be joined, and how many pages it has."""

    path: Path
    count: int


def cleaned(
    folder: Path, name: str, content: bytes, media_type: str, seconds: float = SECONDS
) -> Pages | None:
    """A file as clean pages in `folder`; None for what cannot be joined: another kind, encrypted, broken, too large, too slow."""
    if seconds <= 0:
        return None
    if media_type == PDF:
        mode, suffix = "clean", ".pdf"
    elif media_type in _SUFFIXES:
        mode, suffix = "picture", _SUFFIXES[media_type]
    else:
        return None
    source, output = folder / f"{name}.in{suffix}", folder / f"{name}.pdf"
    source.write_bytes(content)
    count = _run(mode, output, [source], seconds)
    return None if count is None else Pages(output, count)


def joined(folder: Path, papers: Sequence[Pages]) -> bytes:
    """All pages in one PDF. RuntimeError when clean papers cannot be joined: nobody's file is to blame then."""
    output = folder / "joined.pdf"
    count = _run("join", output, [one.path for one in papers], 2 * SECONDS)
    if count != sum(one.count for one in papers):
        raise RuntimeError("papers could not be joined")
    return output.read_bytes()


def _run(mode: str, output: Path, inputs: Sequence[Path], seconds: float) -> int | None:
    bounds = [str(MEMORY_BYTES), str(CPU_SECONDS), str(OUTPUT_BYTES)]
    command = [sys.executable, "-I", str(CHILD), mode, *bounds, str(output), *map(str, inputs)]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the names are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    said = done.stdout.strip()
    return int(said) if done.returncode == 0 and said.isdigit() else None
