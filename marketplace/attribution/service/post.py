"""Counted lines become entries, in the transaction that makes them count.

A replayed event adds nothing, even when agreements or certificates have changed since; of replays at once the unique key over
(source, event, line, kind, version, class) lets one through.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
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
from marketplace.core.clock import day_of, period_of, period_of_day, utcnow
from marketplace.core.copy_rows import CopyRows
from marketplace.core.divisions import pad12
from marketplace.core.ids import many_uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.core.pairing_ends import keep_ends
from marketplace.orders.facts import CountedLine, Frozen, LinesCounted

# What an entry takes over of a line as it was frozen; of its areas and schemes it has other forms.
_FROZEN: Final = tuple(
    one.name for one in fields(Frozen) if not one.name.endswith("_area") and one.name != "schemes"
)
_FROZEN_OF: Final = attrgetter(*_FROZEN)
#: What each entry says for itself; the rest most of a batch share with some others.
_OWN: Final = (
    "id",
    "event_id",
    "line_id",
    "order_id",
    "sale_fen",
    "quantity_milli",
    "weight_g",
    "benefit_fen",
    "sold_at",
    "counted_at",
    "sold_period",
)

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
_COPY: Final = CopyRows(Entry, _OWN)
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
    ids, shared = many_uuid7(), _Shared(fact.source, now)
    rows: list[tuple[Any, ...]] = []
    for day, line, booking in new:
        amounts = Amounts(line.sale_fen, line.quantity_milli, line.weight_g)
        parts = split_line(amounts, linkages.get((line.product_id, day), ()))
        rows += [
            (
                next(ids), fact.event_of(line.line_id), line.line_id, line.order_id,
                part.sale_fen, part.quantity_milli, part.weight_g, part.benefit_fen,
                line.sold_at, line.counted_at, period_of_day(day), shared.of(line, booking, part),
            )
            for part in parts
        ]  # fmt: skip
    if fact.source == "intake":
        # Its batches hold their channel's lock, so nobody can be entering the same; were it so, the key would refuse it.
        for first in range(0, len(rows), _AT_ONCE):
            _COPY.write(session, rows[first : first + _AT_ONCE])
    else:
        write(session, [{**common, **dict(zip(_OWN, own, strict=True))} for *own, common in rows])


def _still_certified(session: Session, lines: Sequence[CountedLine]) -> list[CountedLine]:
    """The lines, those whose certificate was revoked since back to before their sale as what they are without it.

    Certificates are held FOR SHARE: a revocation comes after us and restates what we write, or before us and we see it.
    """
    ids = {line.frozen.certificate_id for line in lines if line.frozen.certificate_id is not None}
    if not ids:
        return list(lines)
    rows = session.execute(_CERTIFICATES, {"ids": ids})
    void = {row.id: row.void_from for row in rows if row.revoked_at is not None}
    if not void:
        return list(lines)
    return [
        _uncertified(line)
        if line.frozen.certificate_id in void and void[line.frozen.certificate_id] <= line.sold_at
        else line
        for line in lines
    ]


def _uncertified(line: CountedLine) -> CountedLine:
    plain = without_certificate(line.frozen.origin_area, line.sold_at)
    return replace(line, frozen=replace(line.frozen, **plain))


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


class _Shared:
    """What entries of one fact have in common, in one mapping for all that have the same."""

    def __init__(self, source: str, now: datetime) -> None:
        self._of_fact = {
            "source": source,
            "kind": "sale",
            "reverses_id": None,
            "reason": None,
            "written_at": now,
        }
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def of(self, line: CountedLine, booking: Booking, part: Part) -> Mapping[str, Any]:
        """The columns of an entry but `_OWN`. Objects are told apart by their ids: the fact and its bookings keep them alive."""
        decides = (
            id(line.frozen), id(line.product_id), booking.period, booking.adjusts_period, part.version_no, part.linked_bp
        )  # fmt: skip
        found = self._known.get(decides)
        if found is None:
            found = self._known[decides] = {
                **self._of_fact,
                **_as_entered(line.frozen),
                "product_id": line.product_id,
                "version_no": part.version_no,
                "agreement_no": part.linkage.agreement_no if part.linkage else None,
                "linkage_mode": part.linkage.mode if part.linkage else None,
                "linked_bp": part.linked_bp,
                "period": booking.period,
                "adjusts_period": booking.adjusts_period,
            }
        return found


def _as_entered(frozen: Frozen) -> dict[str, Any]:
    return {
        **dict(zip(_FROZEN, _FROZEN_OF(frozen), strict=True)),
        "schemes": list(frozen.schemes),
        "origin_area": pad12(frozen.origin_area),
        "channel_area": pad12(frozen.channel_area),
        "buyer_area": pad12(frozen.buyer_area),
        "helper_area": pad12(frozen.helper_area) if frozen.helper_area else None,
    }
