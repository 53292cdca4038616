"""陈列图: what stands in which slot of a device, how much it holds, below how much it is filled up. A change is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response
from marshmallow import fields, pre_load, validate
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.catalogue.service import queries
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import needs
from marketplace.intake.cabinets.models import PlanogramSlot
from marketplace.intake.cabinets.service import plans
from marketplace.intake.schemas.cabinets import PlannedSlotIn, PlanogramIn
from marketplace.intake.service.keys import managed_channel
from marketplace.web.kit import Form, Pages, done, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import put_in_place

pages: Final = Pages("admin_planograms", __name__, url_prefix="/admin/intake/channels")

#: Slots beyond those planned that the form has, slots that it has at most, goods in its choices.
SPARE: Final = 6
MOST_SLOTS: Final = 80
MOST_GOODS: Final = 300
_PARTS: Final = ("slot", "goods", "goods_name", "capacity", "par_level")


class SlotRow(PlannedSlotIn):
    """A slot; `goods` is what was chosen: ``listing_id:…`` or ``product_id:…``."""

    goods = fields.String(load_default="", validate=validate.Length(max=60))

    @pre_load
    def _chosen(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        kind, _colon, chosen = str(data.get("goods", "")).partition(":")
        return data | {kind: chosen} if kind in ("listing_id", "product_id") else data


class PlanogramForm(PlanogramIn):
    """A new version, slot by slot."""

    slots = fields.List(fields.Nested(SlotRow), required=True, validate=validate.Length(1, MOST_SLOTS))


@pages.form("/<code>/devices/<device>/planogram", needs("intake.submit"), PlanogramForm)
def planogram(session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    """The plan in force, to be changed; spare rows after it."""
    channel = managed_channel(session, actor, code)
    planned = plans.slots_at(session, plans.device_of(session, channel, device).id, utcnow())
    put_in_place(form, "slots", _PARTS, MOST_SLOTS)
    return render(
        "admin/cabinets/planogram.html",
        form=form.fill(slots=[_row(planned[slot]) for slot in sorted(planned)]),
        channel=channel,
        device=device,
        is_first=not planned,
        too_many=len(planned) > MOST_SLOTS,
        rows=range(min(len(planned) + SPARE, MOST_SLOTS)),
        goods=_goods(session, channel, planned),
    )


@planogram.submit
def plan(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Response:
    """A new version, from now on or from a later instant; the first one begins the keeping of stock."""
    slots = [plans.NewSlot(**{name: row[name] for name in row if name != "goods"}) for row in body["slots"]]
    made = plans.plan(session, actor, code, device, slots, from_at=body["from_at"], reason=body["reason"])
    return done(
        f"/admin/intake/channels/{code}/cabinets", _("陈列图第 {version} 版已登记", version=made.version)
    )


def _row(slot: PlanogramSlot) -> dict[str, Any]:
    """A planned slot as the form begins with it."""
    return {
        "slot": slot.slot_code,
        "goods": _choice(slot),
        "goods_name": None if _choice(slot) else slot.goods_name,
        "capacity": slot.capacity,
        "par_level": slot.par_level,
    }


def _choice(slot: PlanogramSlot) -> str:
    if slot.listing_id is not None:
        return f"listing_id:{slot.listing_id}"
    return f"product_id:{slot.product_id}" if slot.product_id is not None else ""


def _goods(
    session: Session, channel: Channel, planned: Mapping[str, PlanogramSlot]
) -> Sequence[tuple[str, str]]:
    """What a slot can be for: goods listed here, and what the plan in force has besides."""
    rows = session.execute(queries.goods_on(channel.id, state="listed").limit(MOST_GOODS)).all()
    listed = {f"listing_id:{row.Listing.id}": f"{row.Listing.title} {row.Listing.spec}" for row in rows}
    besides = {_choice(slot): slot.goods_name for slot in planned.values() if _choice(slot)}
    return list((besides | listed).items())
