"""Keys and devices of a channel."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import ChannelKey, Device
from marketplace.intake.schemas import channels as schemas
from marketplace.intake.service import keys, reading


@blueprint.route("/intake/channels/<code>/keys", methods=["POST"])
@endpoint(needs("intake.submit"))
@blueprint.response(201, schemas.ChannelKeyOut)
def make_key(session: Session, actor: Actor, code: str) -> dict[str, Any]:
    """Make a new version of the channel's key. Its secret is in this answer and nowhere else."""
    key, secret = keys.make_key(session, actor, code)
    return {"version": key.version, "secret": secret, "made_at": key.made_at, "retired_at": None}


@blueprint.route("/intake/channels/<code>/keys")
@endpoint(needs("intake.submit"))
@blueprint.response(200, schemas.ChannelKeyListOut)
def list_keys(session: Session, actor: Actor, code: str) -> dict[str, Any]:
    """The versions of the channel's key: which are in force, which were retired when."""
    return {"items": keys.keys_of(session, actor, code)}


@blueprint.route("/intake/channels/<code>/keys/<int:version>/retirement", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.response(200, schemas.RetiredKeyOut)
def retire_key(session: Session, actor: Actor, code: str, version: int) -> ChannelKey:
    """Take nothing that is signed with this version any more."""
    return keys.retire_key(session, actor, code, version)


@blueprint.route("/intake/channels/<code>/devices", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.ReportingDeviceIn)
@blueprint.response(201, schemas.NewDeviceOut)
def register(session: Session, actor: Actor, body: dict[str, Any], code: str) -> Device:
    """Let a device report for the channel."""
    return keys.register_device(session, actor, code, code=body["code"], adapter=body["adapter"])


@blueprint.route("/intake/channels/<code>/devices")
@endpoint(needs("intake.submit"))
@blueprint.response(200, schemas.ReportingDeviceListOut)
def list_devices(session: Session, actor: Actor, code: str) -> dict[str, Any]:
    """The devices of a channel: when each was last heard of, and which batches have not come."""
    return {
        "items": [
            {
                name: getattr(one.device, name)
                for name in schemas.ReportingDeviceOut().fields
                if name != "gaps"
            }
            | {"gaps": one.gaps}
            for one in reading.devices_of(session, actor, code)
        ]
    }
