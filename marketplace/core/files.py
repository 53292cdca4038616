"""Files: licences, lists, reports, photos. A row says what a file is; its bytes lie on disk under a generated name.

The name a client gave is data, never a path; the type is what the bytes are, not what the name says. Files of class
``restricted`` (rosters, wage lists) are encrypted at rest like any personal cell, and every reading of one is recorded with its
purpose. Bytes are written before the row is committed: a rolled-back upload leaves bytes that no row names, never a row without
bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid, NotFound, TooLarge
from marketplace.core.formats import media_type_of
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.core.privacy import VERSION_BYTES, Cell, token_version, vault

CLASSES: Final = {"public": "公开", "internal": "内部", "restricted": "受限"}
MAX_BYTES: Final = 20 * 1024 * 1024
MAX_NAME: Final = 200
_CELL_TABLE: Final = "core.stored_file"
_root: Path | None = None


def install(root: Path) -> None:
    """Keep bytes under `root` from now on; the composition root calls it once."""
    global _root  # noqa: PLW0603 - one process, one place for files
    _root = root


def store(
    session: Session,
    actor: Actor | None,
    *,
    name: str,
    content: bytes,
    file_class: str = "internal",
    owner_id: uuid.UUID | None = None,
    area_code: str | None = None,
    delete_after: datetime | None = None,
) -> StoredFile:
    """Keep a file for an organisation (`owner_id`) or an office's area.

    Asks `files.upload` over the area, or for the owner; without an actor the caller has let the sender in. Raises Invalid
    (``file_type``, ``file_class``, ``file_name``, ``file_empty``), TooLarge above MAX_BYTES, Forbidden.
    """
    if actor is not None:
        actor.require("files.upload", area=area_code, owners=(owner_id,))
    if file_class not in CLASSES:
        raise Invalid("file_class", "没有这种文件密级", pointer="/file_class")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("file_name", "文件名不能为空或过长", pointer="/name")
    if not content:
        raise Invalid("file_empty", "文件是空的", pointer="/file")
    if len(content) > MAX_BYTES:
        raise TooLarge("file_too_large", f"文件不能超过{MAX_BYTES // 1024 // 1024} MB")
    file_id = uuid7()
    row = StoredFile(
        id=file_id,
        storage_key=key_of(file_id),
        original_name=name.strip(),
        media_type=media_type_of(content),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).digest(),
        file_class=file_class,
        owner_organisation_id=owner_id,
        uploaded_by=actor.audit_id if actor else None,
        created_at=utcnow(),
        delete_after=delete_after,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "core.file.stored", "file", file_id,
        area_code=area_code, detail={"file_class": file_class, "size_bytes": row.size_bytes},
    )  # fmt: skip
    session.flush()
    _write(_path(row), _sealed(row, content))
    return row


def read(
    session: Session, actor: Actor, file_id: uuid.UUID, *, purpose: str, area_code: str | None = None
) -> bytes:
    """Return a file's bytes to somebody who may have them, and record the reading.

    Asks `files.read`, for a restricted file `files.read_restricted`, over the area or for the owner; NotFound for all others.
    Invalid (``purpose``) for a restricted file without one.
    """
    row = session.get(StoredFile, file_id)
    if row is None or (row.delete_after is not None and row.delete_after <= utcnow()):
        raise NotFound
    permission = "files.read_restricted" if row.file_class == "restricted" else "files.read"
    if row.file_class != "public":
        actor.require_visible(permission, area=area_code, owners=(row.owner_organisation_id,))
    if row.file_class == "restricted" and not purpose.strip():
        raise Invalid("purpose", "请填写查看目的", pointer="/purpose")
    content = _handed(session, actor, row, area_code, purpose)
    session.flush()
    return content


def read_public(session: Session, file_id: uuid.UUID) -> bytes:
    """Return the bytes of a public file to anybody, signed in or not; such a reading is not recorded. NotFound for any other."""
    row = session.get(StoredFile, file_id)
    if row is None or row.file_class != "public":
        raise NotFound
    return _checked(row)


def hand_out(
    session: Session,
    actor: Actor | None,
    file_id: uuid.UUID,
    *,
    area_code: str | None = None,
    purpose: str = "",
) -> bytes:
    """Return a file's bytes to somebody whom the caller has let in, and record it. NotFound; a restricted one takes a purpose."""
    row = session.get(StoredFile, file_id)
    if row is None or (row.file_class == "restricted" and not purpose.strip()):
        raise NotFound
    return _handed(session, actor, row, area_code, purpose)


def _handed(session: Session, actor: Actor | None, row: StoredFile, area: str | None, purpose: str) -> bytes:
    """Bytes of a file whose reading is recorded."""
    content, why = _checked(row), purpose.strip() or None
    audit.record(session, actor, "core.file.read", "file", row.id, area_code=area, purpose=why)
    return content


def take_once(session: Session, actor: Actor, file_id: uuid.UUID) -> bytes | None:
    """Return the bytes of a file that is handed over once, and record it; None when it was taken before or has expired.

    The caller has checked who may take it. The file expires with this, so of two who ask at once one gets it.
    """
    # Taken is "expired when it was made", not "now": who waited for the row may have read the clock before who took it.
    row = session.scalars(
        update(StoredFile)
        .where(
            StoredFile.id == file_id,
            StoredFile.delete_after > utcnow(),
            StoredFile.delete_after > StoredFile.created_at,
        )
        .values(delete_after=StoredFile.created_at)
        .returning(StoredFile)
    ).one_or_none()
    if row is None:
        return None
    audit.record(session, actor, "core.file.taken", "file", file_id)
    return _opened(row, _path(row).read_bytes())


def delete_expired(session: Session) -> int:
    """Delete the files whose time is over and return how many; bytes first, so that a crash leaves no bytes without a row."""
    rows = session.scalars(
        select(StoredFile)
        .where(StoredFile.delete_after <= utcnow())
        .with_for_update(skip_locked=True)
        .limit(500)
    ).all()
    for row in rows:
        _path(row).unlink(missing_ok=True)
        audit.record(session, None, "core.file.deleted", "file", row.id)
        session.delete(row)
    session.flush()
    return len(rows)


def is_outdated(row: StoredFile) -> bool:
    """Whether a restricted file is sealed by another than the newest key."""
    with _path(row).open("rb") as handle:
        return token_version(handle.read(VERSION_BYTES)) != vault().current_version


def reseal(row: StoredFile) -> bool:
    """Seal a restricted file by the newest key, replacing it as a whole; False when it already is."""
    if not is_outdated(row):
        return False
    path = _path(row)
    path.with_suffix(".part").unlink(missing_ok=True)  # of a run that was killed here
    _write(path, _sealed(row, _opened(row, path.read_bytes())))
    return True


def key_of(file_id: uuid.UUID) -> str:
    """The generated name under which a file's bytes lie."""
    return f"{file_id.hex[-2:]}/{file_id.hex}"


def place_of(storage_key: str) -> Path:
    """Where the bytes of that name lie. RuntimeError before there is a place for files."""
    if _root is None:
        raise RuntimeError("no place for files: create_app() or a test fixture installs one")
    return _root / storage_key


def _path(row: StoredFile) -> Path:
    return place_of(row.storage_key)


def _cell(row: StoredFile) -> Cell:
    return Cell(_CELL_TABLE, "content", row.id)


def _sealed(row: StoredFile, content: bytes) -> bytes:
    if row.file_class != "restricted":
        return content
    return vault().encrypt(_cell(row), base64.b64encode(content).decode())


def _checked(row: StoredFile) -> bytes:
    """The bytes as they were stored; RuntimeError when they are not."""
    content = _opened(row, _path(row).read_bytes())
    if hashlib.sha256(content).digest() != row.sha256:
        raise RuntimeError(f"file {row.id} is not what was stored")
    return content


def _opened(row: StoredFile, stored: bytes) -> bytes:
    if row.file_class != "restricted":
        return stored
    return base64.b64decode(vault().decrypt(_cell(row), stored))


def _write(path: Path, content: bytes) -> None:
    """Write a file that is whole once it has its name, and readable by this user alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(path)
