"""What operators owe the aid fund: per operator and month, with the sales it comes from.

Refunds are in the month in which the money went back; late reports of foreign sales are in the month of the sale, so what
holds is the statement that both sides signed (`levy_statements`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.scope import visible
from marketplace.payments.models import LineCharge
from marketplace.payments.rules.charges import LEVY
from marketplace.payments.service.book_reading import READ


@dataclass(frozen=True, slots=True)
class Levy:
    """An operator's month: ordinary sales less refunds, and the levy on them (fen). Nobody's when the channel has no operator."""

    period: str
    operator_id: uuid.UUID | None
    operator_name: str | None
    lines: int
    base_fen: int
    levy_fen: int


def levies_seen(session: Session, actor: Actor, period: str) -> list[Levy]:
    """The levies of a month that the actor may see, by name of the operator."""
    charge = LineCharge
    seen = visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id])
    if actor.may_on(READ, area=None):
        seen = seen | charge.party.is_(None)
    rows = session.execute(
        select(
            charge.party,
            Organisation.name,
            func.count(func.distinct(charge.line_id)),
            func.sum(charge.base_fen),
            func.sum(charge.charge_fen),
        )
        .outerjoin(Organisation, Organisation.id == charge.party)
        .where(charge.kind == LEVY, charge.period == period, seen)
        .group_by(charge.party, Organisation.name)
        .order_by(Organisation.name, charge.party)
    )
    return [Levy(period, party, name, lines, int(base), int(fen)) for party, name, lines, base, fen in rows]
