"""Settlement runs and payouts as people read them: of the platform's finance, and each producer its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.payments.models import Payout, SettlementItem, SettlementRun

READ: Final = "payments.settlements"


def read_run(session: Session, actor: Actor, number: str) -> tuple[SettlementRun, Organisation]:
    """A run and its producer's organisation. NotFound when the actor may not see it."""
    row = session.execute(_seen(actor).where(SettlementRun.number == number)).one_or_none()
    if row is None:
        raise NotFound("settlement_not_found", "没有这张结算单")
    return row.SettlementRun, row.Organisation


def items_of(session: Session, run: SettlementRun) -> Sequence[SettlementItem]:
    """What a run took, in the order of its orders."""
    return session.scalars(
        select(SettlementItem)
        .where(SettlementItem.run_id == run.id)
        .order_by(SettlementItem.at, SettlementItem.id)
    ).all()


def runs_seen(
    actor: Actor, *, state: str | None = None, through_on: date | None = None
) -> Select[SettlementRun, Organisation]:
    """Runs that the actor may see, with the organisation of each, unsorted, for a paged list."""
    statement = _seen(actor)
    if state is not None:
        statement = statement.where(SettlementRun.state == state)
    return statement if through_on is None else statement.where(SettlementRun.through_on == through_on)


def payouts_seen(actor: Actor, *, state: str | None = None) -> Select[Payout, str, str]:
    """Payouts that the actor may see, with run number and payee's name, unsorted, for a paged list."""
    statement = (
        select(Payout, SettlementRun.number.label("run_number"), Organisation.name.label("producer_name"))
        .join(SettlementRun, SettlementRun.id == Payout.run_id)
        .join(Organisation, Organisation.id == Payout.producer_organisation_id)
        .where(visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id]))
    )
    return statement if state is None else statement.where(Payout.state == state)


def _seen(actor: Actor) -> Select[SettlementRun, Organisation]:
    return (
        select(SettlementRun, Organisation)
        .join(Organisation, Organisation.id == SettlementRun.producer_organisation_id)
        .where(visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id]))
    )
