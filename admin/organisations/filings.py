"""Reserved shares for the finance department: what units filed, and accepting or returning a filing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.codes import CANTEEN_KINDS
from marketplace.accounts.models import Organisation, ReserveFiling
from marketplace.accounts.schemas import ApprovalDecisionIn, FilingQuery
from marketplace.accounts.service import filings
from marketplace.accounts.service.filing_contacts import contact_shown
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of
from marketplace.core.money import yuan
from marketplace.web.kit import (
    Form,
    Listing,
    Pages,
    all_rows,
    done,
    label,
    list_file,
    note,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import day, percent

pages: Final = Pages("admin_filings", __name__, url_prefix="/admin/reserve-filings")

FILING_STATES: Final = {"filed": note("待审核"), "accepted": note("已通过"), "returned": note("已退回")}
FILING_TONES: Final = {"filed": "warn", "accepted": "good", "returned": "bad"}


@pages.show("", needs("accounts.filing_read"))
def listing(session: Session, actor: Actor) -> Response:
    """Filings of one's units, all versions, newest first."""
    asked = Listing(FilingQuery)
    args = asked.args
    found = filings.listing(
        actor, organisation_id=args["organisation_id"], year=args["year"], state=args["state"]
    )
    if wanted_format():
        rows = [one for (one,) in all_rows(session, found.order_by(ReserveFiling.id.desc()))]
        names = _names(session, rows)
        return list_file(_("预留份额"), _headings(), [_line(one, names) for one in rows])
    page = page_of(
        session,
        found,
        keys=[ReserveFiling.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
    return render(
        "admin/organisations/filings.html",
        fragment="results",
        listing=asked,
        page=page,
        names=_names(session, page.items),
        late=filings.late_ones(session, page.items),
        tabs=[("", _("全部"), asked.address(state=None), None)]
        + [(code, _(title), asked.address(state=code), None) for code, title in FILING_STATES.items()],
        states=FILING_STATES,
        tones=FILING_TONES,
        canteens=CANTEEN_KINDS,
        may_review=actor.may("accounts.filing_review"),
    )


@pages.form("/<uuid:filing_id>/review", needs("accounts.filing_review"), ApprovalDecisionIn)
def reviewing(session: Session, actor: Actor, form: Form, filing_id: uuid.UUID) -> Response:
    """What was filed, beside the versions before it and the form of the decision."""
    filing = session.scalar(filings.listing(actor).where(ReserveFiling.id == filing_id))
    if filing is None:
        raise NotFound
    versions = session.scalars(
        filings.listing(actor, organisation_id=filing.organisation_id, year=filing.year).order_by(
            ReserveFiling.version.desc()
        )
    ).all()
    return render(
        "admin/organisations/filing.html",
        form=form,
        filing=filing,
        unit=session.get_one(Organisation, filing.organisation_id),
        other=session.get(Organisation, filing.represented_by) if filing.represented_by else None,
        contact=contact_shown(filing),
        is_late=bool(filings.late_ones(session, [filing])),
        versions=versions,
        states=FILING_STATES,
        tones=FILING_TONES,
        canteens=CANTEEN_KINDS,
    )


@reviewing.submit
def review(session: Session, actor: Actor, body: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """Accept it, or return it with a reason for another version."""
    filings.review(session, actor, filing_id, accept=body["approve"], opinion=body["opinion"])
    return done("/admin/reserve-filings", _("填报已通过") if body["approve"] else _("填报已退回"))


def _names(session: Session, rows: Sequence[ReserveFiling]) -> dict[uuid.UUID, str]:
    found = session.execute(
        select(Organisation.id, Organisation.name).where(
            Organisation.id.in_({one.organisation_id for one in rows})
        )
    )
    return {row.id: row.name for row in found}


def _headings() -> list[str]:
    return [
        _("年度"), _("单位"), _("版本"), _("食堂"), _("食堂采购总额(元)"), _("预留比例"), _("预留份额(元)"), _("状态"),
        _("填报"), _("审核意见"),
    ]  # fmt: skip


def _line(one: ReserveFiling, names: dict[uuid.UUID, str]) -> list[Any]:
    return [
        one.year,
        names[one.organisation_id],
        one.version,
        label(CANTEEN_KINDS[one.canteen_kind]),
        yuan(one.canteen_total_fen),
        percent(one.reserve_bp),
        yuan(one.reserve_fen),
        _(FILING_STATES[one.state]),
        day(one.filed_at),
        one.opinion,
    ]
