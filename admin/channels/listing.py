"""Points of sale of one's area, or of the organisation that runs them: kind, place, operator, state; the same as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area, own_organisation
from marketplace.catalogue.channels import CHANNEL_KINDS, SITE_KINDS, channel_kind
from marketplace.catalogue.models import Channel
from marketplace.catalogue.schemas import ChannelArgs
from marketplace.catalogue.service import queries
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, page_of
from marketplace.statistics.upward.scope import PERMISSION as EXCLUDE
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area, day

pages: Final = Pages("admin_channels", __name__, url_prefix="/admin/channels")

TONES: Final = {"open": "good", "closed": "quiet", "planned": "info"}


@pages.show("", needs("intake.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The list by number; it begins with what is one's own."""
    asked = Listing(beginning_with(ChannelArgs, area=own_area(actor), operator_id=own_organisation(actor)))
    args = asked.args
    found = queries.with_operator(
        queries.channels_matching(
            args["kind"],
            args["area"],
            args["parent_id"],
            operator_id=args["operator_id"],
            state=args["state"],
            named=args["named"],
        )
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(Channel.channel_no))
        return list_file(_("销售点"), _headings(), [_line(channel, operator) for channel, operator in rows])
    page = page_of(
        session,
        found,
        keys=[Channel.channel_no],
        key_of=lambda row: [row.Channel.channel_no],
        args=args,
        scalars=False,
    )
    return render(
        "admin/channels/list.html",
        fragment="results",
        listing=asked,
        page=page,
        kinds=kinds(),
        tabs=[("", _("全部"), asked.address(state=None), None)]
        + [
            (code, label(title), asked.address(state=code), None)
            for code, title in queries.CHANNEL_STATES.items()
        ],
        state_titles=queries.CHANNEL_STATES,
        tones=TONES,
        state_of=lambda channel: queries.state_of(channel, today()),
        kind_of=channel_kind,
        site_titles=SITE_KINDS,
        may_open=actor.may("catalogue.channels"),
        may_see_scope=actor.may(EXCLUDE) and own_organisation(actor) is None,
        may_see_coverage=actor.may("statistics.read"),
    )


def kinds() -> list[tuple[str, str]]:
    """The kinds of points of sale for a choice."""
    return [(kind.code, label(kind.title_zh)) for kind in CHANNEL_KINDS]


def _headings() -> list[str]:
    return [
        _("编号"),
        _("名称"),
        _("类型"),
        _("点位"),
        _("区划"),
        _("运营单位"),
        _("状态"),
        _("开业"),
        _("停业日"),
    ]


def _line(channel: Channel, operator: str | None) -> list[Any]:
    return [
        channel.code,
        channel.name,
        label(channel_kind(channel.kind).title_zh),
        label(SITE_KINDS[channel.site_kind]) if channel.site_kind else None,
        area(channel.area_code),
        operator,
        label(queries.CHANNEL_STATES[queries.state_of(channel, today())]),
        day(channel.opened_on),
        day(channel.closed_on) if channel.closed_on else None,
    ]
