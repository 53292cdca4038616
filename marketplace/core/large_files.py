"""Files that do not fit into memory: written in a folder of their own, kept in one step, handed over in pieces.

They name no person, so they are not sealed. Where a file lies follows from its id: who is killed between keeping the bytes and
committing the row leaves bytes that the next run replaces.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core import audit, files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.formats import MEDIA_TYPES
from marketplace.core.models import StoredFile

PIECE: Final = 1 << 20


@contextmanager
def workspace(file_id: uuid.UUID) -> Iterator[Path]:
    """An empty folder for the making of a file, on the disk where it will lie; gone when the block ends.

    What a killed run has left in it is removed first.
    """
    folder = files.place_of(files.key_of(file_id)).with_suffix(".making")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(
    session: Session,
    actor: Actor,
    file_id: uuid.UUID,
    file: Path,
    *,
    name: str,
    file_format: str,
    area_code: str,
    delete_after: datetime,
) -> StoredFile:
    """Keep a finished file under its id until `delete_after`; it is moved, whole, to where it lies. Asks `files.upload`."""
    actor.require("files.upload", area=area_code)
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
        os.fsync(stream.fileno())
    row = StoredFile(
        id=file_id,
        storage_key=files.key_of(file_id),
        original_name=name[-files.MAX_NAME :],
        media_type=MEDIA_TYPES[file_format].partition(";")[0],
        size_bytes=file.stat().st_size,
        sha256=digest.digest(),
        file_class="internal",
        owner_organisation_id=None,
        uploaded_by=actor.audit_id,
        created_at=utcnow(),
        delete_after=delete_after,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "core.file.stored", "file", file_id,
        area_code=area_code, detail={"file_class": row.file_class, "size_bytes": row.size_bytes},
    )  # fmt: skip
    session.flush()
    file.chmod(0o600)
    file.replace(files.place_of(row.storage_key))
    return row


def hand_over(
    session: Session, actor: Actor, file_id: uuid.UUID, *, area_code: str
) -> Iterator[bytes] | None:
    """The bytes in pieces, and a record of it; None when the file's time is over. The caller has checked who may have it."""
    row = session.get(StoredFile, file_id)
    if row is None or row.delete_after is None or row.delete_after <= utcnow():
        return None
    audit.record(session, actor, "core.file.taken", "file", file_id, area_code=area_code)
    session.flush()
    return _pieces(files.place_of(row.storage_key))


def _pieces(place: Path) -> Iterator[bytes]:
    """Opened when the first piece is asked for: of an answer to HEAD nobody asks for one, and nobody closes it."""
    with place.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
