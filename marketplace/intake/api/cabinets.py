"""Cabinets of a channel: planograms, what is brought and counted, what stands there, heartbeats of devices."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Invalid
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, public, strict_json
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.cabinets.models import CabinetMovement, Planogram, Pulse
from marketplace.intake.cabinets.service import acting, heartbeats, plans, reading
from marketplace.intake.schemas import cabinets as schemas

_CABINET = "/intake/channels/<code>/devices/<device>"


@blueprint.route(f"{_CABINET}/planograms", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.PlanogramIn)
@blueprint.response(201, schemas.PlanogramOut)
def make_planogram(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Planogram:
    """A new version of a device's planogram. The first one begins the keeping of its stock."""
    slots = [plans.NewSlot(**one) for one in body["slots"]]
    return plans.plan(session, actor, code, device, slots, from_at=body["from_at"], reason=body["reason"])


@blueprint.route(f"{_CABINET}/restockings", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.RestockingIn)
@blueprint.response(201, schemas.BookedOut)
def restock(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> dict[str, int]:
    """Book goods that were brought to slots."""
    lines = [acting.Brought(**one) for one in body["lines"]]
    return {"booked": acting.restock(session, actor, code, device, lines, at=body["at"])}


@blueprint.route(f"{_CABINET}/counts", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.CountIn)
@blueprint.response(201, schemas.BookedOut)
def count(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> dict[str, int]:
    """Book what stands in slots; what it differs by is shrinkage."""
    return {"booked": acting.count(session, actor, code, device, body["slots"], at=body["at"])}


@blueprint.route("/intake/channels/<code>/cabinets")
@endpoint(needs("intake.read"))
@blueprint.response(200, schemas.CabinetListOut)
def list_cabinets(session: Session, actor: Actor, code: str) -> dict[str, Any]:
    """What stands in the cabinets of a channel, by slot and lot, and how old the last word of each is."""
    return {"items": [_cabinet(one) for one in reading.cabinets_of(session, actor, code)]}


@blueprint.route(f"{_CABINET}/movements")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.MovementListArgs, location="query")
@blueprint.response(200, page_schema(schemas.CabinetMovementOut))
def list_movements(
    session: Session, actor: Actor, args: dict[str, Any], code: str, device: str
) -> Page[CabinetMovement]:
    """The movements of a cabinet's stock, the last booked first."""
    return page_of(
        session,
        reading.movements_of(session, actor, code, device),
        keys=[CabinetMovement.movement_no],
        key_of=lambda row: [row.movement_no],
        args=args,
        descending=True,
    )


@blueprint.route("/intake/heartbeats", methods=["POST"])
@endpoint(public())
@blueprint.arguments(schemas.HeartbeatHeaders, location="headers")
@blueprint.response(200, schemas.PulseOut)
def beat(session: Session, actor: Actor | None, headers: dict[str, Any]) -> dict[str, Any]:
    """Take a signed heartbeat; the body is its JSON, signed with the channel's key as a batch with an empty body is."""
    raw = request.get_data()
    try:
        said = heartbeats.Heartbeat(**schemas.HeartbeatIn().load(strict_json.loads(raw)))
    except (ValidationError, TypeError) as error:
        raise Invalid("heartbeat", "心跳内容有误", pointer="/body") from error
    return _pulse(heartbeats.hear(session, said, raw, headers["signature"]))


def _cabinet(one: reading.Standing) -> dict[str, Any]:
    return {
        "device": one.device.code,
        "since": one.cabinet.since,
        "known_until": one.known_until,
        "pulse": None if one.pulse is None else _pulse(one.pulse),
        "plan": [one.plan[code] for code in sorted(one.plan)],
        "goods": [
            {
                name: getattr(stock, name)
                for name in ("goods_key", "goods_name", "product_id", "on_hand_milli")
            }
            | {
                "lots": [
                    {"slot": lot.slot, "lot_no": lot.lot_no, "expires_on": lot.expires_on, "milli": milli}
                    for lot, milli in sorted(shelf.lots.items(), key=lambda found: found[0].order)
                ]
            }
            for stock, shelf in one.stocks
        ],
    }


def _pulse(one: Pulse) -> dict[str, Any]:
    names = [name for name in schemas.PulseOut().fields if name != "age_s"]
    age = int((utcnow() - one.received_at).total_seconds())
    return {name: getattr(one, name) for name in names} | {"age_s": age}
