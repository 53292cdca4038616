"""Counted lines become entries, in the transaction that makes them count.

A replayed event adds nothing, even when agreements or certificates have changed since; of replays at once the unique key over
(source, event, line, kind, version, class) lets one through.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import Any, Final

from sqlalchemy import any_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.attribution.periods import Booking, book_into
from marketplace.attribution.rules import Amounts, Linkage, Part, split_line
from marketplace.beneficiaries.service import versions_active_on
from marketplace.catalogue.rules.areas import is_assisted
from marketplace.certification.models import Certificate
from marketplace.core.arrays import many_uuids
from marketplace.core.clock import day_of, period_of, utcnow
from marketplace.core.copy_rows import CopyRows
from marketplace.core.divisions import pad12
from marketplace.core.ids import many_uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.core.pairing_ends import keep_ends
from marketplace.orders.facts import CountedLine, LinesCounted

# Dimensions that an entry takes over from the counted line under the same name.
_SAME: tuple[str, ...] = (
    "line_id",
    "goods_class",
    "goods_class_reason",
    "certificate_id",
    "scheme",
    "product_id",
    "product_name",
    "category_code",
    "producer_id",
    "producer_name",
    "producer_kind",
    "channel_id",
    "channel_kind",
    "levy_bp",
    "order_id",
    "buyer_id",
    "buyer_path",
    "buyer_kind",
    "buyer_sector",
    "budget_unit_id",
    "reserve_year",
    "fund_source",
    "participation_mode",
    "purchase_kind",
    "broker_id",
    "sold_at",
    "counted_at",
    "is_demo",
)

_SAME_OF: Final = attrgetter(*_SAME)

# Built once: every sale that counts asks these.
_IDS: Final = any_(many_uuids("ids"))
_CERTIFICATES: Final = (
    select(Certificate.id, Certificate.revoked_at, Certificate.void_from)
    .where(Certificate.id == _IDS)
    .order_by(Certificate.id)
    .with_for_update(read=True)
)
_BOOKED: Final = sql("""
    SELECT DISTINCT event_id, line_id FROM attribution.entry
    WHERE source = :of AND event_id = ANY(:events) AND kind = 'sale'
""").bindparams(many_uuids("events"))
_ROWS: Final = JsonRows(Entry)
_COPY: Final = CopyRows(Entry)
_OF_ROW: Final = itemgetter(*_COPY.names)
_WRITE: Final = sql(f"{_ROWS.insert('rows')} ON CONFLICT ON CONSTRAINT uq_entry_event DO NOTHING")
#: Entries of one statement; more would be one long text in memory.
_AT_ONCE: Final = 2_000


def post_counted(session: Session, fact: LinesCounted) -> None:
    """Write the entries of newly counted lines (subscriber of LinesCounted).

    Agreement versions are those in force at each line's `sold_at`; the month is that of `counted_at`, or the earliest open one.
    """
    now = utcnow()
    keep_ends(session)
    # In this order, as everybody who takes more than one: certificates, months, lines.
    lines = _still_certified(session, fact.lines)
    # The months' locks: an agreement that is approved meanwhile waits for us, or we see it (`closed_books`).
    months = [period_of(line.counted_at) for line in lines]
    bookings = {own: book_into(session, own) for own in sorted(set(months))}
    booked = _booked(session, fact)
    new = sorted(
        (
            (day_of(line.sold_at), line, bookings[own])
            for line, own in zip(lines, months, strict=True)
            if line.line_id not in booked
        ),
        key=itemgetter(0),
    )
    linkages = _linkages(session, {(line.product_id, day) for day, line, _ in new})
    ids = many_uuid7()
    rows: list[dict[str, Any]] = []
    for day, line, booking in new:
        amounts = Amounts(line.sale_fen, line.quantity_milli, line.weight_g)
        whole = _dimensions(fact, line, booking, now)
        parts = split_line(amounts, linkages.get((line.product_id, day), ()))
        rows += [{**whole, "id": next(ids), **part_values(part)} for part in parts]
    if fact.source == "intake":
        # Its batches hold their channel's lock, so nobody can be entering the same; were it so, the key would refuse it.
        for first in range(0, len(rows), _AT_ONCE):
            _COPY.write(session, map(_OF_ROW, rows[first : first + _AT_ONCE]))
    else:
        write(session, rows)


def _still_certified(session: Session, lines: Sequence[CountedLine]) -> list[CountedLine]:
    """The lines, those whose certificate was revoked since back to before their sale as what they are without it.

    Certificates are held FOR SHARE: a revocation comes after us and restates what we write, or before us and we see it.
    """
    ids = {line.certificate_id for line in lines if line.certificate_id is not None}
    if not ids:
        return list(lines)
    rows = session.execute(_CERTIFICATES, {"ids": ids})
    void = {row.id: row.void_from for row in rows if row.revoked_at is not None}
    return [
        replace(line, **without_certificate(line.origin_area, line.sold_at))
        if line.certificate_id in void and void[line.certificate_id] <= line.sold_at
        else line
        for line in lines
    ]


def without_certificate(origin_area: str, sold_at: datetime) -> dict[str, Any]:
    """Class and reason of goods whose certificate turned out void. Source: docs/rules.md, "Revocation with retroaction"."""
    return {
        "goods_class": "area_produce" if is_assisted(origin_area, day_of(sold_at)) else "ordinary",
        "goods_class_reason": "certificate_revoked",
        "certificate_id": None,
        "scheme": None,
        "schemes": (),
    }


def _booked(session: Session, fact: LinesCounted) -> set[uuid.UUID]:
    """Lines that their event, replayed, has entered before. The months' locks held, no change of versions lies between."""
    told = {"events": {fact.event_id, *fact.events.values()}, "of": fact.source}
    rows = session.connection().execute(_BOOKED, told)
    return {line_id for event_id, line_id in rows if fact.event_of(line_id) == event_id}


def write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert entries; those of an event that was posted before are left out."""
    for first in range(0, len(rows), _AT_ONCE):
        session.connection().execute(_WRITE, {"rows": _ROWS.dump(rows[first : first + _AT_ONCE])})


def _linkages(
    session: Session, wanted: set[tuple[uuid.UUID, date]]
) -> dict[tuple[uuid.UUID, date], list[Linkage]]:
    """What stands behind each product on each Shanghai day of a sale: lines of one day have the same agreements."""
    return {
        key: [Linkage(v.version_no, v.agreement_no, v.mode, v.terms, v.linked_bp) for v in versions]
        for key, versions in versions_active_on(session, wanted).items()
    }


def _dimensions(fact: LinesCounted, line: CountedLine, booking: Booking, now: datetime) -> dict[str, Any]:
    """What all entries of a line have in common."""
    return {
        **dict(zip(_SAME, _SAME_OF(line), strict=True)),
        "source": fact.source,
        "event_id": fact.event_of(line.line_id),
        "kind": "sale",
        "reverses_id": None,
        "reason": None,
        "schemes": list(line.schemes),
        "origin_area": pad12(line.origin_area),
        "channel_area": pad12(line.channel_area),
        "buyer_area": pad12(line.buyer_area),
        "helper_area": pad12(line.helper_area) if line.helper_area else None,
        "sold_period": period_of(line.sold_at),
        "period": booking.period,
        "adjusts_period": booking.adjusts_period,
        "written_at": now,
    }


def part_values(part: Part) -> dict[str, Any]:
    """The linkage columns and amounts of an entry for one part of a line."""
    link = part.linkage
    return {
        "version_no": part.version_no,
        "agreement_no": link.agreement_no if link else None,
        "linkage_mode": link.mode if link else None,
        "linked_bp": part.linked_bp,
        "sale_fen": part.sale_fen,
        "quantity_milli": part.quantity_milli,
        "weight_g": part.weight_g,
        "benefit_fen": part.benefit_fen,
    }
