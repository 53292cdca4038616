"""工作台: where producers start: what waits, as big numbers and as one column of things to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.service import shelves
from marketplace.certification.service import holding
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.orders.buying.models import PriceInquiry
from marketplace.orders.buying.service import inquiry_lists
from marketplace.payments import service as payments
from marketplace.payments.models import Receipt
from marketplace.payments.service import allocation, overdue
from marketplace.payments.service.invoices import reading, requests
from marketplace.web.kit import Pages, note, render, signed_in
from marketplace.web.producers.menu import SECTION
from marketplace.web.producers.waiting import orders_waiting

pages = Pages("producers", __name__, url_prefix="/producer")


@dataclass(frozen=True)
class Task:
    """A pile of work: how much, where, and the permission it takes."""

    title: str
    count: int
    path: str
    tone: str = ""


@pages.show("", signed_in())
def start(session: Session, actor: Actor) -> Response:
    """The start of producers. Raises Forbidden for who is none."""
    SECTION.require(actor)
    tasks = _tasks(session, actor)
    return render("producers/start.html", tasks=tasks, waiting=[task for task in tasks if task.count])


def _tasks(session: Session, actor: Actor) -> list[Task]:
    """Everything that may wait, nothing too; each slice counts its own."""
    found: list[Task] = []
    orders = orders_waiting(session, actor)
    if actor.may("orders.fulfil"):
        found += [
            Task(note("待确认订单"), orders["to_confirm"], "/producer/orders?task=to_confirm", "warn"),
            Task(note("待发货订单"), orders["to_ship"], "/producer/orders?task=to_ship", "warn"),
        ]
    if actor.may("catalogue.list"):
        few = shelves.count_few(session, actor)
        found.append(Task(note("库存不足"), few, "/producer/shelves?few=1", "warn"))
    if actor.may("certification.read"):
        papers = holding.attention(session, actor, today())
        found += [
            Task(note("证书30天内到期"), papers.ending, "/producer/certificates", "bad"),
            Task(note("被退回的申报"), papers.returned, "/producer/applications?state=returned", "bad"),
        ]
    if actor.may("orders.return_decide"):
        found.append(Task(note("待处理退货"), orders["returns"], "/producer/returns", "warn"))
    return found + [
        Task(title, _count(session, statement(actor)), path, tone)
        for permission, title, statement, path, tone in _LISTS
        if actor.may(permission)
    ]


def _count(session: Session, statement: Any) -> int:
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


#: Work lists that are counted as they are: permission, title, statement, page.
_LISTS: Final[tuple[tuple[str, str, Callable[[Actor], Any], str, str], ...]] = (
    (
        "payments.invoice",
        note("待开票"),
        lambda actor: requests.requests_seen(actor, state="requested"),
        "/producer/invoices",
        "warn",
    ),
    ("payments.invoice", note("应红冲"), reading.orders_owing_red, "/producer/invoices/owed", "bad"),
    ("payments.read", note("逾期应收"), overdue.overdue_orders, "/producer/receivables", "bad"),
    (
        "payments.record",
        note("待认领到账"),
        lambda actor: allocation.receipts_seen(actor).where(Receipt.state == "parked"),
        "/producer/receipts?state=parked",
        "warn",
    ),
    (
        "payments.refund",
        note("待退款"),
        lambda actor: payments.refunds_seen(actor, todo="pay"),
        "/producer/refunds?todo=pay",
        "warn",
    ),
    (
        "orders.fulfil",
        note("待报价"),
        lambda actor: inquiry_lists.inquiries_seen(actor).where(
            PriceInquiry.state == "open", PriceInquiry.deadline > utcnow()
        ),
        "/producer/inquiries",
        "warn",
    ),
)
