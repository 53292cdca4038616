"""A zip file read with distrust: every entry is unpacked in a stream and counted, whatever its headers claim.

Python's zipfile lists the directory; the unpacking is done here, because ZipExtFile stops at the declared size while
another reader may go on. Nothing is written under a name from the archive.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from marketplace.core.sheets.limits import Limits
from marketplace.core.sheets.problems import refusal

CHUNK: Final = 2**16
END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    OSError,
    IndexError,
)


class Archive:
    """The entries of a zip file within limits."""

    def __init__(self, file: BinaryIO, limits: Limits):
        """Check the directory.

        :raises Invalid: ``sheet_archive_…`` when the directory is broken, too large, or describes what no honest writer
            makes (overlaps, repeated names, encryption, absurd sizes).
        """
        self._file = file
        self._limits = limits
        self._unpacked = 0
        self._check_end_of_directory()
        try:
            self._zip = zipfile.ZipFile(file)
            self.entries = self._zip.infolist()
        except BROKEN:
            raise refusal("archive_broken") from None
        self._check_directory()

    def unpack(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The bytes of an entry in chunks.

        :raises Invalid: when they are more, fewer or other than declared, or the whole archive unpacks to too much.
        """
        try:
            yield from self._unpack(entry)
        except BROKEN:
            raise refusal("archive_broken") from None

    def _check_end_of_directory(self) -> None:
        """Bound the directory before zipfile builds an object per entry; zip64 has no place in a small workbook."""
        size = self._file.seek(0, 2)
        tail_size = min(size, END_OF_DIRECTORY.size + 2**16)
        self._file.seek(size - tail_size)
        tail = self._file.read(tail_size)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < END_OF_DIRECTORY.size:
            raise refusal("archive_broken")
        _, disk, _, _, entries, directory_bytes, _, comment = END_OF_DIRECTORY.unpack_from(tail, at)
        if at + END_OF_DIRECTORY.size + comment != len(tail) or disk != 0:
            raise refusal("archive_broken")
        is_zip64 = at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07"
        if is_zip64 or entries > self._limits.entries or directory_bytes > self._limits.directory_bytes:
            raise refusal("archive_entries")

    def _check_directory(self) -> None:
        limits = self._limits
        if len(self.entries) > limits.entries:
            raise refusal("archive_entries")
        names = {entry.filename.casefold() for entry in self.entries}
        if len(names) != len(self.entries):
            raise refusal("archive_name")
        if sum(entry.file_size for entry in self.entries) > limits.unpacked_bytes:
            raise refusal("archive_unpacked")
        end = 0
        for entry in sorted(self.entries, key=lambda entry: entry.header_offset):
            name = entry.filename
            if name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in entry.orig_filename:
                raise refusal("archive_name")
            if entry.flag_bits & 0x1:
                raise refusal("archive_encrypted")
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise refusal("archive_broken")
            if entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * entry.compress_size:
                raise refusal("archive_ratio")
            if entry.header_offset < end:
                raise refusal("archive_overlap")
            end = entry.header_offset + LOCAL_HEADER.size + len(name) + entry.compress_size
        if end > self._zip.start_dir:
            raise refusal("archive_overlap")

    def _unpack(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        self._file.seek(entry.header_offset)
        header = LOCAL_HEADER.unpack(self._file.read(LOCAL_HEADER.size))
        if header[0] != b"PK\x03\x04" or header[2] & 0x1 or header[3] != entry.compress_type:
            raise refusal("archive_broken")
        if self._file.read(header[9]) != entry.orig_filename.encode(
            "utf-8" if entry.flag_bits & 0x800 else "cp437"
        ):
            raise refusal("archive_name")
        self._file.seek(header[10], 1)
        size, checksum = 0, 0
        for chunk in self._inflate(entry):
            size += len(chunk)
            self._unpacked += len(chunk)
            if size > entry.file_size:
                raise refusal("archive_size_lie")
            if self._unpacked > self._limits.unpacked_bytes:
                raise refusal("archive_unpacked")
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if size != entry.file_size:
            raise refusal("archive_size_lie")
        if checksum != entry.CRC:
            raise refusal("archive_broken")

    def _inflate(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        left = entry.compress_size
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while left:
            packed = self._file.read(min(CHUNK, left))
            if not packed:
                raise refusal("archive_broken")
            left -= len(packed)
            if entry.compress_type == zipfile.ZIP_STORED:
                yield packed
                continue
            while packed:
                chunk = inflater.decompress(packed, CHUNK)
                packed = inflater.unconsumed_tail
                if chunk:
                    yield chunk
                if inflater.eof and (inflater.unused_data or left):
                    raise refusal("archive_size_lie")
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            rest = inflater.flush()
            if rest:
                yield rest
            if not inflater.eof:
                raise refusal("archive_broken")
