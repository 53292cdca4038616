"""What a person does at a cabinet: bring goods to its slots, count what stands in them."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, pre_load, validate
from sqlalchemy.orm import Session

from admin.cabinets.typed import SlotUnits, at_their_rows, by_slot, filled_in
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.core.http.fields import Instant
from marketplace.intake.cabinets.models import PlanogramSlot
from marketplace.intake.cabinets.service import acting, plans
from marketplace.intake.schemas.cabinets import RestockingIn
from marketplace.intake.service.keys import managed_channel
from marketplace.web.kit import Form, Pages, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_cabinet_stocking", __name__, url_prefix="/admin/intake/channels")


class RestockingForm(RestockingIn):
    """What was brought; slots without a number got nothing."""

    @pre_load
    def _meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return filled_in(data, "lines")


class CountForm(Schema):
    """What was counted; slots without a number were not."""

    counted = fields.List(fields.Nested(SlotUnits), required=True, validate=validate.Length(1, 500))
    at = Instant(load_default=None, allow_none=True)

    @pre_load
    def _meant(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return filled_in(data, "counted")


@pages.form("/<code>/devices/<device>/restocking", needs("intake.submit"), RestockingForm)
def restocking(session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    """A row for each slot of the plan in force."""
    return _show("admin/cabinets/restocking.html", session, actor, form, code, device)


@restocking.submit
def restock(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Response:
    """Book what was brought."""
    lines = [acting.Brought(**line) for line in body["lines"]]
    booked = acting.restock(session, actor, code, device, lines, at=body["at"])
    return done(f"/admin/intake/channels/{code}/cabinets", _("已登记 {count} 个货道的补货", count=booked))


@pages.form("/<code>/devices/<device>/count", needs("intake.submit"), CountForm)
def counting(session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    """A row for each slot of the plan in force."""
    return _show("admin/cabinets/count.html", session, actor, form, code, device)


@counting.submit
def count(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Response:
    """Book what stands in slots; what it differs by is shrinkage."""
    booked = acting.count(session, actor, code, device, by_slot(body["counted"]), at=body["at"])
    return done(f"/admin/intake/channels/{code}/cabinets", _("已盘点 {count} 种商品", count=booked))


def _show(template: str, session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    channel = managed_channel(session, actor, code)
    return render(
        template,
        form=at_their_rows(form, "lines", "counted"),
        channel=channel,
        device=device,
        slots=_plan(session, plans.device_of(session, channel, device).id),
    )


def _plan(session: Session, device_id: Any) -> list[PlanogramSlot]:
    planned = plans.slots_at(session, device_id, utcnow())
    if not planned:
        raise NotFound("cabinet_not_found", "该设备尚无陈列图")
    return [planned[slot] for slot in sorted(planned)]
