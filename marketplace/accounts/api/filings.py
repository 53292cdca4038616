"""Reserve filings: filed by units, reviewed by the finance department."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import ReserveFiling
from marketplace.accounts.service import filings
from marketplace.accounts.service.filing_contacts import contact_shown
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema

_SHOWN = (
    "id",
    "organisation_id",
    "year",
    "version",
    "canteen_kind",
    "represented_by",
    "canteen_total_fen",
    "reserve_bp",
    "reserve_fen",
    "state",
    "filed_at",
    "reviewed_at",
    "opinion",
)


@blueprint.route("/reserve-filings")
@endpoint(needs("accounts.filing_read"))
@blueprint.arguments(schemas.FilingQuery, location="query")
@blueprint.response(200, page_schema(schemas.FilingOut))
def list_filings(session: Session, actor: Actor, args: dict[str, Any]) -> Page[dict[str, Any]]:
    """Filings in the caller's areas, all versions, newest first."""
    page = page_of(
        session,
        filings.listing(
            actor, organisation_id=args["organisation_id"], year=args["year"], state=args["state"]
        ),
        keys=(ReserveFiling.id,),
        key_of=lambda row: (row.id,),
        args=args,
        descending=True,
    )
    return Page(_out(session, page.items), page.next_cursor)


@blueprint.route("/reserve-filings", methods=["POST"])
@endpoint(needs("accounts.filing"), idempotent=True)
@blueprint.arguments(schemas.FilingIn)
@blueprint.response(201, schemas.FilingOut)
def file_reserve(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """File a new version for a unit and year."""
    return _out(session, [filings.file(session, actor, filings.NewFiling(**body))])[0]


@blueprint.route("/reserve-filings/<uuid:filing_id>/review", methods=["POST"])
@endpoint(needs("accounts.filing_review"), idempotent=True)
@blueprint.arguments(schemas.ApprovalDecisionIn)
@blueprint.response(200, schemas.FilingOut)
def review_filing(
    session: Session, actor: Actor, body: dict[str, Any], filing_id: uuid.UUID
) -> dict[str, Any]:
    """Accept a filing, or return it with a reason for another version."""
    filing = filings.review(session, actor, filing_id, accept=body["approve"], opinion=body["opinion"])
    return _out(session, [filing])[0]


def _out(session: Session, rows: Sequence[ReserveFiling]) -> list[dict[str, Any]]:
    late = filings.late_ones(session, rows)
    return [
        {
            **{name: getattr(row, name) for name in _SHOWN},
            **contact_shown(row),
            "is_late": row.id in late,
            "must_open_contractor_account": row.canteen_kind == "outsourced",
        }
        for row in rows
    ]
