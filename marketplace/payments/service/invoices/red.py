"""A red letter takes a blue invoice back: what was returned since, named parts of lines, or all that is left of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.facts import OrderRevalued
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceLine
from marketplace.payments.rules.invoices import KIND_BY_CODE, check_number, tax_part
from marketplace.payments.service.invoices.drafts import net_of, worth_by_line
from marketplace.payments.service.invoices.issue import KNOWN, Printed, check_sums, tell_and_record
from marketplace.payments.service.invoices.parties import lock_by_ids, seller_of
from marketplace.payments.service.invoices.reading import find, lines_of_invoice, lock_invoice

_ABOVE = {
    "ck_invoice_red_within": Conflict("red_above_blue", "红字金额超过蓝字发票余额"),
    "ck_invoice_line_red": Conflict("red_above_blue", "红字金额超过蓝字发票余额"),
    "ck_invoice_declared_within": Conflict(
        "declared_above_rest", "红冲后发票余额低于已申报金额,请先由申报单位撤回申报"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What a red letter takes back and why.

    `parts` (line number of the blue invoice → fen) names it; `whole` is all that is left; neither is what is owed: the invoice
    was refused, or covers more than its orders are worth now.
    """

    reason: str
    confirmation_no: str | None = None
    parts: Mapping[int, int] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """So much of a blue line goes back, with the tax inside it, in fen."""

    line: InvoiceLine
    gross_fen: int
    tax_fen: int


def issue_red(
    session: Session, actor: Actor, blue_number: str, reversal: Reversal, printed: Printed
) -> Invoice:
    """Issue a red letter to a blue invoice. Tax is in proportion, the part that completes a line takes its remainder.

    Conflict (`no_red_owed`, `not_blue`, `red_above_blue`, `declared_above_rest`), Invalid (`red_line`, `red_choice`,
    `confirmation_missing` for special and 数电 invoices, and as `issue`), AlreadyExists (`invoice_known`). The database refuses
    more red than blue.
    """
    blue = find(session, actor, blue_number)
    lines = lines_of_invoice(session, blue)
    found = {order.id: order for order in lock_by_ids(session, list({line.order_id for line in lines}))}
    blue, lines = lock_invoice(session, blue.id), lines_of_invoice(session, blue)
    first = found[lines[0].order_id]
    orders.require(actor, "payments.invoice", first, (blue.seller_id,))
    _check(blue, reversal, printed)
    seller_of(session, first, printed.seller_tax_number)
    taken = _taken(session, blue, lines, list(found.values()), reversal)
    if not taken:
        raise Conflict("no_red_owed", "没有需要红冲的金额")
    total_fen, tax_fen = sum(one.gross_fen for one in taken), sum(one.tax_fen for one in taken)
    check_sums(printed, total_fen, tax_fen)
    red = _header(actor, blue, reversal, printed)
    with refusing(KNOWN):
        session.add(red)
        session.flush()
    session.add_all(_line(red, number, one) for number, one in enumerate(taken, 1))
    session.flush()
    _take_back(session, blue, taken, total_fen)
    for order in found.values():
        red_fen = sum(one.gross_fen for one in taken if one.line.order_id == order.id)
        if red_fen:
            orders.mark_invoiced(
                session, order, number=red.number, red_fen=red_fen, at=printed.issued_at, actor=actor
            )
    tell_and_record(session, actor, red, first, "reversed")
    return red


def ask_red_letter(session: Session, fact: OrderRevalued) -> None:
    """Hear that an order is worth less: its seller is told when more is invoiced than that (subscriber of OrderRevalued)."""
    if fact.delta_fen >= 0:
        return
    order = session.get(SalesOrder, fact.order_id)
    owed_fen = 0 if order is None else orders.red_owed_fen(order)
    if order is not None and owed_fen:
        notify(
            session,
            "red_letter_owed",
            "order",
            order.number,
            organisation_id=order.producer_organisation_id,
            detail={"owed_fen": owed_fen},
        )


def _check(blue: Invoice, reversal: Reversal, printed: Printed) -> None:
    if blue.color != "blue":
        raise Conflict("not_blue", "只能红冲蓝字发票")
    if reversal.parts is not None and reversal.whole:
        raise Invalid("red_choice", "红冲全部时不应指定明细", pointer="/lines")
    kind = KIND_BY_CODE[blue.kind]
    if (kind.is_special or kind.is_digital) and not reversal.confirmation_no:
        raise Invalid("confirmation_missing", "应填写红字发票信息表或确认单编号", pointer="/confirmation_no")
    check_number(blue.kind, printed.code, printed.invoice_no, day_of(printed.issued_at))
    if not blue.issued_at <= printed.issued_at <= utcnow():
        raise Invalid("issued_at", "开票时间应在蓝字发票之后、当前时间之前", pointer="/issued_at")


def _taken(
    session: Session,
    blue: Invoice,
    lines: Sequence[InvoiceLine],
    found: Sequence[SalesOrder],
    reversal: Reversal,
) -> list[Taken]:
    left = {line.line_no: line.gross_fen - line.red_fen for line in lines}
    if reversal.parts is not None:
        wanted = dict(reversal.parts)
        if not set(wanted) <= set(left):
            raise Invalid("red_line", "蓝字发票没有这一行", pointer="/lines")
        if any(wanted[number] > left[number] for number in wanted):
            raise _ABOVE["ck_invoice_red_within"]
    elif reversal.whole or blue.check_state == "refused":
        wanted = left
    else:
        wanted = _owed(session, lines, found)
    return [
        Taken(
            line,
            wanted[line.line_no],
            tax_part(line.gross_fen, line.tax_fen, line.red_fen, line.red_tax_fen, wanted[line.line_no]),
        )
        for line in lines
        if wanted.get(line.line_no, 0) > 0
    ]


def _owed(session: Session, lines: Sequence[InvoiceLine], found: Sequence[SalesOrder]) -> dict[int, int]:
    """What each blue line covers beyond what its order line is worth now, in fen by number of line."""
    over: dict[object, int] = {}
    for order in found:
        worth = worth_by_line(session, order)
        for line_id, net in net_of(session, order).items():
            over[order.id, line_id] = max(net.gross_fen - worth[line_id], 0)
    return {
        line.line_no: min(over[line.order_id, line.order_line_id], line.gross_fen - line.red_fen)
        for line in lines
    }


def _header(actor: Actor, blue: Invoice, reversal: Reversal, printed: Printed) -> Invoice:
    return Invoice(
        id=uuid7(),
        number=readable_number("V"),
        color="red",
        kind=blue.kind,
        code=printed.code,
        invoice_no=printed.invoice_no,
        blue_id=blue.id,
        seller_id=blue.seller_id,
        seller_name=blue.seller_name,
        seller_tax_number=blue.seller_tax_number,
        buyer_id=blue.buyer_id,
        title=blue.title,
        tax_number=blue.tax_number,
        total_fen=printed.total_fen,
        tax_fen=printed.tax_fen,
        confirmation_no=reversal.confirmation_no,
        reason=reversal.reason,
        issued_at=printed.issued_at,
        issued_by=actor.audit_id,
        issued_by_person=None if actor.is_system else actor.person_id,
        recorded_at=utcnow(),
        is_demo=blue.is_demo,
    )


def _line(red: Invoice, number: int, one: Taken) -> InvoiceLine:
    blue_line = one.line
    return InvoiceLine(
        id=uuid7(),
        invoice_id=red.id,
        line_no=number,
        order_id=blue_line.order_id,
        order_line_id=blue_line.order_line_id,
        blue_line_id=blue_line.id,
        description=blue_line.description,
        spec=blue_line.spec,
        unit=blue_line.unit,
        quantity=blue_line.quantity if one.gross_fen == blue_line.gross_fen else None,
        tax_treatment=blue_line.tax_treatment,
        gross_fen=one.gross_fen,
        tax_fen=one.tax_fen,
    )


def _take_back(session: Session, blue: Invoice, taken: Sequence[Taken], total_fen: int) -> None:
    with refusing(_ABOVE):
        for one in taken:
            session.execute(
                update(InvoiceLine)
                .where(InvoiceLine.id == one.line.id)
                .values(
                    red_fen=InvoiceLine.red_fen + one.gross_fen,
                    red_tax_fen=InvoiceLine.red_tax_fen + one.tax_fen,
                )
            )
        session.execute(
            update(Invoice).where(Invoice.id == blue.id).values(red_fen=Invoice.red_fen + total_fen)
        )


def blue_of(session: Session, red: Invoice) -> Invoice | None:
    """The blue invoice that a red letter takes back; None for a blue one."""
    return session.scalar(select(Invoice).where(Invoice.id == red.blue_id))
