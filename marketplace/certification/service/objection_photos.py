"""Photos with an objection: sent with the form by whoever objects, sealed, and opened by the office that answers alone.

Who objects may not have signed in, so the files are nobody's and of no organisation: only the objection leads to them. The name
that a file had on somebody's device is not kept, as it may tell who objects.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Objection, ObjectionPhoto
from marketplace.core import files
from marketplace.core.errors import Invalid
from marketplace.core.formats import media_type_of
from marketplace.core.models import StoredFile
from marketplace.core.photos import TYPES, check_photo

MOST_PHOTOS: Final = 3
_POINTER: Final = "/photos"


def attach_photos(session: Session, objection: Objection, area_code: str, photos: Sequence[bytes]) -> None:
    """Keep the photos of an objection that was just filed.

    Invalid (`too_many_photos`, `file_empty`, `photo_type` for anything but JPEG, PNG and WebP), TooLarge (`photo_too_large`).
    """
    if len(photos) > MOST_PHOTOS:
        raise Invalid("too_many_photos", f"照片最多 {MOST_PHOTOS} 张", pointer=_POINTER)
    for place, content in enumerate(photos, 1):
        if not content:
            raise Invalid("file_empty", "文件是空的", pointer=_POINTER)
        media_type = _media_type(content)
        check_photo(media_type, len(content), _POINTER)
        kept = files.store(
            session,
            None,
            name=f"照片{place}.{TYPES[media_type]}",
            content=content,
            file_class="restricted",
            area_code=area_code,
        )
        session.add(ObjectionPhoto(file_id=kept.id, objection_id=objection.id))
    session.flush()


def photos_of(session: Session, objection_id: uuid.UUID) -> list[StoredFile]:
    """The photos in the order in which they were sent; the caller has let the actor in."""
    return list(
        session.scalars(
            select(StoredFile)
            .join(ObjectionPhoto, ObjectionPhoto.file_id == StoredFile.id)
            .where(ObjectionPhoto.objection_id == objection_id)
            .order_by(StoredFile.id)
        )
    )


def _media_type(content: bytes) -> str:
    try:
        return media_type_of(content)
    except Invalid:
        return ""  # of no type that is kept at all: no photo either
