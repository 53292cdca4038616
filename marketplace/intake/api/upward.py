"""Lower instances: registered by people; they ask how they are held by their channel's key. Batches come by `batches`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.http import endpoint, needs, public, strict_json
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import UpwardSource
from marketplace.intake.schemas import upward as schemas
from marketplace.intake.service import upward_sources as sources
from marketplace.intake.service import upward_standing as standing


@blueprint.route("/intake/sources", methods=["POST"])
@endpoint(needs(sources.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.UpwardSourceIn)
@blueprint.response(201, schemas.UpwardSourceOut)
def register_source(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Register a lower instance (下级平台): its channel, its code and the key that seals its months."""
    return _out(session, sources.register_source(session, actor, **body))


@blueprint.route("/intake/sources")
@endpoint(needs(sources.PERMISSION))
@blueprint.response(200, schemas.UpwardSourceListOut)
def list_sources(session: Session, actor: Actor) -> dict[str, Any]:
    """The lower instances of one's area, and how far each is held."""
    return {"items": [_out(session, one) for one in sources.sources_seen(session, actor, sources.PERMISSION)]}


@blueprint.route("/intake/sources/<source>/retirement", methods=["POST"])
@endpoint(needs(sources.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.SourceRetirementIn)
@blueprint.response(200, schemas.UpwardSourceOut)
def retire_source(session: Session, actor: Actor, body: dict[str, Any], source: str) -> dict[str, Any]:
    """Take nothing from a source any more, and count nothing of what it fed."""
    return _out(session, sources.retire_source(session, actor, source, body["reason"]))


@blueprint.route("/intake/sources/<source>/signers", methods=["POST"])
@endpoint(needs(sources.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.SignerIn)
@blueprint.response(201, schemas.UpwardSourceOut)
def add_signer(session: Session, actor: Actor, body: dict[str, Any], source: str) -> dict[str, Any]:
    """Let another key seal months of the source."""
    return _out(session, sources.add_signer(session, actor, source, body["public_key"]))


@blueprint.route("/intake/sources/<source>/signers/<public_key>/retirement", methods=["POST"])
@endpoint(needs(sources.PERMISSION), idempotent=True)
@blueprint.response(200, schemas.UpwardSourceOut)
def retire_signer(session: Session, actor: Actor, source: str, public_key: str) -> dict[str, Any]:
    """Take nothing that is sealed with this key any more."""
    return _out(session, sources.retire_signer(session, actor, source, public_key))


@blueprint.route("/intake/upward/standing")
@endpoint(public())
@blueprint.arguments(schemas.QuestionHeaders, location="headers")
@blueprint.response(200, schemas.UpwardStandingOut)
def show_standing(session: Session, actor: Actor | None, headers: dict[str, Any]) -> dict[str, Any]:
    """Tell a source, by its channel's key, how far it is held and what became of its newest batch."""
    question, raw = _question(headers["question"])
    source = standing.source_that_asks(session, question, raw, headers["signature"])
    return standing.standing(session, source)


@blueprint.route("/intake/upward/holdings")
@endpoint(public())
@blueprint.arguments(schemas.QuestionHeaders, location="headers")
@blueprint.response(200, schemas.UpwardHoldingOut)
def show_holdings(session: Session, actor: Actor | None, headers: dict[str, Any]) -> dict[str, Any]:
    """Tell a source, by its channel's key, every cell that is held of the month it asks about, and the differences found here."""
    question, raw = _question(headers["question"])
    source = standing.source_that_asks(session, question, raw, headers["signature"])
    if question["period"] is None:
        raise _no_question()
    return standing.held_as_json(standing.held_of(session, source, question["period"]))


def _question(header: str) -> tuple[dict[str, Any], bytes]:
    """The question and its bytes as they were sent. Invalid (``upward_question``) for anything that is none."""
    try:
        raw = base64.b64decode(header, validate=True)
        found: dict[str, Any] = schemas.UpwardQuestionIn().load(strict_json.loads(raw))
    except (binascii.Error, ValidationError, TypeError) as error:
        raise _no_question() from error
    return found, raw


def _no_question() -> Invalid:
    return Invalid("upward_question", "提问的内容有误", pointer="/X-Upward-Question")


def _out(session: Session, source: UpwardSource) -> dict[str, Any]:
    return {
        "source": source.source,
        "area_code": source.area_code,
        "channel": session.get_one(Channel, source.channel_id).code,
        "position": source.position,
        "public_keys": [key.hex() for key in sources.signers_of(session, source.id)],
        "registered_at": source.registered_at,
        "retired_at": source.retired_at,
    }
