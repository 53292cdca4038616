"""扶贫占比: the share of aid goods in what points of sale sell against the set one, alarms, and setting a share."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.asked import asked_from, chosen_or
from admin.intake.places import tabs
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.core.actor import Actor
from marketplace.core.clock import period_of, utcnow
from marketplace.core.http import needs, page_of
from marketplace.core.money import ratio_bp
from marketplace.statistics.aid_share import service
from marketplace.statistics.aid_share.models import AidShareAlarm
from marketplace.statistics.aid_share.rules import OCCASIONS
from marketplace.statistics.schemas.aid_share import AidShareAlarmArgs, AidShareArgs, SetShareIn
from marketplace.web.kit import Form, Listing, Pages, choices, done, file_links, hats, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_shares", __name__, url_prefix="/admin/intake/shares")

KINDS: Final = {kind.code: kind.title_zh for kind in CHANNEL_KINDS}


@pages.show("", needs("intake.read"), snapshot=True)
def meters(session: Session, actor: Actor) -> Response:
    """The month of each point of sale that sold: its share of aid goods against the set one."""
    asked = asked_from(AidShareArgs, period=chosen_or(lambda: service.newest(session, actor)))
    found, position = service.meters(session, actor, **asked.args)
    sales, aid = sum(one.sales_fen for one in found), sum(one.aid_fen for one in found)
    return render(
        "admin/intake/shares.html",
        fragment="results",
        listing=asked,
        args=asked.args,
        meters=sorted(found, key=lambda one: (not one.is_below, one.channel.code)),
        position=position,
        sales_fen=sales,
        aid_fen=aid,
        share_bp=ratio_bp(aid, sales) if sales else None,
        below=sum(one.is_below for one in found),
        kinds=KINDS,
        kind_choices=choices(KINDS),
        tabs=tabs(actor),
        files=file_links("/api/v1/aid-shares/file", **asked.args),
        may_set=actor.may(service.SET),
    )


@pages.show("/alarms", needs("intake.read"))
def alarms(session: Session, actor: Actor) -> Response:
    """Points of sale that stood below their set share on the day set, or at the month's end; newest first."""
    asked = Listing(AidShareAlarmArgs)
    page = page_of(
        session,
        service.alarms_seen(actor, period=asked.args["period"], area=asked.args["area"]),
        keys=[AidShareAlarm.id],
        key_of=lambda row: [row.AidShareAlarm.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/intake/alarms.html",
        fragment="results",
        listing=asked,
        page=page,
        occasions=OCCASIONS,
        tabs=tabs(actor),
    )


@pages.form("/rules", needs("statistics.targets"), SetShareIn)
def rules(session: Session, actor: Actor, form: Form) -> Response:
    """All set shares, and a new one."""
    hat = hats.chosen(actor)
    form.fill(area_code=hat.area_code if hat else "", from_period=period_of(utcnow()), channel_kind="counter")
    return render(
        "admin/intake/share_rules.html",
        form=form,
        rules=service.rules_in_order(session),
        kinds=KINDS,
        kind_choices=choices(KINDS),
    )


@rules.submit
def set_share(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """From a month on, points of sale of a kind in an area are to sell such a share."""
    service.set_share(session, actor, **body)
    return done("/admin/intake/shares/rules", _("已设定"))
