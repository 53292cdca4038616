"""What statistics leave to a successor: declarations and bulletins that wait for the role's next step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of
from marketplace.oversight.handover.listing import Item
from marketplace.oversight.handover.scope import Scope
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import STATES as BULLETIN_STATES
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.declarations.rules import STATES as DECLARATION_STATES

#: State → the permission of the step that comes next.
_DECLARATION_STEPS: Final = {
    "draft": "statistics.declare",
    "submitted": "statistics.declare_review",
    "reviewed": "statistics.declare_send",
}
_BULLETIN_STEPS: Final = {"drafted": "statistics.bulletin_review", "reviewed": "statistics.bulletin_issue"}


def declarations(session: Session, scope: Scope) -> Iterator[Item]:
    """Declarations of units in reach whose next step is the role's."""
    for state, permission in _DECLARATION_STEPS.items():
        if not scope.may(permission):
            continue
        owners = (ReportingUnit.organisation_id,)
        rows = session.execute(
            select(ReportingUnit.report, ReportingUnit.area_code, Declaration.period, Declaration.version)
            .add_columns(Declaration.created_at)
            .join(ReportingUnit, ReportingUnit.id == Declaration.unit_id)
            .where(Declaration.state == state)
            .where(scope.reaches(permission, area=ReportingUnit.area_code, owners=owners))
        )
        for report, area, period, version, created_at in rows:
            reference = f"{report}/{area}/{period}/{version}"
            yield Item("月报填报", reference, DECLARATION_STATES[state], since=day_of(created_at))


def bulletins(session: Session, scope: Scope) -> Iterator[Item]:
    """Bulletins in reach that wait for review or issue by the role."""
    for state, permission in _BULLETIN_STEPS.items():
        if not scope.may(permission):
            continue
        rows = session.execute(
            select(Bulletin.number, Bulletin.title, Bulletin.drafted_at)
            .where(Bulletin.state == state)
            .where(scope.reaches(permission, area=Bulletin.area_code))
        )
        for number, title, drafted_at in rows:
            kind = f"工作动态({BULLETIN_STATES[state]})"
            yield Item(kind, number, title, since=day_of(drafted_at))


TASKS: Final = (declarations, bulletins)
