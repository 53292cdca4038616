"""Settlement runs, and what a producer reads of its money: outlook and monthly statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.core.http.locale import localised
from marketplace.orders.models import SalesOrder
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import SettlementRun
from marketplace.payments.rules.settlement import ITEM_TITLES
from marketplace.payments.schemas import settlements as schemas
from marketplace.payments.service import settlement, settlement_decisions, settlement_reading
from marketplace.payments.service.owed import outlook_of
from marketplace.payments.service.statement_files import WRITERS
from marketplace.payments.service.statements import statement_of


def _run(run: SettlementRun, producer_name: str) -> dict[str, Any]:
    names = set(schemas.SettlementOut().fields) - {"producer_id", "producer_name"}
    return {name: getattr(run, name) for name in names} | {
        "producer_id": run.producer_organisation_id,
        "producer_name": producer_name,
    }


def _decided(session: Session, run: SettlementRun) -> dict[str, Any]:
    return _run(run, session.get_one(Organisation, run.producer_organisation_id).name)


@blueprint.route("/settlements")
@endpoint(needs("payments.settlements"))
@blueprint.arguments(schemas.SettlementListArgs, location="query")
@blueprint.response(200, page_schema(schemas.SettlementOut))
def list_settlements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Settlement runs that one may see, newest first."""
    page = page_of(
        session,
        settlement_reading.runs_seen(actor, state=args["state"], through_on=args["through_on"]),
        keys=[SettlementRun.id],
        key_of=lambda row: [row.SettlementRun.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_run(row.SettlementRun, row.Organisation.name) for row in page.items], page.next_cursor)


@blueprint.route("/settlements", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.SettlementIn)
@blueprint.response(201, schemas.ProposedOut)
def propose_settlement(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Propose the run of a producer through a day; the one there is when it was proposed before, null when nothing is owed."""
    run = settlement.propose(session, actor, body["producer_id"], body["through_on"])
    return {"settlement": None if run is None else _decided(session, run)}


@blueprint.route("/settlements/<number>")
@endpoint(needs("payments.settlements"))
@blueprint.response(200, schemas.SettlementDetailOut)
def show_settlement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A run with every amount that it took."""
    run, organisation = settlement_reading.read_run(session, actor, number)
    items = settlement_reading.items_of(session, run)
    rows = session.execute(
        select(SalesOrder.id, SalesOrder.number).where(SalesOrder.id.in_({one.order_id for one in items}))
    )
    numbers = dict(rows.all())
    return _run(run, organisation.name) | {
        "items": [
            {
                "kind": one.kind,
                "title": localised(ITEM_TITLES[one.kind]),
                "order_number": numbers[one.order_id],
                "amount_fen": one.amount_fen,
                "due_on": one.due_on,
                "at": one.at,
            }
            for one in items
        ]
    }


@blueprint.route("/settlements/<number>/review", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.response(200, schemas.SettlementOut)
def review_settlement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """审核, by another person than who proposed it."""
    return _decided(session, settlement_decisions.review(session, actor, number))


@blueprint.route("/settlements/<number>/approval", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.response(200, schemas.SettlementOut)
def approve_settlement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """批准, by a third person: its payout is prepared."""
    return _decided(session, settlement_decisions.approve(session, actor, number))


@blueprint.route("/settlements/<number>/refusal", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.arguments(schemas.SettlementRefusalIn)
@blueprint.response(200, schemas.SettlementOut)
def refuse_settlement(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """驳回: what it took is open again."""
    return _decided(session, settlement_decisions.turn_down(session, actor, number, reason=body["reason"]))


@blueprint.route("/producer-money/outlook")
@endpoint(needs("payments.settlements"))
@blueprint.arguments(schemas.OutlookArgs, location="query")
@blueprint.response(200, schemas.OutlookOut)
def show_outlook(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """What a producer is owed, and when: by due day, waiting, ready, in a run, on the way, paid."""
    return outlook_of(session, actor, args["producer_id"])


@blueprint.route("/producer-money/statement")
@endpoint(needs("payments.settlements"))
@blueprint.arguments(schemas.ProducerStatementArgs, location="query")
@blueprint.response(200, schemas.ProducerStatementOut)
def show_statement(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """对账单 of a producer and month, as JSON, XLSX or PDF: opening + movements = closing."""
    statement = statement_of(session, actor, args["producer_id"], args["period"])
    wanted = args["format"]
    if wanted == "json":
        return statement
    return file_response(wanted, WRITERS[wanted](statement), f"statement-{args['period']}")
