"""How much of a spreadsheet is accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one upload; sizes in bytes, times in seconds.

    ``cells`` bounds the rectangle from A1 to the last cell, because the reader allocates all of it. ``ratio`` applies to
    entries that unpack to more than ``ratio_from``; tables of repetitive rows reach about 100. ``merged`` cells and ``hidden``
    sheets are left as they are unless the upload forbids them.
    """

    file_bytes: int = 32 * 2**20
    entries: int = 1_000
    directory_bytes: int = 2**20
    unpacked_bytes: int = 192 * 2**20
    ratio: int = 200
    ratio_from: int = 2**20
    rows: int = 200_000
    columns: int = 200
    cells: int = 5_000_000
    field_characters: int = 32_767
    reader_memory_bytes: int = 2**30
    reader_cpu_seconds: int = 30
    reader_seconds: int = 60
    reader_output_bytes: int = 512 * 2**20
    merged: bool = True
    hidden: bool = True


DEFAULT_LIMITS = Limits()
