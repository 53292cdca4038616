"""The payment voucher: what was received for an order, as it is recorded, on one paper; it replaces no receipt of a bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.clock import day_of, in_chinese
from marketplace.core.documents import Paper, render
from marketplace.core.money import format_yuan
from marketplace.core.rmb import capital_figures
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import GATEWAYS
from marketplace.payments.models import Payment

TEMPLATE: Final = Path(__file__).parents[2] / "templates" / "voucher.typ"
_METHODS: Final = {gateway.code: gateway.title for gateway in GATEWAYS}


def voucher_of(session: Session, order: SalesOrder) -> Paper | None:
    """The paper of an order's receipts that stand, or None when nothing has come; dated by the last of them."""
    payments = session.scalars(
        select(Payment)
        .where(Payment.order_id == order.id, Payment.state == "recorded")
        .order_by(Payment.paid_at, Payment.id)
    ).all()
    if not payments:
        return None
    seller = session.get_one(Organisation, order.producer_organisation_id)
    return render(TEMPLATE, _fields(order, seller.name, payments), dated=payments[-1].recorded_at)


def _fields(order: SalesOrder, payee: str, payments: Any) -> dict[str, Any]:
    """What templates/voucher.typ prints."""
    received_fen = sum(one.amount_fen for one in payments)
    return {
        "order_number": order.number,
        "payee": payee,
        "buyer": order.buyer_name,
        "rows": [
            [
                str(number),
                in_chinese(day_of(one.paid_at)),
                _METHODS.get(one.method, one.method),
                one.payer_name,
                one.reference,
                format_yuan(one.amount_fen),
            ]
            for number, one in enumerate(payments, 1)
        ],
        "total": format_yuan(received_fen),
        "capital": "人民币" + capital_figures(received_fen),
        "returned": None if order.refunded_fen == 0 else format_yuan(order.refunded_fen),
        "worth": format_yuan(order.total_fen - order.deducted_fen),
    }
