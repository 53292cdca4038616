"""Invoices of the deals: asked for, withdrawn, declined, issued with their PDF, checked, taken back, one over two orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.money import format_yuan
from marketplace.demo import papers
from marketplace.demo.context import Demo
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.papers import TOGETHER
from marketplace.demo.world.sales import PlannedOrder
from marketplace.orders import service as orders
from marketplace.payments.models import Invoice
from marketplace.payments.rules.invoices import tax_part
from marketplace.payments.service.invoices import attachments, checks, drafts, issue, reading, red, requests

_KIND: Final = "normal"
#: Twelve digits as on paper invoices of those years; no office issues this batch.
_CODE: Final = "044000000000"


def _ask(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Ask for an invoice over the deal, or over the two deals that go together."""
    buyer = next(one for one in demo.world.buyers if one.key == order.buyer_key)
    deals = TOGETHER if order.deal in TOGETHER else (order.deal,)
    numbers = [demo.orders[one.serial] for one in demo.world.orders if one.deal in deals]
    asked = requests.ask(
        session, _buyer(demo, order), numbers, kind=_KIND, title=buyer.name, tax_number=buyer.uscc
    )
    demo.requests[order.serial] = asked.number


def _withdraw(demo: Demo, session: Session, order: PlannedOrder) -> None:
    requests.withdraw(session, _buyer(demo, order), demo.requests[order.serial])


def _decline(demo: Demo, session: Session, order: PlannedOrder) -> None:
    reason = f"抬头与采购合同不一致,请核对后重新申请({MARK})"
    requests.decline(session, _seller(demo, order), demo.requests[order.serial], reason)


def _issue(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Issue what was asked for, and keep its PDF."""
    seller = _seller(demo, order)
    _, covered = requests.lock_request(session, seller, demo.requests[order.serial])
    rest = [draft for one in covered for draft in drafts.rest_of(session, one)]
    printed = _printed(demo, order, sum(one.gross_fen for one in rest), sum(one.tax_fen for one in rest))
    _keep(
        demo, session, order, issue.issue_for_request(session, seller, demo.requests[order.serial], printed)
    )


def _check(demo: Demo, session: Session, order: PlannedOrder, *, accept: bool) -> None:
    opinion = None if accept else f"规格与送货单不一致({MARK})"
    checks.check(
        session, _buyer(demo, order), demo.invoices[order.serial][-1], accept=accept, opinion=opinion
    )


def _red(demo: Demo, session: Session, order: PlannedOrder) -> None:
    """Take back what the invoice covers too much: all of a refused one, else what was returned since."""
    seller = _seller(demo, order)
    blue = reading.find(session, seller, demo.invoices[order.serial][-1])
    lines = reading.lines_of_invoice(session, blue)
    if blue.check_state == "refused":
        parts = {line.line_no: line.gross_fen for line in lines}
        reason = f"验票未通过,冲红重开({MARK})"
    else:
        sold = orders.read_order(session, seller, demo.orders[order.serial])
        worth = drafts.worth_by_line(session, sold)
        parts = {line.line_no: line.gross_fen - worth[line.order_line_id] for line in lines}
        reason = f"部分退货({MARK})"
    taken = {line.line_no: (line, parts[line.line_no]) for line in lines if parts[line.line_no]}
    tax_fen = sum(tax_part(line.gross_fen, line.tax_fen, 0, 0, fen) for line, fen in taken.values())
    printed = _printed(demo, order, sum(fen for _, fen in taken.values()), tax_fen)
    _keep(
        demo,
        session,
        order,
        red.issue_red(session, seller, blue.number, red.Reversal(reason=reason), printed),
    )


def _printed(demo: Demo, order: PlannedOrder, total_fen: int, tax_fen: int) -> issue.Printed:
    seller = next(one for one in demo.world.producers if one.key == order.producer_key)
    return issue.Printed(
        code=_CODE,
        invoice_no=f"{10 * order.serial + len(demo.invoices.get(order.serial, ())):08d}",
        issued_at=utcnow(),
        seller_tax_number=seller.uscc,
        total_fen=total_fen,
        tax_fen=tax_fen,
    )


def _keep(demo: Demo, session: Session, order: PlannedOrder, invoice: Invoice) -> None:
    demo.invoices[order.serial] = (*demo.invoices.get(order.serial, ()), invoice.number)
    sign = -1 if invoice.color == "red" else 1
    lines: Sequence[tuple[str, str]] = (
        ("发票代码", invoice.code),
        ("发票号码", invoice.invoice_no),
        ("开票日期", day_of(invoice.issued_at).isoformat()),
        ("购买方", invoice.title),
        ("销售方", invoice.seller_name),
        ("税额(元)", format_yuan(sign * invoice.tax_fen)),
        ("价税合计(元)", format_yuan(sign * invoice.total_fen)),
    )
    content = papers.paper("增值税普通发票", lines, invoice.issued_at)
    attachments.attach(
        session, _seller(demo, order), invoice.number, name=f"发票{invoice.invoice_no}.pdf", content=content
    )


def _buyer(demo: Demo, order: PlannedOrder) -> Actor:
    return demo.actors[order.buyer_key]


def _seller(demo: Demo, order: PlannedOrder) -> Actor:
    return demo.actors[f"producer|{order.producer_key}"]


#: What the steps of `world/papers.py` do.
ACTIONS: Final[Mapping[str, Callable[[Demo, Session, PlannedOrder], None]]] = {
    "invoice_ask": _ask,
    "invoice_withdraw": _withdraw,
    "invoice_decline": _decline,
    "invoice_issue": _issue,
    "invoice_accept": partial(_check, accept=True),
    "invoice_refuse": partial(_check, accept=False),
    "invoice_red": _red,
}
