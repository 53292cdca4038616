"""数据接入 at a glance: what waits in each of its parts, for whoever works in one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from admin.intake.places import ANY_OF, tabs
from admin.menu import SECTION
from admin.waiting import MOST, piles
from marketplace.core.actor import Actor
from marketplace.core.errors import Forbidden
from marketplace.intake.cabinets.models import CabinetFinding, CabinetTask
from marketplace.intake.cabinets.service.reading import findings_seen, tasks_seen
from marketplace.intake.models import Batch, DuplicateCase, Purchase
from marketplace.intake.service.duplicates.reading import cases_waiting
from marketplace.intake.service.purchase_reading import purchases_seen
from marketplace.intake.service.reading import batches_seen, rows_kept_apart
from marketplace.payments.models import LevyStatement
from marketplace.payments.service.levy_reading import statements_seen
from marketplace.web.kit import Pages, note, render, signed_in

pages: Final = Pages("admin_intake", __name__, url_prefix="/admin/intake")


@dataclass(frozen=True)
class Waiting:
    """A part in which something can wait: who works there, what, since when, and what is done about it."""

    code: str
    title: str
    path: str
    permission: str
    rows: Callable[[Actor], Select[*tuple[Any, ...]]]
    since: Any
    hint: str


WAITING: Final[Sequence[Waiting]] = (
    Waiting(
        "received", note("正在处理的批次"), "/admin/intake/batches?state=received", "intake.submit",
        lambda actor: batches_seen(actor, None, "received"), Batch.received_at, note("一般几秒内处理完;久等时看处理进度。"),
    ),
    Waiting(
        "refused", note("整批未收的批次"), "/admin/intake/batches?state=refused", "intake.submit",
        lambda actor: batches_seen(actor, None, "refused"), Batch.received_at, note("看原因,改好后重新上报。"),
    ),
    Waiting(
        "quarantine", note("待处理行"), "/admin/intake/quarantine", "intake.submit",
        rows_kept_apart, Batch.received_at, note("逐行看原因:更正、重试或剔除。"),
    ),
    Waiting(
        "duplicates", note("待认定的重复上报"), "/admin/intake/duplicates?state=open", "intake.decide",
        cases_waiting, DuplicateCase.found_at, note("两边对照,认定是一笔还是两笔。"),
    ),
    Waiting(
        "purchases", note("待审核的采购申报"), "/admin/intake/purchases?state=submitted", "intake.verify",
        lambda actor: purchases_seen(actor).where(Purchase.state == "submitted"), Purchase.declared_at,
        note("核对票据和佐证,审核后入账。"),
    ),
    Waiting(
        "tasks", note("待办的专柜任务"), "/admin/intake/tasks?state=open", "intake.submit",
        lambda actor: tasks_seen(actor, channel=None, state="open", kind=None), CabinetTask.made_at,
        note("补货、下架,派给人并登记办结。"),
    ),
    Waiting(
        "findings", note("待查的专柜线索"), "/admin/intake/findings?state=open", "intake.read",
        lambda actor: findings_seen(actor, channel=None, state="open", kind=None), CabinetFinding.found_at,
        note("在柜数与售出数对不上,由运营单位说明。"),
    ),
    Waiting(
        "levies", note("待双方确认的帮扶金对账单"), "/admin/levies?state=drawn", "payments.books",
        lambda actor: statements_seen(actor, state="drawn"), LevyStatement.drawn_at, note("运营单位与主管部门各自确认。"),
    ),
)  # fmt: skip


@pages.show("", signed_in())
def overview(session: Session, actor: Actor) -> Response:
    """What waits. Raises Forbidden for who works in none of its parts."""
    SECTION.require(actor)
    if not any(actor.may(one) for one in ANY_OF):
        raise Forbidden
    mine = [one for one in WAITING if actor.may(one.permission)]
    found = piles(session, [(one.code, one.rows(actor), one.since) for one in mine])
    return render(
        "admin/intake/overview.html",
        tabs=tabs(actor),
        most=MOST,
        waiting=[(one, found[one.code]) for one in mine],
        may_submit=actor.may("intake.submit"),
    )
