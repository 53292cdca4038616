"""Files sent with a form: kept by `core.files`, and named by their ids where the API's schema asks for ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.files import MAX_BYTES


@dataclass(frozen=True)
class Keeping:
    """Whose the files of a form are and who may read them; see `core.files.CLASSES`."""

    owner_id: uuid.UUID | None = None
    area_code: str | None = None
    file_class: str = "internal"


# Told by the route where the files are not those of the organisation one acts for: `keeps(session, actor, **path)`.
Keeps = Callable[..., Keeping]


def keep_files(session: Session, actor: Actor, sent: list[FileStorage], keeping: Keeping) -> list[str]:
    """Keep what was chosen and return the ids, in order. Refusals as `core.files.store`."""
    return [
        str(
            files.store(
                session,
                actor,
                name=one.filename or "",
                content=one.stream.read(files.MAX_BYTES + 1),
                file_class=keeping.file_class,
                owner_id=keeping.owner_id,
                area_code=keeping.area_code,
            ).id
        )
        for one in sent
        if one.filename
    ]


def ids_by_field(schema: Schema, session: Session, actor: Actor, keeping: Keeping) -> dict[str, Any]:
    """For each field of `schema` that holds a file's id (or a list of them) and was sent a file: what is its value."""
    found: dict[str, Any] = {}
    for name, field in schema.load_fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        sent = [one for one in request.files.getlist(name) if one.filename]
        if sent and isinstance(inner, fields.UUID):
            ids = keep_files(session, actor, sent, keeping)
            found[name] = ids if isinstance(field, fields.List) else ids[-1]
    return found


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form, as it was sent; longer than it may be by one byte at most, for the service to refuse."""

    name: str
    content: bytes


def sent_file(most_bytes: int = MAX_BYTES) -> SentFile | None:
    """The file of the form's field ``file``; None where nothing was chosen."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    return SentFile(sent.filename, sent.stream.read(most_bytes + 1))


def chosen_file(most_bytes: int = MAX_BYTES) -> SentFile:
    """`sent_file`; Invalid (``file_empty``) where nothing was chosen."""
    found = sent_file(most_bytes)
    if found is None:
        raise Invalid("file_empty", "请选择文件", pointer="/file")
    return found


def sent_files(name: str, most_bytes: int = MAX_BYTES) -> list[bytes]:
    """What was chosen in the form's field `name`, each longer than it may be by one byte at most; for files of no account."""
    return [one.stream.read(most_bytes + 1) for one in request.files.getlist(name) if one.filename]
