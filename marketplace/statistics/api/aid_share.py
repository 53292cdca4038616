"""The share of aid goods in what points of sale sell, against the share set for them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.core.money import ratio_bp
from marketplace.statistics.aid_share import files, service
from marketplace.statistics.aid_share.models import AidShareAlarm, AidShareRule
from marketplace.statistics.aid_share.service import Meter
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.schemas import aid_share as schemas


@blueprint.route("/aid-share-rules")
@endpoint(needs("intake.read"))
@blueprint.response(200, schemas.SetShareList)
def list_rules(session: Session, actor: Actor) -> dict[str, Any]:
    """All set shares, by kind of channel, area and month."""
    return {"items": service.rules_in_order(session)}


@blueprint.route("/aid-share-rules", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.SetShareIn)
@blueprint.response(201, schemas.SetShareOut)
def set_share(session: Session, actor: Actor, body: dict[str, Any]) -> AidShareRule:
    """Set a share for points of sale of a kind in an area, from a month on."""
    return service.set_share(session, actor, **body)


@blueprint.route("/aid-shares")
@endpoint(needs("intake.read"), snapshot=True)
@blueprint.arguments(schemas.AidShareArgs, location="query")
@blueprint.response(200, schemas.AidShareOut)
def show_shares(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """The month of each point of sale that sold, and of each operator; figures of the ledger, as the reports have them."""
    found, position = service.meters(session, actor, **args)
    sales, aid = sum(one.sales_fen for one in found), sum(one.aid_fen for one in found)
    return {
        "period": args["period"],
        "position": position,
        "sales_fen": sales,
        "aid_fen": aid,
        "share_bp": ratio_bp(aid, sales),
        "channels": [_channel(one) for one in found],
        "operators": _operators(found),
    }


@blueprint.route("/aid-shares/file")
@endpoint(needs("intake.read"), snapshot=True)
@blueprint.arguments(schemas.AidShareFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def share_file(session: Session, actor: Actor, args: dict[str, Any]) -> Response:
    """The same by point of sale as CSV or XLSX."""
    wanted = args.pop("format")
    found, _ = service.meters(session, actor, **args)
    return file_response(wanted, files.meter_file(found, wanted), f"aid-share-{args['period']}")


@blueprint.route("/aid-share-alarms")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.AidShareAlarmArgs, location="query")
@blueprint.response(200, page_schema(schemas.AidShareAlarmOut))
def list_alarms(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Points of sale that stood below their set share on the day set, or at the month's end; newest first."""
    page = page_of(
        session,
        service.alarms_seen(actor, period=args["period"], area=args["area"]),
        keys=[AidShareAlarm.id],
        key_of=lambda row: [row.AidShareAlarm.id],
        args=args,
        descending=True,
        scalars=False,
    )
    own = set(schemas.AidShareAlarmOut().fields) - {"channel", "channel_name", "area_code"}
    return Page(
        [
            {name: getattr(row.AidShareAlarm, name) for name in own}
            | {
                "channel": row.Channel.code,
                "channel_name": row.Channel.name,
                "area_code": row.Channel.area_code,
            }
            for row in page.items
        ],
        page.next_cursor,
    )


def _channel(one: Meter) -> dict[str, Any]:
    return {
        "channel": one.channel.code,
        "channel_name": one.channel.name,
        "channel_kind": one.channel.kind,
        "area_code": one.channel.area_code,
        "operator_id": one.channel.operator_id,
        "operator_name": one.operator_name,
        "sales_fen": one.sales_fen,
        "aid_fen": one.aid_fen,
        "share_bp": one.share_bp,
        "wanted_bp": one.wanted_bp,
        "is_below": one.is_below,
    }


def _operators(found: list[Meter]) -> list[dict[str, Any]]:
    by: dict[uuid.UUID | None, list[Meter]] = {}
    for one in found:
        by.setdefault(one.channel.operator_id, []).append(one)
    return [
        {
            "operator_id": operator_id,
            "operator_name": own[0].operator_name,
            "channels": len(own),
            "below": sum(one.is_below for one in own),
            "sales_fen": sum(one.sales_fen for one in own),
            "aid_fen": sum(one.aid_fen for one in own),
            "share_bp": ratio_bp(sum(one.aid_fen for one in own), sum(one.sales_fen for one in own)),
        }
        for operator_id, own in sorted(by.items(), key=lambda one: str(one[0] or ""))
    ]
