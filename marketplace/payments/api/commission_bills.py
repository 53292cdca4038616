"""Monthly bills of commission of orders that were paid to the producer directly."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import CommissionBill
from marketplace.payments.rules.charges import BILL
from marketplace.payments.schemas import commission_bills as schemas
from marketplace.payments.service import commission_bills


@blueprint.route("/commission-bills")
@endpoint(needs("payments.settlements"))
@blueprint.arguments(schemas.CommissionBillListArgs, location="query")
@blueprint.response(200, page_schema(schemas.CommissionBillOut))
def list_commission_bills(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Bills of commission that one may see, newest first."""
    page = page_of(
        session,
        commission_bills.bills_seen(actor, period=args["period"], state=args["state"]),
        keys=[CommissionBill.id],
        key_of=lambda row: [row.CommissionBill.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_bill(row.CommissionBill, row.Organisation) for row in page.items], page.next_cursor)


@blueprint.route("/commission-bills", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.CommissionBillIn)
@blueprint.response(201, schemas.DrawnCommissionBillOut)
def draw_commission_bill(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Draw up the bill of a month that is over; the one there is when it was drawn before, null when nothing is owed."""
    bill = commission_bills.draw_up(session, actor, body["producer_id"], body["period"])
    return {"bill": None if bill is None else _named(session, bill)}


@blueprint.route("/commission-bills/<number>")
@endpoint(needs("payments.settlements"))
@blueprint.response(200, schemas.CommissionBillDetailOut)
def show_commission_bill(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A bill with the charges that it holds."""
    bill, producer = commission_bills.bill_seen(session, actor, number)
    return _bill(bill, producer) | {"items": commission_bills.lines_of(session, bill)}


@blueprint.route("/commission-bills/<number>/payment", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.CommissionPaidIn)
@blueprint.response(200, schemas.CommissionBillOut)
def pay_commission_bill(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The producer paid it, whole, into the platform's own account."""
    return _named(session, commission_bills.record_payment(session, actor, number, **body))


def _named(session: Session, bill: CommissionBill) -> dict[str, Any]:
    return _bill(bill, session.get_one(Organisation, bill.producer_organisation_id))


def _bill(bill: CommissionBill, producer: Organisation) -> dict[str, Any]:
    own = set(schemas.CommissionBillOut().fields) - {"producer_id", "producer_name", "state_title"}
    return {name: getattr(bill, name) for name in own} | {
        "producer_id": producer.id,
        "producer_name": producer.name,
        "state_title": localised(BILL.title_of(bill.state)),
    }
