"""Raw material bought of households: no sale of anybody, but what an order contract (订单收购) owes for it accrues by the month.

The lines are kept with every change; the close asks what they come to by the terms in force on each line's day and writes the
difference to what is booked, as for wages and rents (`accrue`). Source: docs/rules.md, "Roles of a reported row".
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.attribution.models import InputLine, Period
from marketplace.attribution.periods import book_into
from marketplace.attribution.rules import Amounts, Linkage, benefit_of
from marketplace.beneficiaries.models import Agreement
from marketplace.beneficiaries.service import versions_active_for
from marketplace.core.clock import day_of, period_of, utcnow
from marketplace.core.db import table_of
from marketplace.core.ids import uuid7
from marketplace.intake.facts import InputsChanged

#: The linkage that pays for raw material; others take their part of what is made of it.
MODE: Final = "contract_purchase"
# Clocks of two machines may differ; a month that is asked once too often has no difference to write.
_MARGIN: Final = timedelta(days=1)
_WRITE: Final = insert(table_of(InputLine)).on_conflict_do_nothing(index_elements=["line_id", "event_id"])


@dataclass(frozen=True, slots=True)
class InputDue:
    """What raw material of a month owes to one agreement version."""

    version_no: int
    agreement_no: int
    mode: str
    producer_id: uuid.UUID
    area_code: str
    benefit_fen: int
    weight_g: int


def note_inputs(session: Session, fact: InputsChanged) -> None:
    """Keep what changed (subscriber of InputsChanged); a month that closes waits for us, or has closed. Replays add nothing."""
    for month in sorted({period_of(line.sold_at) for line in fact.lines}):
        book_into(session, month)
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "line_id": line.line_id,
            "event_id": fact.event_id,
            "product_id": line.product_id,
            "sold_at": line.sold_at,
            "sold_period": period_of(line.sold_at),
            "sale_fen": line.sale_fen,
            "quantity_milli": line.quantity_milli,
            "weight_g": line.weight_g,
            "written_at": now,
        }
        for line in fact.lines
    ]
    if rows:
        session.connection().execute(_WRITE, rows)


def months_bought_anew(session: Session, before: str) -> list[str]:
    """Closed months before this one of which raw material was reported since their close."""
    return list(
        session.scalars(
            select(InputLine.sold_period)
            .join(Period, Period.period == InputLine.sold_period)
            .where(Period.state == "closed", InputLine.written_at >= Period.closed_at - _MARGIN)
            .where(InputLine.sold_period < before)
            .distinct()
            .order_by(InputLine.sold_period)
        )
    )


def input_dues(session: Session, earned: str) -> list[InputDue]:
    """What the month's raw material owes, in order of version; versions whose material all went back with 0."""
    owed: dict[int, int] = defaultdict(int)
    grams: dict[int, int] = defaultdict(int)
    versions = {}
    for at, lines in _by_day(session, earned):
        active = versions_active_for(session, {product_id for product_id, _ in lines}, at)
        for version in active:
            if version.mode != MODE:
                continue
            versions[version.version_no] = version
            link = Linkage(
                version.version_no, version.agreement_no, version.mode, version.terms, version.linked_bp
            )
            for product_id, amounts in lines:
                if product_id == version.product_id:
                    owed[version.version_no] += benefit_of(amounts, link)
                    grams[version.version_no] += amounts.weight_g or 0
    places = _places(session, {version.agreement_no for version in versions.values()})
    return [
        InputDue(no, versions[no].agreement_no, MODE, *places[versions[no].agreement_no], owed[no], grams[no])
        for no in sorted(versions)
    ]


def _by_day(session: Session, earned: str) -> Iterable[tuple[datetime, list[tuple[uuid.UUID, Amounts]]]]:
    """The month's lines as they stand, by the Shanghai day on which they were sold."""
    rows = session.execute(
        select(
            InputLine.product_id,
            InputLine.sold_at,
            func.sum(InputLine.sale_fen),
            func.sum(InputLine.quantity_milli),
            func.sum(InputLine.weight_g),
        )
        .where(InputLine.sold_period == earned)
        .group_by(InputLine.line_id, InputLine.product_id, InputLine.sold_at)
        .order_by(InputLine.sold_at, InputLine.line_id)
    )
    days: dict[date, list[tuple[uuid.UUID, Amounts]]] = defaultdict(list)
    first: dict[date, datetime] = {}
    for product_id, sold_at, sale_fen, quantity, weight in rows:
        first.setdefault(day_of(sold_at), sold_at)
        days[day_of(sold_at)].append((product_id, Amounts(int(sale_fen), int(quantity), int(weight))))
    return [(first[day], days[day]) for day in sorted(days)]


def _places(session: Session, agreement_nos: set[int]) -> dict[int, tuple[uuid.UUID, str]]:
    rows = session.execute(
        select(Agreement.agreement_no, Agreement.producer_id, Agreement.area_code).where(
            Agreement.agreement_no.in_(agreement_nos)
        )
    )
    return {number: (producer_id, area_code) for number, producer_id, area_code in rows}
