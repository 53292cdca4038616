"""关账: the closed months with what each froze, and the one that closes next."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.attribution.service import read
from marketplace.attribution.service.close import close_period, next_close
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.http import needs
from marketplace.web.kit import Pages, done, file_links, list_file, render, wanted_format
from marketplace.web.kit import say as _

pages: Final = Pages("admin_months", __name__, url_prefix="/admin/months")


@pages.show("", needs("attribution.read"))
def listing(session: Session, actor: Actor) -> Response:
    """All closed months, newest first, and the next one."""
    rows = read.periods(session)
    if wanted_format():
        headings = [
            _("统计期"),
            _("关账时间"),
            _("账目(笔)"),
            _("销售额(分)"),
            _("农户收益(分)"),
            _("账本位置"),
            _("摘要"),
        ]
        told = [
            (
                one.period,
                one.closed_at,
                one.entries,
                one.sale_fen,
                one.benefit_fen,
                one.last_position,
                one.digest.hex(),
            )
            for one in rows
            if one.digest is not None
        ]
        return list_file(_("关账"), headings, told)
    return render(
        "admin/months/list.html",
        months=rows,
        coming=next_close(session),
        may_close=actor.may_on("attribution.close", area=WHOLE_COUNTRY),
        files=file_links("/admin/months"),
    )


@pages.show("/<period>", needs("attribution.read"))
def one(session: Session, actor: Actor, period: str) -> Response:
    """What the close of a month froze, and where its figures are."""
    return render(
        "admin/months/one.html",
        month=read.period_row(session, period),
        may_read_statistics=actor.may("statistics.read"),
    )


@pages.action("/<period>/close", needs("attribution.close"))
def close(session: Session, actor: Actor, period: str) -> Response:
    """Close a month, for the whole of the books."""
    actor.require("attribution.close", area=WHOLE_COUNTRY)
    close_period(session, actor, period)
    return done(f"/admin/months/{period}", _("{period} 已关账", period=period))
