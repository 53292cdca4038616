"""Photos as telephones take them: what they may be, by what their bytes say, and how large."""

from __future__ import annotations

from typing import Final

from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.formats import MEDIA_TYPES

MOST_BYTES: Final = 10 * 1024 * 1024
#: Media type → format.
TYPES: Final = {MEDIA_TYPES[code]: code for code in ("jpg", "png", "webp")}


def check_photo(media_type: str, size_bytes: int, pointer: str) -> None:
    """Raise Invalid (`photo_type`) for anything but JPEG, PNG and WebP, TooLarge (`photo_too_large`) above MOST_BYTES."""
    if media_type not in TYPES:
        raise Invalid("photo_type", "照片应为 JPEG、PNG 或 WebP", pointer=pointer)
    if size_bytes > MOST_BYTES:
        raise TooLarge("photo_too_large", f"每张照片不能超过 {MOST_BYTES // 1024 // 1024} MB")


def form_bytes(photos: int) -> int:
    """How long a form with so many photos may be: all of them at their largest, and the form itself."""
    return photos * MOST_BYTES + 1024 * 1024
