"""What went back, and what turned out never to have been aid, as new entries; nothing is edited.

A refund is not a share of the old entries: the line as it now stands is split afresh by the same weights and terms, and the
difference to what is in the books is written. So parts of refunds add up, and a full refund leaves every agreement at 0.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.attribution.periods import book_into
from marketplace.attribution.rules import Amounts, Linkage, Part, split_line
from marketplace.attribution.service.post import part_values, without_certificate, write
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.certification.facts import CertificateRevoked
from marketplace.core.clock import period_of, utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.ids import uuid7
from marketplace.orders.facts import LinesReversed, ReversedLine

_COLUMNS = [column.name for column in Entry.__table__.columns if column.name not in {"id", "entry_no"}]


@dataclass(frozen=True)
class _Standing:
    """A line as it stands in the books: its newest entry per agreement version, and the net amounts of each."""

    base: dict[int, Entry]
    net: dict[int, Part]

    @property
    def total(self) -> Amounts:
        parts = list(self.net.values())
        grams = [part.weight_g for part in parts if part.weight_g is not None]
        return Amounts(
            sum(p.sale_fen for p in parts),
            sum(p.quantity_milli for p in parts),
            sum(grams) if grams else None,
        )


def post_reversed(session: Session, fact: LinesReversed) -> None:
    """Write the reversing entries of a refund (subscriber of LinesReversed).

    They stand in the month of `reversed_at` (or the earliest open one) with `adjusts_period` the month they take back from.
    Replays add nothing. ValueError when more goes back than stands in the books: the transaction that says so is wrong.
    """
    backs = _by_line(fact.lines)
    booking = book_into(session, period_of(fact.reversed_at))
    standings = _standings(session, fact.source, list(backs), fact.event_id)
    terms = _terms(session, [standing for standing in standings.values() if standing is not None])
    rows: list[dict[str, Any]] = []
    for line_id, back in backs.items():
        if line_id not in standings:
            raise ValueError("what goes back was never counted")
        standing = standings[line_id]
        if standing is None:  # this refund is in the books already
            continue
        left = standing.total.minus(back)
        if left.sale_fen < 0 or left.quantity_milli < 0:
            raise ValueError("more goes back than was counted")
        rows += _differences(
            standing,
            left,
            terms,
            kind="refund",
            event_id=fact.event_id,
            at=fact.reversed_at,
            period=booking.period,
            reason=fact.reason,
        )
    write(session, rows)


def _by_line(lines: Sequence[ReversedLine]) -> dict[uuid.UUID, Amounts]:
    """What goes back of each line, said in one part or in several."""
    found: dict[uuid.UUID, Amounts] = {}
    for line in lines:
        known = found.get(line.line_id, Amounts(0, 0, None))
        grams = [weight for weight in (known.weight_g, line.weight_g) if weight is not None]
        found[line.line_id] = Amounts(
            known.sale_fen + line.sale_fen,
            known.quantity_milli + line.quantity_milli,
            sum(grams) if grams else None,
        )
    return found


def restate_revoked(session: Session, fact: CertificateRevoked) -> None:
    """Take lines sold under a certificate that is void out of certified_aid (subscriber of CertificateRevoked).

    Only sales at or after `void_from` are restated: reversed as aid and entered again as area_produce or ordinary, both in the
    earliest open month, with the month they adjust. Source: docs/rules.md, "Revocation with retroaction".
    """
    booking = book_into(session, period_of(fact.revoked_at))
    line_ids = session.scalars(
        select(Entry.line_id)
        .where(Entry.certificate_id == fact.certificate_id, Entry.sold_at >= fact.void_from)
        .where(Entry.goods_class == "certified_aid")
        .distinct()
        .order_by(Entry.line_id)
    ).all()
    for source in ("order", "intake"):
        rows: list[dict[str, Any]] = []
        for standing in _standings(session, source, line_ids, fact.certificate_id).values():
            if standing is not None:
                rows += _reclassified(standing, fact, booking.period)
        write(session, rows)


def _standings(
    session: Session, source: str, line_ids: Sequence[uuid.UUID], event_id: uuid.UUID
) -> dict[uuid.UUID, _Standing | None]:
    """Lines as they stand, locked in id order; None for those in which `event_id` is booked already."""
    for line_id in sorted(line_ids):
        lock_exclusive(session, "attribution.line", str(line_id))
    entries = session.scalars(
        select(Entry).where(Entry.source == source, Entry.line_id.in_(line_ids)).order_by(Entry.entry_no)
    ).all()
    by_line: dict[uuid.UUID, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_line[entry.line_id].append(entry)
    return {
        line_id: None if any(entry.event_id == event_id for entry in found) else _standing(found)
        for line_id, found in by_line.items()
    }


def _standing(entries: Sequence[Entry]) -> _Standing:
    """The class a line has now is that of its newest positive entry; earlier classes were reversed to nothing."""
    current = next(e for e in reversed(entries) if e.reverses_id is None).goods_class
    base: dict[int, Entry] = {}
    net: dict[int, Part] = {}
    for entry in entries:
        if entry.goods_class != current:
            continue
        if entry.reverses_id is None:
            base[entry.version_no] = entry
        known = net.get(entry.version_no)
        net[entry.version_no] = Part(
            None,
            entry.linked_bp,
            entry.sale_fen + (known.sale_fen if known else 0),
            entry.quantity_milli + (known.quantity_milli if known else 0),
            None if entry.weight_g is None else entry.weight_g + ((known.weight_g or 0) if known else 0),
            entry.benefit_fen + (known.benefit_fen if known else 0),
        )
    return _Standing(base, net)


def _terms(session: Session, standings: Any) -> dict[int, Mapping[str, Any]]:
    numbers = sorted({no for standing in standings for no in standing.base if no})
    rows = session.execute(
        select(AgreementVersion.version_no, AgreementVersion.terms).where(
            AgreementVersion.version_no.in_(numbers)
        )
    )
    return dict(rows.all())


def _differences(
    standing: _Standing,
    left: Amounts,
    terms: Mapping[int, Mapping[str, Any]],
    *,
    kind: str,
    event_id: uuid.UUID,
    at: datetime,
    period: str,
    reason: str,
) -> list[dict[str, Any]]:
    linkages = [
        Linkage(no, entry.agreement_no or 0, entry.linkage_mode or "", terms[no], entry.linked_bp)
        for no, entry in standing.base.items()
        if no
    ]
    target = {part.version_no: part for part in split_line(left, linkages)}
    rows = []
    for version_no, base in standing.base.items():
        now, then = standing.net[version_no], target.get(version_no)
        change = Part(
            None,
            base.linked_bp,
            (then.sale_fen if then else 0) - now.sale_fen,
            (then.quantity_milli if then else 0) - now.quantity_milli,
            None if now.weight_g is None else ((then.weight_g or 0) if then else 0) - now.weight_g,
            (then.benefit_fen if then else 0) - now.benefit_fen,
        )
        if change.sale_fen or change.quantity_milli or change.benefit_fen or change.weight_g:
            rows.append(
                _mirror(base, change, kind=kind, event_id=event_id, at=at, period=period, reason=reason)
            )
    return rows


def _reclassified(standing: _Standing, fact: CertificateRevoked, period: str) -> list[dict[str, Any]]:
    rows = []
    for version_no, base in standing.base.items():
        if base.certificate_id != fact.certificate_id:
            return []
        net = standing.net[version_no]
        back = Part(
            None,
            base.linked_bp,
            -net.sale_fen,
            -net.quantity_milli,
            None if net.weight_g is None else -net.weight_g,
            -net.benefit_fen,
        )
        common: dict[str, Any] = {
            "kind": "correction",
            "event_id": fact.certificate_id,
            "at": fact.revoked_at,
            "period": period,
            "reason": fact.cause,
        }
        rows.append(_mirror(base, back, **common))
        again = _mirror(base, net, **common)
        plain = without_certificate(base.origin_area, base.sold_at)
        rows.append(again | plain | {"reverses_id": None, "schemes": []})
    return rows


def _mirror(
    base: Entry, change: Part, *, kind: str, event_id: uuid.UUID, at: datetime, period: str, reason: str
) -> dict[str, Any]:
    """A new entry with the dimensions of `base`, the amounts of `change`, booked into `period`."""
    belongs_to = base.adjusts_period or base.period
    values = {name: getattr(base, name) for name in _COLUMNS}
    amounts = part_values(change)
    for name in ("version_no", "agreement_no", "linkage_mode"):
        del amounts[name]
    return (
        values
        | amounts
        | {
            "id": uuid7(),
            "event_id": event_id,
            "kind": kind,
            "reverses_id": base.id,
            "reason": reason,
            "counted_at": at,
            "period": period,
            "adjusts_period": belongs_to if belongs_to != period else None,
            "written_at": utcnow(),
        }
    )
