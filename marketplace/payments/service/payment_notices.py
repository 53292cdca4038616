"""付款通知: into which account, how much and with which code an order or a whole checkout is to be paid, as data and as paper.

The payee is the seller: the party of the contract, the invoice and the account are one organisation (docs/rules.md, "Payment
notices"). A checkout of several sellers is paid by a slip for each, all with the checkout's own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, in_chinese, today
from marketplace.core.documents import Paper, render
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.money import format_yuan, yuan
from marketplace.core.qr import qr_svg
from marketplace.core.rmb import capital_figures
from marketplace.orders import service as orders
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.models import SupervisedAgreement
from marketplace.payments.service.agreements import account_to_pay
from marketplace.producers.models import Producer

TEMPLATE: Final = Path(__file__).parent.parent / "templates" / "payment_notice.typ"
_PURPOSE: Final = "付款通知"


@dataclass(frozen=True, slots=True)
class Part:
    """An order on a slip, with what is still due on it (fen)."""

    order_number: str
    total_fen: int
    due_fen: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Slip:
    """What one payee is to get: name, bank and full account number, how much (fen), and what to write with it."""

    payee_name: str
    bank_name: str
    bank_account: str
    amount_fen: int
    is_supervised: bool
    parts: tuple[Part, ...]
    qr_text: str

    @property
    def amount_in_words(self) -> str:
        """The amount in capital figures (大写金额)."""
        return "人民币" + capital_figures(self.amount_fen)


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """The notice of an order or a checkout; `code` is what the payer writes into the memo."""

    code: str
    buyer_name: str
    issued_on: date
    slips: tuple[Slip, ...]


def notice_of(session: Session, actor: Actor, code: str) -> PaymentNotice:
    """The notice for what is still open of an order (D…) or a checkout (C…). The showing of each account is recorded.

    NotFound when the actor may not see it; Conflict (`nothing_due`) when nothing is open, (`payee_not_seller`) when the producer
    is no longer of the organisation with which the order was made, (`no_payee_account`) when it has no registered account.
    """
    found = [one for one in _orders(session, code) if orders.may_on(actor, "payments.read", one)]
    if not found:
        raise NotFound("order_not_found", "没有这个订单")
    due = [
        one
        for one in found
        if one.state != "cancelled" and one.payment_method in BANK_TRANSFER.serves and orders.due_fen(one) > 0
    ]
    if not due:
        raise Conflict("nothing_due", "订单没有待付款项")
    groups: dict[tuple[str, str, str], list[SalesOrder]] = {}
    supervised: set[tuple[str, str, str]] = set()
    for order in due:
        agreed = account_to_pay(session, order)
        account = _own_account(session, actor, order) if agreed is None else _agreed_account(*agreed)
        groups.setdefault(account, []).append(order)
        if agreed is not None:
            supervised.add(account)
    slips = tuple(
        _slip(code, account, several, is_supervised=account in supervised)
        for account, several in groups.items()
    )
    return PaymentNotice(code, due[0].buyer_name, today(), slips)


def _orders(session: Session, code: str) -> Sequence[SalesOrder]:
    statement = select(SalesOrder).order_by(SalesOrder.order_no)
    if code.startswith("C"):
        statement = statement.join(Checkout, Checkout.id == SalesOrder.checkout_id).where(
            Checkout.number == code
        )
    else:
        statement = statement.where(SalesOrder.number == code)
    return session.scalars(statement).all()


def _agreed_account(agreement: SupervisedAgreement, number: str) -> tuple[str, str, str]:
    """Name, bank and full number of the supervised account as it was agreed."""
    return f"{agreement.bank_name}监管账户({agreement.document_no})", agreement.bank_name, number


def _own_account(session: Session, actor: Actor, order: SalesOrder) -> tuple[str, str, str]:
    """Name, bank and full number of the seller's own account; its showing is recorded."""
    payee = session.get_one(Organisation, order.producer_organisation_id)
    seller = session.scalar(select(Producer.organisation_id).where(Producer.id == order.producer_id))
    if seller != payee.id:
        raise Conflict("payee_not_seller", "供应商已不属于订单的签约单位，请先核实收款账户")
    number = bank_accounts.number_of(payee)
    if payee.status != "active" or number is None:
        raise Conflict("no_payee_account", "收款单位没有可用的银行账户")
    bank_accounts.note_shown(session, actor, payee, _PURPOSE)
    return payee.name, payee.bank_name or "", number


def _slip(
    code: str, account: tuple[str, str, str], due: Sequence[SalesOrder], *, is_supervised: bool
) -> Slip:
    name, bank_name, number = account
    amount_fen = sum(map(orders.due_fen, due))
    lines = (
        f"收款人:{name}",
        f"账号:{number}",
        f"开户行:{bank_name}",
        f"金额:{yuan(amount_fen)}元",
        f"附言:{code}",
    )
    return Slip(
        payee_name=name,
        bank_name=bank_name,
        bank_account=number,
        amount_fen=amount_fen,
        is_supervised=is_supervised,
        parts=tuple(Part(one.number, one.total_fen, orders.due_fen(one), one.due_on) for one in due),
        qr_text="\n".join(lines),
    )


def paper_of(notice: PaymentNotice) -> Paper:
    """Set the notice; the same notice gives the same bytes."""
    return render(TEMPLATE, _fields(notice), dated=day_start(notice.issued_on))


def _fields(notice: PaymentNotice) -> dict[str, Any]:
    """What templates/payment_notice.typ prints."""
    return {
        "title": "付款通知书",
        "code": notice.code,
        "buyer": notice.buyer_name,
        "dated": in_chinese(notice.issued_on),
        "slips": [
            {
                "payee": slip.payee_name,
                "bank": slip.bank_name,
                "account": " ".join(
                    slip.bank_account[at : at + 4] for at in range(0, len(slip.bank_account), 4)
                ),
                "amount": format_yuan(slip.amount_fen),
                "words": slip.amount_in_words,
                "kind": "监管账户" if slip.is_supervised else "供应商账户",
                "qr": qr_svg(slip.qr_text),
                "parts": [
                    {
                        "number": part.order_number,
                        "total": format_yuan(part.total_fen),
                        "due": format_yuan(part.due_fen),
                        "due_on": "—" if part.due_on is None else in_chinese(part.due_on),
                    }
                    for part in slip.parts
                ],
            }
            for slip in notice.slips
        ],
    }
