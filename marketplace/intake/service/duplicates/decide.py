"""People decide a case, or decide it anew: the books follow in the same transaction."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit, jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict
from marketplace.core.ids import uuid7
from marketplace.intake.models import Batch, DuplicateCase, DuplicateDecision, ForeignSale
from marketplace.intake.rules.duplicates import Side
from marketplace.intake.service.duplicates.cases import open_cases
from marketplace.intake.service.duplicates.clusters import locked_clusters
from marketplace.intake.service.duplicates.look import look
from marketplace.intake.service.duplicates.notice import JOB
from marketplace.intake.service.duplicates.pair import both_sides, described
from marketplace.intake.service.duplicates.reading import case_of
from marketplace.intake.service.duplicates.settle import settle
from marketplace.intake.service.duplicates.sides import sales_with, sides_of
from marketplace.intake.service.duplicates.taken import newest_round, partners

OUTCOMES: Final = ("confirmed", "dismissed")
_HOLDS: Final = {"confirmed": True, "decided": True, "dismissed": False, "open": None}


def decide(
    session: Session, actor: Actor, number: str, *, outcome: str, opinion: str, after: int
) -> DuplicateCase:
    """Say that the two are one sale (`confirmed`) or two (`dismissed`); `after` is how many decisions the decider has seen.

    A later decision undoes the one before by posting again. NotFound; Forbidden unless the authority covers the areas of both
    sides and neither was reported by this person or its organisation; Conflict ``case_changed``, ``case_decided``,
    ``case_renewed``, ``case_taken``.
    """
    case = case_of(session, actor, number)
    for area in (case.first_area, case.second_area):
        actor.require("intake.decide", area=area)
    actor.require_other_organisation(
        *(one for one in (case.first_operator_id, case.second_operator_id) if one is not None)
    )
    locked_clusters(session, {case.first, case.second})
    session.refresh(case, with_for_update=True)
    _check(session, case, outcome, after)
    sides = both_sides(session, [case])[case.id]
    actor.require_other_person(*_reporters(session, sides), what="上报与认定")
    if outcome == "confirmed" and partners(session, {case.first, case.second}, decided_only=True).is_taken(
        *sides
    ):
        raise Conflict("case_taken", "其中一方已与对方渠道的另一笔认定为同一笔销售,请先撤销那一认定")
    _write(session, actor, case, outcome, opinion, sides)
    fallen = settle(session, {case.first, case.second}).fallen
    if outcome == "dismissed":
        _look_further(session, sides)
    _tell(session, case, fallen)
    audit.record(
        session,
        actor,
        f"intake.duplicate.{outcome}",
        "duplicate_case",
        case.number,
        area_code=case.first_area,
        detail={"decision": case.decisions},
    )
    session.flush()
    return case


def _check(session: Session, case: DuplicateCase, outcome: str, after: int) -> None:
    if case.decisions != after:
        raise Conflict("case_changed", "该认定刚由他人处理,请重新查看", decisions=case.decisions)
    if newest_round(session, case) != case.round:
        raise Conflict("case_renewed", "该对销售已有新一轮认定,请在新一轮中处理")
    if _HOLDS[case.state] == _HOLDS[outcome]:
        raise Conflict("case_decided", "已是此结论", state=case.state)


def _reporters(session: Session, sides: tuple[Side, Side]) -> set[uuid.UUID]:
    """The persons who handed in either side; a device is nobody."""
    return set(
        session.scalars(
            select(Account.person_id)
            .join(Batch, Batch.received_by == Account.id)
            .join(ForeignSale, ForeignSale.batch_id == Batch.id)
            .where(ForeignSale.id.in_([side.sale_id for side in sides]))
        )
    )


def _write(
    session: Session,
    actor: Actor,
    case: DuplicateCase,
    outcome: str,
    opinion: str,
    sides: tuple[Side, Side],
) -> None:
    case.state, case.decided_at, case.decisions = outcome, utcnow(), case.decisions + 1
    session.add(
        DuplicateDecision(
            id=uuid7(),
            case_id=case.id,
            decision_no=case.decisions,
            outcome=outcome,
            opinion=opinion,
            seen={"first": described(sides[0]), "second": described(sides[1])},
            decided_by=actor.audit_id,
            decided_by_person=actor.person_id,
            decided_at=case.decided_at,
        )
    )
    session.flush()


def _look_further(session: Session, sides: tuple[Side, Side]) -> None:
    """Neither is the other's: each may be somebody else's. What is certain of that is decided by a job of its own."""
    now = sides_of(session, sales_with(session, _current_ids(session, sides)))
    for pair in open_cases(session, look(session, now)):
        if pair.finding.sureness == "certain":
            batch_id = session.scalar(select(ForeignSale.batch_id).where(ForeignSale.id == pair.one.sale_id))
            jobs.enqueue(session, JOB, {"batch_id": str(batch_id)}, key=f"{JOB}:{batch_id}")


def _current_ids(session: Session, sides: tuple[Side, Side]) -> list[uuid.UUID]:
    """A side that came back to the books is another revision now."""
    return [
        sale_id
        for side in sides
        if side.channel_id is not None
        for sale_id in session.scalars(
            select(ForeignSale.id).where(
                ForeignSale.channel_id == side.channel_id,
                ForeignSale.order_ref == side.order_ref,
                ForeignSale.line_ref == side.line_ref,
                ForeignSale.state != "superseded",
            )
        )
    ]


def _tell(session: Session, case: DuplicateCase, fallen: list[ForeignSale]) -> None:
    """The operator whose report no longer counts hears of it."""
    operator_id = case.first_operator_id if case.loser == case.first else case.second_operator_id
    if fallen and operator_id is not None:
        notify(
            session,
            "sale_duplicate",
            "duplicate_case",
            case.number,
            organisation_id=operator_id,
            detail={"case": case.number},
        )
