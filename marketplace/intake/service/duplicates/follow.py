"""After a batch: its sales are looked at again with what others wrote meanwhile, and what is certain is decided by precedence."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Channel
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.intake.models import DuplicateCase, DuplicateDecision, ForeignSale
from marketplace.intake.rules.duplicates import Side, still_matches
from marketplace.intake.service.duplicates.cases import open_again, open_cases
from marketplace.intake.service.duplicates.clusters import locked_clusters
from marketplace.intake.service.duplicates.look import look
from marketplace.intake.service.duplicates.pair import both_sides, described
from marketplace.intake.service.duplicates.settle import settle
from marketplace.intake.service.duplicates.sides import COMPARED, sides_of


def follow(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job of a batch with sales that can be found again; done twice it is done once."""
    sales = session.scalars(
        select(ForeignSale)
        .where(ForeignSale.batch_id == uuid.UUID(payload["batch_id"]), ForeignSale.state != "superseded")
        .where(ForeignSale.role.in_(COMPARED))
        .order_by(ForeignSale.id)
    ).all()
    sides = sides_of(session, sales)
    open_cases(session, look(session, sides))
    nodes = {side.node for side in sides}
    revised = {uuid.UUID(one) for one in payload.get("revised", ())}
    mended = {side.node for side in sides if side.sale_id in revised}
    decided = decide_certain(session, nodes, mended)
    return {"decided": decided}


def decide_certain(session: Session, nodes: Collection[uuid.UUID], mended: Collection[uuid.UUID] = ()) -> int:
    """Decide what is certain among the cases of these nodes, look again at what `mended` ones were matched with; how many."""
    nodes = {node for cluster in locked_clusters(session, nodes) for node in cluster.keys}
    cases = session.scalars(
        select(DuplicateCase)
        .where(or_(DuplicateCase.first.in_(nodes), DuplicateCase.second.in_(nodes)))
        .order_by(DuplicateCase.first, DuplicateCase.second, DuplicateCase.round)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    both = both_sides(session, cases)
    touched: set[uuid.UUID] = set(mended)
    decided = []
    for case in cases:
        if case.state == "open" and case.sureness == "certain":
            touched |= {case.first, case.second}
            if _decide(session, case, both[case.id]):
                decided.append(case)
    for case in {(case.first, case.second): case for case in cases}.values():  # the newest round of each pair
        is_mended = {case.first, case.second} & set(mended)
        if is_mended and case.state in {"confirmed", "decided"} and still_matches(*both[case.id]) is None:
            open_again(session, case, "corrected")
    session.flush()
    if touched:
        settle(session, touched)
    _tell(session, decided)
    return len(decided)


def _decide(session: Session, case: DuplicateCase, sides: tuple[Side, Side]) -> bool:
    """By precedence, if the two are still certainly one; a side corrected meanwhile is left to people."""
    matched = still_matches(*sides)
    if matched is None or matched[1].sureness != "certain":
        return False
    case.state, case.decided_at, case.decisions = "decided", utcnow(), case.decisions + 1
    session.add(
        DuplicateDecision(
            id=uuid7(),
            case_id=case.id,
            decision_no=case.decisions,
            outcome="decided",
            opinion=None,
            seen={"first": described(sides[0]), "second": described(sides[1])},
            decided_at=case.decided_at,
        )
    )
    return True


def _tell(session: Session, decided: Sequence[DuplicateCase]) -> None:
    """One notice to the operator of each point of sale, however many of its sales stand elsewhere."""
    losers = Counter(
        uuid.UUID((case.first_key if case.loser == case.first else case.second_key)["channel_id"])
        for case in decided
    )
    for channel in session.scalars(select(Channel).where(Channel.id.in_(losers)).order_by(Channel.code)):
        if channel.operator_id is not None:
            notify(
                session,
                "sales_duplicate",
                "channel",
                channel.code,
                organisation_id=channel.operator_id,
                detail={"count": losers[channel.id]},
            )
