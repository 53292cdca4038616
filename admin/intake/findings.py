"""专柜线索: what does not add up at cabinets, with both figures; the operator says what it was."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, page_of
from marketplace.intake.cabinets.models import CabinetFinding
from marketplace.intake.cabinets.service import findings, reading
from marketplace.intake.cabinets.service.list_files import FINDING_STATES
from marketplace.intake.schemas.cabinet_work import CabinetFindingListArgs, FindingClosureIn
from marketplace.web.kit import Form, Listing, Pages, choices, done, file_links, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_findings", __name__, url_prefix="/admin/intake/findings")

TONES: Final = {"open": "warn", "explained": "good", "closed": "good"}


@pages.show("", needs("intake.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Findings at the cabinets that I may see, newest first."""
    asked = Listing(CabinetFindingListArgs)
    args = asked.args
    page = page_of(
        session,
        reading.findings_seen(actor, channel=args["channel"], state=args["state"], kind=args["kind"]),
        keys=[CabinetFinding.id],
        key_of=lambda row: [row.CabinetFinding.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/intake/findings.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        kinds=findings.KINDS,
        states=FINDING_STATES,
        tones=TONES,
        kind_choices=choices(findings.KINDS),
        state_choices=choices(FINDING_STATES),
        files=file_links(
            "/api/v1/intake/cabinet-findings/file",
            channel=args["channel"],
            state=args["state"],
            kind=args["kind"],
        ),
        may_close=actor.may("intake.submit"),
    )


@pages.form("/<number>", needs("intake.submit"), FindingClosureIn)
def one(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """One finding with both figures, to be closed with what it was."""
    seen = reading.findings_seen(actor, channel=None, state=None, kind=None)
    row = session.execute(seen.where(CabinetFinding.number == number)).one_or_none()
    if row is None:
        raise NotFound("finding_not_found", "没有这条线索")
    return render(
        "admin/intake/finding.html",
        form=form,
        case=row.CabinetFinding,
        channel=row.channel_code,
        device=row.device_code,
        kinds=findings.KINDS,
        states=FINDING_STATES,
        tones=TONES,
    )


@one.submit
def close(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Say what it was."""
    findings.close(session, actor, number, body["opinion"])
    return done("/admin/intake/findings", _("已办结"))
