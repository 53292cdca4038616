"""Photos of what arrived. They are attached by the acceptance and by the request to return."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import downloads, endpoint, signed_in
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.schemas import photos as schemas
from marketplace.orders.service import photos


# Auditors hold no permission over orders, so the service alone says who may look.
@blueprint.route("/orders/<number>/photos")
@endpoint(signed_in())
@blueprint.response(200, schemas.PhotoListOut)
def list_photos(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The photos of an order, for its two sides, overseers and auditors."""
    return {"items": photos.photos_seen(session, actor, number)}


@blueprint.route("/orders/<number>/photos/<uuid:file_id>")
@endpoint(signed_in())
@blueprint.response(200, content_type="image/*")
def photo(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> Response:
    """A photo, to be looked at; the look is recorded."""
    file_format, content = photos.read_photo(session, actor, number, file_id)
    return downloads.photo(file_format, content, f"{number}-{file_id}")
