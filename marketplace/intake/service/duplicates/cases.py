"""A pair becomes a case, with what is frozen in it: the rule, its reason, which side stands and why."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.ids import readable_number, uuid7
from marketplace.intake.models import DuplicateCase
from marketplace.intake.rules.duplicates import Side
from marketplace.intake.rules.duplicates.precedence import survivor_of, words
from marketplace.intake.rules.sources import SOURCES
from marketplace.intake.service.duplicates.look import Pair
from marketplace.intake.service.duplicates.sides import operators_of

#: Why people, or the service, look at a pair.
CAUSES: Final = {
    "found": "规则发现",
    "survivor_gone": "保留的一方已全部退款或取消,请重新认定",
    "corrected": "一方更正后已不再吻合,请重新认定",
}

_TABLE: Final = table_of(DuplicateCase)
_WRITE: Final = (
    insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["first", "second", "round"])
    .returning(_TABLE.c.first, _TABLE.c.second)
)


def open_cases(session: Session, pairs: Sequence[Pair]) -> list[Pair]:
    """Write the first round of each pair; those that somebody else wrote meanwhile are left out of the answer."""
    if not pairs:
        return []
    operators = operators_of(
        session, {s.channel_id for pair in pairs for s in (pair.one, pair.other)} - {None}
    )
    rows = [_row(pair, operators) for pair in pairs]
    session.flush()
    written = {(first, second) for first, second in session.connection().execute(_WRITE, rows)}
    return [pair for pair in pairs if pair.nodes in written]


def open_again(session: Session, case: DuplicateCase, cause: str) -> bool:
    """Another round for the pair of a case; False when there is one already."""
    kept = {column.name: getattr(case, column.name) for column in DuplicateCase.__table__.columns}
    row = kept | {
        "id": uuid7(),
        "number": readable_number("U"),
        "round": case.round + 1,
        "cause": cause,
        "sureness": "likely",
        "state": "open",
        "decisions": 0,
        "found_at": utcnow(),
        "decided_at": None,
    }
    return session.connection().execute(_WRITE, [row]).first() is not None


def _row(pair: Pair, operators: dict[uuid.UUID, uuid.UUID | None]) -> dict[str, Any]:
    first, second = sorted((pair.one, pair.other), key=lambda side: side.node)
    ranks = {side.node: SOURCES[side.reporter].rank for side in (first, second)}
    stays = survivor_of(ranks)
    return {
        "id": uuid7(),
        "number": readable_number("U"),
        "first": first.node,
        "second": second.node,
        "round": 1,
        "rule": pair.rule.code,
        "sureness": pair.finding.sureness,
        "cause": "found",
        "loser": second.node if stays == first.node else first.node,
        "first_key": key_of(first),
        "second_key": key_of(second),
        "first_area": first.channel_area,
        "second_area": second.channel_area,
        "first_operator_id": operators.get(first.channel_id) if first.channel_id else None,
        "second_operator_id": operators.get(second.channel_id) if second.channel_id else None,
        "why": {
            "equal": list(pair.finding.equal),
            "zh": pair.finding.zh,
            "en": pair.finding.en,
            "precedence": words(first, second),
        },
        "found_at": utcnow(),
        "state": "open",
        "decisions": 0,
        "decided_at": None,
    }


def key_of(side: Side) -> dict[str, Any]:
    """By which a side is found again, and how far it is believed."""
    return {
        "reporter": side.reporter,
        "rank": SOURCES[side.reporter].rank,
        "channel_id": None if side.channel_id is None else str(side.channel_id),
        "order_ref": side.order_ref,
        "line_ref": side.line_ref,
    }
