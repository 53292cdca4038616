"""Settlement runs (结算单): what counted for a producer through a day, less what comes off, proposed by the worker or by hand.

A run takes the open items of its producer under a lock, so no item is ever in two; it is proposed once for a producer and day,
and never for less than one fen: what comes off more than there is waits for the next one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import lock_exclusive, transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.payments.models import SettlementItem, SettlementRun
from marketplace.payments.rules.settlement import POLICIES, last_cut_off, policy_for

SETTLE: Final = "payments.settle"
DEAD: Final = ("refused", "failed")


def settle_due() -> int:
    """Propose the runs of the last cut-off days, each producer in a transaction of its own; how many were proposed.

    For the worker and for a command: killed anywhere, called again it does the rest.
    """
    day = today()
    proposed = 0
    for through_on in sorted({last_cut_off(policy, day) for policy in POLICIES}):
        after: uuid.UUID | None = None
        while True:
            with transaction() as session:
                producers = open_through(session, through_on, after)
            for producer_id, area in producers:
                if last_cut_off(policy_for(area, day), day) == through_on:
                    with transaction() as session:
                        proposed += propose(session, system_actor(), producer_id, through_on) is not None
            if not producers:
                break
            after = producers[-1][0]
    return proposed


def open_through(
    session: Session, through_on: date, after: uuid.UUID | None = None
) -> list[tuple[uuid.UUID, str]]:
    """Producers (and areas) owed something through a day without a run of it, by id, 500 at most; `after` goes on behind one."""
    item = SettlementItem
    has_run = (
        select(SettlementRun.id)
        .where(
            SettlementRun.producer_organisation_id == item.producer_organisation_id,
            SettlementRun.through_on == through_on,
            SettlementRun.state.not_in(DEAD),
        )
        .exists()
    )
    statement = (
        select(item.producer_organisation_id, Organisation.area_code)
        .join(Organisation, Organisation.id == item.producer_organisation_id)
        .where(item.run_id.is_(None), item.due_on <= through_on, ~has_run)
        .group_by(item.producer_organisation_id, Organisation.area_code)
        .having(func.sum(item.amount_fen) > 0)
        .order_by(item.producer_organisation_id)
        .limit(500)
    )
    if after is not None:
        statement = statement.where(item.producer_organisation_id > after)
    return [(producer, area) for producer, area in session.execute(statement)]


def propose(
    session: Session, actor: Actor, producer_organisation_id: uuid.UUID, through_on: date
) -> SettlementRun | None:
    """Propose the run of a producer through a day; the one that there is when it was proposed before, None when nothing is owed.

    Invalid (`through_on`) for today or later: the day must be over. NotFound for an organisation that the actor may not settle.
    """
    if through_on >= today():
        raise Invalid("through_on", "结算截止日应早于今天", pointer="/through_on")
    organisation = session.get(Organisation, producer_organisation_id)
    if organisation is None:
        raise NotFound
    actor.require_visible(SETTLE, area=organisation.area_code)
    # One at a time per producer: the second one finds the first's run.
    lock_exclusive(session, "settlement", str(producer_organisation_id))
    known = session.scalars(
        select(SettlementRun).where(
            SettlementRun.producer_organisation_id == producer_organisation_id,
            SettlementRun.through_on == through_on,
            SettlementRun.state.not_in(DEAD),
        )
    ).one_or_none()
    if known is not None:
        return known
    items = [
        (item_id, kind, fen, is_demo)
        for item_id, kind, fen, is_demo in session.execute(
            select(SettlementItem.id, SettlementItem.kind, SettlementItem.amount_fen, SettlementItem.is_demo)
            .where(
                SettlementItem.producer_organisation_id == producer_organisation_id,
                SettlementItem.run_id.is_(None),
                SettlementItem.due_on <= through_on,
            )
            .order_by(SettlementItem.id)
            .with_for_update()
        )
    ]
    by_kind = [(kind, fen) for _, kind, fen, _ in items]
    if sum(fen for _, fen in by_kind) <= 0:
        return None
    run = SettlementRun(
        id=uuid7(),
        number=readable_number("J"),
        producer_organisation_id=producer_organisation_id,
        through_on=through_on,
        sales_fen=_sum(by_kind, "sale", "freight"),
        claims_fen=-_sum(by_kind, "claim"),
        commission_fen=-_sum(by_kind, "commission", "commission_back"),
        amount_fen=sum(fen for _, fen in by_kind),
        proposed_by=actor.audit_id,
        proposed_by_person=None if actor.is_system else actor.person_id,
        proposed_at=utcnow(),
        is_demo=any(is_demo for *_, is_demo in items),
    )
    session.add(run)
    session.flush()
    session.execute(
        update(SettlementItem)
        .where(SettlementItem.id.in_([item_id for item_id, *_ in items]), SettlementItem.run_id.is_(None))
        .values(run_id=run.id)
        .execution_options(synchronize_session=False)
    )
    record_step(session, actor, run, organisation, "proposed")
    return run


def _sum(items: Sequence[tuple[str, int]], *kinds: str) -> int:
    return sum(fen for kind, fen in items if kind in kinds)


def record_step(session: Session, actor: Actor, run: SettlementRun, of: Organisation, verb: str) -> None:
    """Write a step of a run into the trail."""
    audit.record(
        session,
        actor,
        f"payments.settlement.{verb}",
        "settlement",
        run.number,
        area_code=of.area_code,
        detail={"amount_fen": run.amount_fen, "through_on": str(run.through_on)},
    )
