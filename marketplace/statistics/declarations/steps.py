"""审核→退回/上报: a declaration's way after the draft. Three persons: who fills in, who reviews, who sends upward."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict
from marketplace.statistics.declarations import figures, rules, units
from marketplace.statistics.declarations.filing import FILE, locked, note_step
from marketplace.statistics.declarations.models import Declaration, ReportingUnit, Silence
from marketplace.statistics.position import books_position

REVIEW: Final = "statistics.declare_review"
SEND: Final = "statistics.declare_send"
_NAMED: Final = 20


def submit(session: Session, actor: Actor, declaration_id: uuid.UUID) -> Declaration:
    """Hand a draft in. What the ledger counts at this moment is frozen beside it. IllegalTransition unless it is a draft."""
    declaration, unit = locked(session, actor, declaration_id)
    units.require_own_level(actor, FILE, unit)
    rules.DECLARATION.require(declaration.state, "submitted")
    counted = figures.computed(session, unit, declaration.period)
    for code, row in figures.figures_of(session, declaration.id).items():
        row.computed_amount = None if counted is None else counted[code]
    session.flush()  # while it is a draft: afterwards its figures never change
    declaration.last_entry = books_position(session, declaration.period)[1]
    declaration.submitted_by_person, declaration.submitted_at = actor.person_id, utcnow()
    return _go(session, actor, unit, declaration, "submitted", None)


def review(
    session: Session, actor: Actor, declaration_id: uuid.UUID, *, accept: bool, opinion: str
) -> Declaration:
    """Confirm what was submitted, or return it with the reason.

    Needs ``statistics.declare_review`` at the unit's own level, as another person than who filled it in (`same_person`).
    """
    declaration, unit = locked(session, actor, declaration_id)
    units.require_own_level(actor, REVIEW, unit)
    target = "reviewed" if accept else "returned"
    rules.DECLARATION.require(
        declaration.state, "reviewed"
    )  # what may be returned here may also be confirmed
    actor.require_other_person(*_handlers(declaration), what="填报人与审核人")
    declaration.reviewed_by_person, declaration.reviewed_at = actor.person_id, utcnow()
    return _go(session, actor, unit, declaration, target, opinion)


def send(
    session: Session, actor: Actor, declaration_id: uuid.UUID, *, accept: bool, opinion: str
) -> Declaration:
    """Send a reviewed declaration upward, or return it with the reason.

    Needs ``statistics.declare_send`` at the unit's own level, as a third person. A total goes upward only after the units below
    confirmed theirs: Conflict (`units_pending`, naming them) until each has sent (a zero report too) or is listed as 未报.
    """
    declaration, unit = locked(session, actor, declaration_id)
    units.require_own_level(actor, SEND, unit)
    rules.DECLARATION.require(declaration.state, "sent")
    actor.require_other_person(
        *_handlers(declaration), declaration.reviewed_by_person, what="填报人、审核人与签发人"
    )
    if not accept:
        return _go(session, actor, unit, declaration, "returned", opinion)
    pending = pending_below(session, unit, declaration.period)
    if pending:
        raise Conflict(
            "units_pending",
            f"下级尚有{len(pending)}个单位未上报,也未列为未报",
            pending=pending[:_NAMED],
        )
    declaration.sent_by_person, declaration.sent_at = actor.person_id, utcnow()
    done = _go(session, actor, unit, declaration, "sent", opinion)
    if done.correction_reason is not None:
        _tell_superior(session, unit, done)
    return done


def pending_below(session: Session, unit: ReportingUnit, period: str) -> list[str]:
    """Names of the units below that neither sent the month nor are listed as 未报 for it, by area."""
    lower = units.below(session, unit, period)
    ids = [row[0].id for row in lower]
    sent = {unit_id for unit_id, _ in figures.sent_versions(session, ids, [period])}
    listed = set(
        session.scalars(select(Silence.unit_id).where(Silence.unit_id.in_(ids), Silence.period == period))
    )
    return [name for one, name in lower if one.id not in sent | listed]


def _handlers(declaration: Declaration) -> tuple[uuid.UUID | None, ...]:
    return declaration.created_by_person, declaration.submitted_by_person


def _go(
    session: Session,
    actor: Actor,
    unit: ReportingUnit,
    declaration: Declaration,
    target: str,
    opinion: str | None,
) -> Declaration:
    """The one place where a declaration changes its state: with its line of history, and a notice where it comes back."""
    before = declaration.state
    rules.DECLARATION.require(before, target)
    declaration.state = target
    session.flush()
    note_step(session, actor, unit, declaration, before, opinion)
    if target == "returned":
        notify(
            session,
            "declaration_returned",
            "declaration",
            declaration.id,
            organisation_id=unit.organisation_id,
            detail={
                "period": declaration.period,
                "report": unit.report,
                "version": declaration.version,
            },
        )
    return declaration


def _tell_superior(session: Session, unit: ReportingUnit, declaration: Declaration) -> None:
    """A correction below may touch what the level above has sent already: it is told, and corrects its own."""
    everyone = [row[0] for row in units.due_units(session, unit.report, declaration.period)]
    superior = rules.superior_of(unit, everyone)
    if superior is None:
        return
    notify(
        session,
        "declaration_corrected",
        "declaration",
        declaration.id,
        organisation_id=next(one.organisation_id for one in everyone if one.id == superior.id),
        detail={"period": declaration.period, "report": unit.report, "area": unit.area_code},
    )
