"""A purchase request that was returned, sent again: with other quantities, at the prices of now."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.catalogue.service.quotes import quote
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.orders.buying.schemas.approval import PurchaseResubmissionIn
from marketplace.orders.buying.service import request_lists, requests
from marketplace.orders.service.basket import Wanted
from marketplace.web.kit import Form, Pages, done, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import meant

pages: Final = Pages("buyers_resubmission", __name__)


class ResubmissionForm(PurchaseResubmissionIn):
    """The API's lines; one without a quantity is left out."""

    @pre_load
    def only_meant(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Leave out lines without units."""
        return meant(data, "lines", ("quantity",))


@pages.form("/purchase-requests/<number>/resubmission", needs("orders.place"), ResubmissionForm)
def resubmitting(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The lines with what they cost now."""
    request = request_lists.read_request(session, actor, number)
    quotes = quote(session, [uuid.UUID(line["listing_id"]) for line in request.lines], utcnow())
    rows = [(line, quotes[uuid.UUID(line["listing_id"])]) for line in request.lines]
    form.fill(
        note=request.note,
        lines=[
            {"listing_id": line["listing_id"], "quantity": line["quantity"], "unit_price_fen": one.price_fen}
            for line, one in rows
        ],
    )
    return render("buyers/resubmission.html", form=form, request_row=request, rows=rows)


@resubmitting.submit
def resubmit(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """A new round from the first step."""
    lines = [Wanted(**line) for line in body["lines"]]
    requests.resubmit(session, actor, number, lines, note=body["note"])
    return done(f"/purchase-requests/{number}", _("已重新提交审批"))
