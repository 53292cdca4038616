"""Routes of the ledger: months, entries, statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.attribution import schemas
from marketplace.attribution.models import Period
from marketplace.attribution.passbook_files import WRITERS
from marketplace.attribution.service import read
from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.passbook import passbook
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.http import ApiBlueprint, Page, endpoint, file_response, needs, page_schema

blueprint = ApiBlueprint("attribution", __name__, "账本:计入的销售归集到协议与农户;按月关账,不可更改")


@blueprint.route("/periods", methods=["GET"])
@endpoint(needs("attribution.read"))
@blueprint.response(200, schemas.PeriodList)
def list_periods(session: Session, actor: Actor) -> dict[str, Any]:
    """The closed months, newest first."""
    return {"items": read.periods(session)}


@blueprint.route("/periods/<period>", methods=["GET"])
@endpoint(needs("attribution.read"))
@blueprint.response(200, schemas.PeriodOut)
def show_period(session: Session, actor: Actor, period: str) -> Period:
    """What the close of a month froze."""
    return read.period_row(session, period)


@blueprint.route("/periods/<period>/close", methods=["POST"])
@endpoint(needs("attribution.close"), idempotent=True)
@blueprint.response(200, schemas.PeriodOut)
def close(session: Session, actor: Actor, period: str) -> Period:
    """Close a month: accruals, statements, chain, digest; it never changes afterwards."""
    actor.require("attribution.close", area="000000")
    return close_period(session, actor, period)


@blueprint.route("/entries", methods=["GET"])
@endpoint(needs("attribution.read"))
@blueprint.arguments(schemas.EntryArgs, location="query")
@blueprint.response(200, page_schema(schemas.EntryOut))
def list_entries(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Ledger entries from or for one's area, by or for one's organisation."""
    page = read.entries(session, actor, args)
    names = [name for name in schemas.EntryOut().fields if name != "position"]
    items = [
        {name: getattr(entry, name) for name in names} | {"position": position}
        for entry, position in page.items
    ]
    return Page(items, page.next_cursor)


@blueprint.route("/statements", methods=["GET"])
@endpoint(needs("attribution.read"))
@blueprint.arguments(schemas.StatementArgs, location="query")
@blueprint.response(200, page_schema(schemas.StatementOut))
def list_statements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Monthly statements of agreements."""
    page = read.statements(session, actor, args)
    names = ("period", "earned_period", "version_no", "sale_fen", "pool_fen", "village_fen", "households")
    items = [
        {name: getattr(row, name) for name in names} | {"agreement": number, "area_code": area}
        for row, number, area in page.items
    ]
    return Page(items, page.next_cursor)


@blueprint.route("/households/<int:household_no>/passbook", methods=["POST"])
@endpoint(needs("beneficiaries.read_personal"), own_transactions=True)
@blueprint.arguments(schemas.PassbookIn)
@blueprint.response(200, schemas.PassbookOut)
def show_passbook(actor: Actor, body: dict[str, Any], household_no: int) -> Any:
    """A household's passbook: closed months, agreements, benefit and the sales behind it. Needs a purpose; is recorded."""
    with transaction() as session:
        book = passbook(session, actor, household_no, body["purpose"])
    # Set after the transaction has ended: tens of milliseconds of a paper in which no connection is held.
    wanted = body["format"]
    return book if wanted == "json" else file_response(wanted, WRITERS[wanted](book), "passbook")


@blueprint.route("/statements/<agreement>/households", methods=["GET"])
@endpoint(needs("beneficiaries.read"))
@blueprint.arguments(schemas.HouseholdArgs, location="query")
@blueprint.response(200, page_schema(schemas.HouseholdRow))
def list_household_rows(session: Session, actor: Actor, args: dict[str, Any], agreement: str) -> Page[Any]:
    """What an agreement owes each household for a month, by household number only."""
    page = read.household_rows(session, actor, agreement, args)
    items = [
        {"household_no": row.household_no, "village": row.area_code, "benefit_fen": int(row.benefit_fen)}
        for row in page.items
    ]
    return Page(items, page.next_cursor)
