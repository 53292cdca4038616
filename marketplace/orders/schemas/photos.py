"""Wire shapes of photos of what arrived."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.core.http.fields import Instant
from marketplace.core.photos import TYPES
from marketplace.orders.service.photos import MOST_PHOTOS


def photo_file_ids() -> fields.List[Any]:
    """The field by which photos are attached: files that were uploaded before (`POST /files`)."""
    return fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PHOTOS),
        metadata={"description": "到货照片(先上传文件):JPEG、PNG 或 WebP,每张不超过 10 MB"},
    )


class PhotoOut(Schema):
    """A photo; its bytes are at `/orders/{number}/photos/{id}`."""

    id = fields.UUID(attribute="file.id")
    media_type = fields.String(attribute="file.media_type", metadata={"enum": list(TYPES)})
    size_bytes = fields.Integer(attribute="file.size_bytes", metadata={"example": 2_400_000})
    sha256 = fields.Function(lambda row: row.file.sha256.hex(), metadata={"type": "string"})
    return_number = fields.String(
        allow_none=True, metadata={"description": "所附的退货单;空为验收", "example": "T7K2M9QX4RTB"}
    )
    added_at = Instant()


class PhotoListOut(Schema):
    """The photos of an order."""

    items = fields.List(fields.Nested(PhotoOut))
