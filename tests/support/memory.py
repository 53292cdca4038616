"""Where a test run keeps a server's files: in memory where there is room, since nobody will miss them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of the run's own is made below it
#: Bytes that must be free: a server keeps up to 1 GiB of its log and some 20 MB for each database, and there is one a process.
ROOM: Final = 4 << 30


def folder_in_memory(root: Path = _MEMORY, room: int = ROOM) -> Path | None:
    """The folder that lies in memory, or None where there is none, it may not be written, or less than `room` bytes are free.

    A database of 1,350 files is made there in a tenth of the time, and there are hundreds in a run.
    """
    if not root.is_dir() or not os.access(root, os.W_OK | os.X_OK):
        return None
    return root if min(shutil.disk_usage(root).free, _available()) >= room else None


def _available() -> int:
    """Bytes of memory that can be had without swapping."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
