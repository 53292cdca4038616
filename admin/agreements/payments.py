"""Payment lists of agreements, of a producer and a month: what households demonstrably received. Numbers of households alone."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import fields
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.beneficiaries.models import Agreement, PaymentList
from marketplace.beneficiaries.rules import PAYMENT_KINDS
from marketplace.beneficiaries.service import lists
from marketplace.core.actor import Actor
from marketplace.core.http import PageArgs, needs, page_of
from marketplace.core.http.fields import AreaCode, Period
from marketplace.core.money import yuan
from marketplace.producers.models import Producer
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import day, households

pages: Final = Pages("admin_payment_lists", __name__, url_prefix="/admin/payment-lists")


class PaymentListArgs(PageArgs):
    """Which area, producer and month."""

    area = AreaCode(load_default=None)
    producer_id = fields.UUID(load_default=None)
    period = Period(load_default=None)


@pages.show("", needs("agreements.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The lists, latest import first."""
    asked = Listing(beginning_with(PaymentListArgs, area=own_area(actor)))
    args = asked.args
    found = lists.payments_seen(
        actor, area=args["area"], producer_id=args["producer_id"], period=args["period"]
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(PaymentList.id.desc()))
        return list_file(_("发放清单"), _headings(), [_line(*row) for row in rows])
    page = page_of(
        session,
        found,
        keys=[PaymentList.id],
        key_of=lambda row: [row.PaymentList.id],
        args=args,
        descending=True,
        scalars=False,
    )
    producer = session.get(Producer, args["producer_id"]) if args["producer_id"] else None
    return render(
        "admin/agreements/payments.html",
        fragment="results",
        listing=asked,
        page=page,
        producer=producer,
        kinds=PAYMENT_KINDS,
    )


def _headings() -> list[str]:
    return [_("月份"), _("发放日"), _("类型"), _("协议"), _("主体"), _("户数"), _("金额(元)"), _("文号")]


def _line(one: PaymentList, agreement: Agreement, producer: str) -> list[Any]:
    return [
        one.period,
        day(one.paid_on),
        label(PAYMENT_KINDS[one.kind]),
        agreement.title,
        producer,
        households(one.households),
        yuan(one.total_fen),
        one.document_no,
    ]
