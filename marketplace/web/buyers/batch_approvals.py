"""批量审核: several requests that wait for me, approved together; what became of each is said, one by one."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http.problems import detail_of
from marketplace.orders.buying.rules.approval import REQUEST
from marketplace.orders.buying.schemas.approval import PurchaseBatchIn
from marketplace.orders.buying.service import batch
from marketplace.web.buyers.approvals import TONES, show_list
from marketplace.web.kit import Form, Pages, label, needs, show_once
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_batch_approvals", __name__)
_TICK: Final = "chosen"


class BatchForm(PurchaseBatchIn):
    """The rows of the list with a tick at those that are meant."""

    @pre_load
    def only_ticked(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out rows without a tick, and the tick itself."""
        rows = data.get("items")
        if not isinstance(rows, list):
            return data
        ticked = [row for row in rows if isinstance(row, dict) and _TICK in row]
        return data | {
            "items": [{name: told for name, told in row.items() if name != _TICK} for row in ticked]
        }


# No key against sending twice: what was decided already is found again, so the second answer is that of the first.
@pages.form("/purchase-requests/approvals", needs("orders.read"), BatchForm, own_transactions=True)
def approvals(session: Session, actor: Actor, form: Form) -> Response:
    """The list of those that wait for me, after a batch that was refused as a whole."""
    return show_list(session, actor, "to_decide", form)


@approvals.submit
def approve(actor: Actor, body: dict[str, Any]) -> Response:
    """Approve each on its own; the page says what became of each, and why of those that were not approved."""
    outcomes = batch.approve_each(actor, [batch.Seen(**item) for item in body["items"]], body["opinion"])
    done = sum(one.refusal is None for one in outcomes)
    with transaction() as session:
        return show_once(
            session,
            actor,
            "buyers/requests_approved.html",
            lead=_("{done} 项已同意,{left} 项未办理", done=done, left=len(outcomes) - done),
            outcomes=[_told(one) for one in outcomes],
        )


def _told(one: batch.Outcome) -> dict[str, Any]:
    """A row of the answer: number, badge, what it comes to."""
    if one.refusal is not None or one.state is None:
        said = "" if one.refusal is None else detail_of(one.refusal)
        return {"number": one.number, "badge": (_("未办理"), "bad"), "said": said}
    said = {
        "submitted": _("已同意,等待下一步审批"),
        "placed": _("已同意并下单"),
        "returned": _("已同意,但价格、库存或计划有变,不能下单,已退回经办"),
    }[one.state]
    return {"number": one.number, "badge": (label(REQUEST.titles[one.state]), TONES[one.state]), "said": said}
