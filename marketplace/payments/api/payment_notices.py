"""How an order or a checkout is to be paid."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.core.qr import qr_svg
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.schemas import payment_notices as schemas
from marketplace.payments.service.payment_notices import PaymentNotice, notice_of, paper_of


@blueprint.route("/payment-notices/<number>")
@endpoint(needs("payments.read"))
@blueprint.arguments(schemas.NoticeArgs, location="query")
@blueprint.response(200, schemas.PaymentNoticeOut)
def payment_notice(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Any:
    """付款通知 of an order or a checkout, by its number: payee, account, amount open, code, QR; as JSON or PDF to be printed."""
    notice = notice_of(session, actor, number)
    if args["format"] == "pdf":
        answer = Response(paper_of(notice).content, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="{notice.code}.pdf"'
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    return _out(notice)


def _out(notice: PaymentNotice) -> dict[str, Any]:
    names = [name for name in schemas.SlipOut().fields if name != "qr_svg"]
    return {
        "code": notice.code,
        "buyer_name": notice.buyer_name,
        "issued_on": notice.issued_on,
        "slips": [
            {name: getattr(slip, name) for name in names} | {"qr_svg": qr_svg(slip.qr_text)}
            for slip in notice.slips
        ],
    }
