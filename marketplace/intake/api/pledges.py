"""Signed, intended and pledged amounts: a register and sums of its own, never sales."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import Pledge
from marketplace.intake.rules.pledges import DEFINITION, progress_of
from marketplace.intake.schemas import pledges as schemas
from marketplace.intake.service import pledge_sums, pledges


@blueprint.route("/intake/pledges", methods=["POST"])
@endpoint(needs("intake.pledges"), idempotent=True)
@blueprint.arguments(schemas.PledgeIn)
@blueprint.response(201, schemas.PledgeOut)
def register(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Register what was signed, intended or pledged at an event. It is no sale."""
    return _out(pledges.register(session, actor, pledges.NewPledge(**body)), 0)


@blueprint.route("/intake/pledges")
@endpoint(needs("intake.pledges"))
@blueprint.arguments(schemas.PledgeListArgs, location="query")
@blueprint.response(200, page_schema(schemas.PledgeOut))
def list_pledges(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The register of one's area, newest first, with what came of each."""
    wanted = pledges.pledges_seen(actor)
    for name in ("kind", "state"):
        if args[name] is not None:
            wanted = wanted.where(getattr(Pledge, name) == args[name])
    page = page_of(session, wanted, keys=[Pledge.id], key_of=lambda row: [row.id], args=args, descending=True)
    came = pledges.fulfilled(session, [one.id for one in page.items])
    return Page([_out(one, came.get(one.id, 0)) for one in page.items], page.next_cursor)


@blueprint.route("/intake/pledges/summary")
@endpoint(needs("intake.pledges"))
@blueprint.arguments(schemas.PledgeSumsArgs, location="query")
@blueprint.response(200, schemas.PledgeSumsOut)
def summary(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Sums by area, month, event and kind with their definition; none of them is part of any sales figure."""
    by = tuple(filter(None, args.pop("by").split(",")))
    rows, total = pledge_sums.sums(session, actor, pledge_sums.Asked(**args, by=by))
    return {
        "definition": localised(DEFINITION),
        "measures": {code: localised(title) for code, title in pledge_sums.MEASURE_TITLES.items()},
        "rows": rows,
        "total": total,
    }


@blueprint.route("/intake/pledges/<number>")
@endpoint(needs("intake.pledges"))
@blueprint.response(200, schemas.PledgeOut)
def get_pledge(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One of the register, with what came of it."""
    return _with_sales(session, pledges.find(session, actor, number))


@blueprint.route("/intake/pledges/<number>/sales", methods=["POST"])
@endpoint(needs("intake.pledges"), idempotent=True)
@blueprint.arguments(schemas.PledgeSaleIn)
@blueprint.response(200, schemas.PledgeOut)
def name_sales(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say which counted sale came of it; a sale comes of one pledge at most."""
    return _with_sales(session, pledges.name_sales(session, actor, number, **body))


@blueprint.route("/intake/pledges/<number>/end", methods=["POST"])
@endpoint(needs("intake.pledges"), idempotent=True)
@blueprint.arguments(schemas.PledgeEndIn)
@blueprint.response(200, schemas.PledgeOut)
def end(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """It lapsed, or was entered in error."""
    return _with_sales(session, pledges.end(session, actor, number, body["state"], body["opinion"]))


def _with_sales(session: Session, pledge: Pledge) -> dict[str, Any]:
    return _out(pledge, pledges.fulfilled(session, [pledge.id]).get(pledge.id, 0))


def _out(pledge: Pledge, fulfilled_fen: int) -> dict[str, Any]:
    computed = ("fulfilled_fen", "progress")
    return {name: getattr(pledge, name) for name in schemas.PledgeOut().fields if name not in computed} | {
        "fulfilled_fen": fulfilled_fen,
        "progress": progress_of(pledge.amount_fen, fulfilled_fen),
    }
