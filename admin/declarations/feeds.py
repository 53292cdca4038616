"""上报与核对: how far the upper instance holds our feed, and a month's figures on both sides with every difference."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response
from sqlalchemy.orm import Session

from admin.asked import asked_from
from admin.declarations.places import last_month, tabs
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.intake.rules.upward_totals import as_rows, cells_as_rows
from marketplace.statistics import dimension_titles
from marketplace.statistics.dimensions import GOODS_CLASSES
from marketplace.statistics.schemas import upward as schemas
from marketplace.statistics.upward import feeds, reading, totals, views
from marketplace.statistics.upward.link import upper
from marketplace.web.kit import Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_upward_feeds", __name__, url_prefix="/admin/upward")

STATES: Final = {
    "monitoring": (note("监测快报,尚未封存"), "quiet"),
    "sealed": (note("两级一致"), "good"),
    "differs": (note("两级不一致"), "bad"),
}
#: What two sides can differ in, said for people.
WHAT: Final = {
    "missing": note("上级尚缺分录"),
    "cell": note("分项不一致"),
    "head": note("账本哈希不一致"),
    "version": note("封存版本不一致"),
    "unsealed": note("尚未封存"),
    "unasked": note("尚未取得上级所收数据"),
}
FEED_STATES: Final = {"running": (note("运行中"), "good"), "stopped": (note("已停止"), "bad")}
#: Cells and differences on one page.
MOST: Final = 300


@pages.show("/reconciliation", needs(views.PERMISSION), snapshot=True)
def reconciliation(session: Session, actor: Actor) -> Response:
    """A month on both sides, as the upper instance was asked last; and the feeds."""
    asked = asked_from(schemas.UpwardMonthArgs, period=last_month())
    above = upper()
    is_whole = above is not None and actor.may_on(views.PERMISSION, area=above.area)
    found = views.reconciliation(session, actor, asked.args["period"]) if is_whole else None
    return render(
        "admin/upward/reconciliation.html",
        fragment="results",
        listing=asked,
        tabs=tabs(),
        above=above,
        found=found,
        ours=cells_as_rows(found.ours) if found else [],
        theirs=cells_as_rows(found.theirs) if found and found.theirs is not None else None,
        differences=[*as_rows(found.differences), *found.found_there] if found else [],
        feeds=[feeds.as_shown(session, one) for one in reading.feeds_seen(session, actor)],
        states={code: (_(title), tone) for code, (title, tone) in STATES.items()},
        feed_states={code: (_(title), tone) for code, (title, tone) in FEED_STATES.items()},
        what={code: _(title) for code, title in WHAT.items()},
        channels=dimension_titles.CHANNELS,
        classes=GOODS_CLASSES,
        most=MOST,
        may_resume=above is not None and actor.may_on(totals.SEAL, area=above.area),
    )


@pages.action("/reconciliation/asking", needs(views.PERMISSION), schemas.UpwardMonthArgs)
def ask_anew(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Have the upper instance asked what it holds of the month."""
    views.ask_anew(session, actor, body["period"])
    return done(f"/admin/upward/reconciliation?{urlencode(body)}", _("已请求重新核对,半分钟后刷新可见结果"))


@pages.action("/feeds/<source>/resumption", needs(totals.SEAL))
def resume(session: Session, actor: Actor, source: str) -> Response:
    """Let a feed that stopped go on, once its cause is gone."""
    feeds.resume(session, actor, source)
    return done("/admin/upward/reconciliation", _("已恢复上报"))
