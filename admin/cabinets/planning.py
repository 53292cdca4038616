"""陈列图: what stands in which slot of a device, how much it holds, below how much it is filled up. A change is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, pre_load, validate
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.core.http.fields import Instant, Line
from marketplace.intake.cabinets.models import Planogram, PlanogramSlot
from marketplace.intake.cabinets.service import plan_files, plans
from marketplace.intake.schemas.cabinets import PlannedSlotIn, PlanogramIn
from marketplace.web.kit import Form, Pages, done, file_links, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed, put_in_place, said_of_rows
from marketplace.web.kit.uploads import chosen_file

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


class PlanogramFileForm(Schema):
    """A new version as a file."""

    file = Upload(load_default=None)
    from_at = Instant(load_default=None, allow_none=True)
    reason = Line(200, load_default=None, allow_none=True)


@pages.form("/<code>/devices/<device>/planogram", needs("intake.submit"), PlanogramForm)
def planogram(session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    """The plan in force, to be changed; spare rows after it."""
    channel, planned = plan_files.planned_now(session, actor, code, device)
    if wanted_format():
        return _file(planned, plan_files.choices(session, channel, planned), device)
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
        files=file_links(f"/admin/intake/channels/{code}/devices/{device}/planogram"),
    )


@planogram.submit
def plan(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Response:
    """A new version, from now on or from a later instant; the first one begins the keeping of stock."""
    slots = [plans.NewSlot(**{name: row[name] for name in row if name != "goods"}) for row in body["slots"]]
    made = plans.plan(session, actor, code, device, slots, from_at=body["from_at"], reason=body["reason"])
    return _planned(code, made)


@pages.form("/<code>/devices/<device>/planogram/file", needs("intake.submit"), PlanogramFileForm)
def by_file(session: Session, actor: Actor, form: Form, code: str, device: str) -> Response:
    """A plan of any length as a spreadsheet; what is wrong stands by row."""
    channel, planned = plan_files.planned_now(session, actor, code, device)
    bad = said_of_rows(form, "rows")
    shown, more = listed(bad)
    if bad:
        form.message = _("{count} 处有误,没有登记任何一行", count=len(bad))
    return render(
        "admin/cabinets/planogram_file.html",
        form=form,
        channel=channel,
        device=device,
        count=len(planned),
        most=plan_files.MOST_SLOTS,
        bad=[(where[0], text) for where, text in shown],
        more=more,
    )


@by_file.submit
def plan_by_file(session: Session, actor: Actor, body: dict[str, Any], code: str, device: str) -> Response:
    """All rows or none."""
    content = chosen_file().content
    body.pop("file")
    made = plan_files.plan_by_file(session, actor, code, device, content, **body)
    return _planned(code, made)


def _planned(code: str, made: Planogram) -> Response:
    return done(
        f"/admin/intake/channels/{code}/cabinets", _("陈列图第 {version} 版已登记", version=made.version)
    )


def _file(planned: Mapping[str, PlanogramSlot], goods: Sequence[plan_files.Choice], device: str) -> Response:
    """The plan in force as the upload reads it."""
    titles = {one.code: one.title for one in goods}
    rows = []
    for code in sorted(planned):
        slot = planned[code]
        listed = plan_files.choice_of(slot)
        named = (titles[listed.code], None) if listed else (None, slot.goods_name)
        rows.append([code, *named, slot.capacity, slot.par_level])
    return list_file(device, [column.title for column in plan_files.COLUMNS], rows)


def _row(slot: PlanogramSlot) -> dict[str, Any]:
    """A planned slot as the form begins with it."""
    chosen = plan_files.choice_of(slot)
    return {
        "slot": slot.slot_code,
        "goods": chosen.code if chosen else "",
        "goods_name": None if chosen else slot.goods_name,
        "capacity": slot.capacity,
        "par_level": slot.par_level,
    }


def _goods(
    session: Session, channel: Channel, planned: Mapping[str, PlanogramSlot]
) -> Sequence[tuple[str, str]]:
    return [(one.code, one.title) for one in plan_files.choices(session, channel, planned)[:MOST_GOODS]]
