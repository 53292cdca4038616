"""One point of sale: what it is, its goods, how its devices report, its share of aid goods, its levy statements."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.channels.listing import TONES
from marketplace.accounts.models import Organisation
from marketplace.catalogue.channels import SITE_KINDS, ChannelKind, channel_kind
from marketplace.catalogue.models import Channel, Listing
from marketplace.catalogue.service import channels, queries
from marketplace.catalogue.service.shelves import GOODS_CLASS_TITLES, LISTING_TITLES
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.http import needs, page_of
from marketplace.core.http.fields import OneOf, Period
from marketplace.core.http.paging import PageArgs
from marketplace.intake.health import rules as health_rules
from marketplace.intake.health import service as health
from marketplace.intake.limits import limits
from marketplace.payments.models import LevyStatement
from marketplace.payments.rules.levy_statements import STATEMENT
from marketplace.payments.service import levy_reading
from marketplace.payments.service.book_reading import READ as READ_BOOKS
from marketplace.statistics.aid_share import service as aid_share
from marketplace.statistics.newest import newest_of_channels
from marketplace.web.kit import Listing as Asked
from marketplace.web.kit import Pages, label, render

pages: Final = Pages("admin_channel", __name__, url_prefix="/admin/channels")

GOODS_TONES: Final = {"listed": "good", "paused": "warn", "delisted": "quiet"}
#: So many statements of the operator stand on the page of one of its points.
_LAST_STATEMENTS: Final = 6


class OneArgs(PageArgs):
    """Which goods of it are shown, and the month of its meter."""

    state = OneOf(tuple(LISTING_TITLES), load_default="listed")
    period = Period(load_default=None)


@pages.show("/<uuid:channel_id>", needs("intake.read"), snapshot=True)
def one(session: Session, actor: Actor, channel_id: uuid.UUID) -> Response:
    """The point of sale with a page of its goods."""
    channel = channels.get_channel(session, channel_id)
    kind = channel_kind(channel.kind)
    is_mine = actor.may_on("intake.read", area=channel.area_code, owners=(channel.operator_id,))
    asked = Asked(OneArgs)
    goods = page_of(
        session,
        queries.goods_on(channel.id, state=asked.args["state"]),
        keys=[Listing.listing_no],
        key_of=lambda row: [row.Listing.listing_no],
        args=asked.args,
        scalars=False,
    )
    period = asked.args["period"] or newest_of_channels(session, [channel.id])
    return render(
        "admin/channels/one.html",
        fragment="results",
        listing=asked,
        channel=channel,
        kind=kind,
        site=SITE_KINDS.get(channel.site_kind or ""),
        operator=_name(session, channel.operator_id),
        parent=session.get(Channel, channel.parent_id) if channel.parent_id else None,
        state=queries.state_of(channel, today()),
        state_titles=queries.CHANNEL_STATES,
        tones=TONES,
        terms=terms_shown(kind, channel.terms) if is_mine else [],
        page=goods,
        counted=queries.goods_counted(session, channel.id),
        goods_states=LISTING_TITLES,
        goods_tones=GOODS_TONES,
        classes=GOODS_CLASS_TITLES,
        devices=_devices(session, actor, channel),
        issues=health_rules.ISSUES,
        period=period,
        meter=_meter(session, actor, channel, period) if is_mine else None,
        is_mine=is_mine,
        statements=_statements(session, actor, channel),
        statement_title=STATEMENT.title_of,
        may_report=actor.may_on("intake.submit", area=channel.area_code, owners=(channel.operator_id,)),
        may_change=channel.closed_on is None
        and actor.may_on("catalogue.channels", area=channel.area_code, owners=(channel.operator_id,)),
    )


def terms_shown(kind: ChannelKind, terms: dict[str, Any]) -> list[tuple[str, Any]]:
    """The terms of the contract with the titles that the kind's schema gives them."""
    titles = {
        name: str(field.metadata.get("description", name))
        for name, field in kind.terms_schema().fields.items()
    }
    return [(label(titles.get(name, name)), value) for name, value in terms.items()]


def _name(session: Session, organisation_id: uuid.UUID | None) -> str | None:
    return session.get_one(Organisation, organisation_id).name if organisation_id else None


def _devices(session: Session, actor: Actor, channel: Channel) -> list[dict[str, Any]]:
    """Devices of the point that the actor may see, each with what is wrong now."""
    rows = session.execute(health.devices_seen(actor, channel=channel.code)).all()
    facts = health.facts_of(session, [row.Device.id for row in rows]) if rows else {}
    now = utcnow()
    return [
        {
            "code": row.Device.code,
            "issues": health_rules.issues_of(facts[row.Device.id], now, limits()),
            "facts": facts[row.Device.id],
        }
        for row in sorted(rows, key=lambda row: row.Device.code)
    ]


def _meter(session: Session, actor: Actor, channel: Channel, period: str) -> aid_share.Meter | None:
    found, _ = aid_share.meters(session, actor, period, area=channel.area_code, channel_kind=channel.kind)
    return next((one for one in found if one.channel.id == channel.id), None)


def _statements(session: Session, actor: Actor, channel: Channel) -> Sequence[LevyStatement]:
    """The last levy statements of who runs the point; none for who may not read the books."""
    if channel.operator_id is None or not actor.may(READ_BOOKS):
        return ()
    return session.scalars(
        levy_reading.statements_seen(actor)
        .where(LevyStatement.operator_id == channel.operator_id)
        .order_by(LevyStatement.id.desc())
        .limit(_LAST_STATEMENTS)
    ).all()
