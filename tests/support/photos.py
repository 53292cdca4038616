"""Photos as telephones send them, as small as they can be."""

from __future__ import annotations

import base64
import uuid

from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from tests.support.contracts import PNG

JPEG = b"\xff\xd8\xff\xe0 arrived broken"
WEBP = base64.b64decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=")
PHOTOS = {"image/jpeg": JPEG, "image/png": PNG, "image/webp": WEBP}


def taken(session: Session, actor: Actor, content: bytes = JPEG) -> uuid.UUID:
    """A file of the actor's organisation."""
    return files.store(session, actor, name="到货.jpg", content=content, owner_id=actor.organisation_id).id
