"""Kinds of channels and points of sale."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import schemas
from marketplace.catalogue.api.blueprint import blueprint
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.catalogue.models import Channel
from marketplace.catalogue.service import channels, queries
from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    public,
    require_version,
    set_version,
)


@blueprint.route("/channel-kinds")
@endpoint(public())
@blueprint.response(200, schemas.ChannelKindsOut)
def list_kinds(session: Session, actor: Actor | None) -> dict[str, Any]:
    """Every kind of point of sale with its titles, sites and terms."""
    return {"items": CHANNEL_KINDS}


@blueprint.route("/channels")
@endpoint(public())
@blueprint.arguments(schemas.ChannelArgs, location="query")
@blueprint.response(200, page_schema(schemas.ChannelOut))
def list_channels(session: Session, actor: Actor | None, args: dict[str, Any]) -> Page[Channel]:
    """Points of sale, in the order in which they were opened here."""
    statement = queries.channels_matching(
        args["kind"],
        args["area"],
        args["parent_id"],
        operator_id=args["operator_id"],
        state=args["state"],
        named=args["named"],
    )
    return page_of(
        session, statement, keys=[Channel.channel_no], key_of=lambda row: [row.channel_no], args=args
    )


@blueprint.route("/channels", methods=["POST"])
@endpoint(needs("catalogue.channels"), idempotent=True)
@blueprint.arguments(schemas.ChannelIn)
@blueprint.response(201, schemas.ChannelTermsOut)
def open_channel(session: Session, actor: Actor, body: dict[str, Any]) -> Channel:
    """Open a point of sale."""
    channel = channels.open_channel(session, actor, channels.NewChannel(**body))
    set_version(channel.row_version)
    return channel


@blueprint.route("/channels/<uuid:channel_id>")
@endpoint(public())
@blueprint.response(200, schemas.ChannelOut)
def show_channel(session: Session, actor: Actor | None, channel_id: uuid.UUID) -> Channel:
    """A point of sale."""
    channel = channels.get_channel(session, channel_id)
    set_version(channel.row_version)
    return channel


@blueprint.route("/channels/<uuid:channel_id>", methods=["PATCH"])
@endpoint(needs("catalogue.channels"))
@blueprint.arguments(schemas.ChannelChangeIn)
@blueprint.response(200, schemas.ChannelTermsOut)
def amend_channel(session: Session, actor: Actor, body: dict[str, Any], channel_id: uuid.UUID) -> Channel:
    """Change a point of sale; If-Match names the version."""
    channel = channels.get_channel(session, channel_id, lock=True)
    channels.require_channel(actor, channel)
    require_version(channel.row_version)
    channels.amend_channel(session, actor, channel, body)
    set_version(channel.row_version)
    return channel


@blueprint.route("/channels/<uuid:channel_id>/closure", methods=["POST"])
@endpoint(needs("catalogue.channels"), idempotent=True)
@blueprint.arguments(schemas.ClosureIn)
@blueprint.response(200, schemas.ChannelTermsOut)
def close_channel(session: Session, actor: Actor, body: dict[str, Any], channel_id: uuid.UUID) -> Channel:
    """Close a point of sale from a day on."""
    channel = channels.get_channel(session, channel_id, lock=True)
    return channels.close_channel(session, actor, channel, body["closed_on"])
