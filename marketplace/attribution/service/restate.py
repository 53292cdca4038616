"""What turned out never to have been aid leaves its class by new entries; nothing is edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.attribution.periods import book_into
from marketplace.attribution.service.post import without_certificate, write
from marketplace.attribution.service.standing import Standing, mirror, standings_of, taken_back
from marketplace.certification.facts import CertificateRevoked
from marketplace.core.clock import period_of


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
        for standing in standings_of(session, source, line_ids, fact.certificate_id).values():
            if standing is not None:
                rows += _reclassified(standing, fact, booking.period)
        write(session, rows)


def _reclassified(standing: Standing, fact: CertificateRevoked, period: str) -> list[dict[str, Any]]:
    rows = []
    for version_no, base in standing.base.items():
        if base.certificate_id != fact.certificate_id:
            return []
        net = standing.net[version_no]
        common: dict[str, Any] = {
            "kind": "correction",
            "event_id": fact.certificate_id,
            "at": fact.revoked_at,
            "period": period,
            "reason": fact.cause,
        }
        rows.append(mirror(base, taken_back(base, net), **common))
        again = mirror(base, net, **common)
        plain = without_certificate(base.origin_area, base.sold_at)
        rows.append(again | plain | {"reverses_id": None, "schemes": []})
    return rows
