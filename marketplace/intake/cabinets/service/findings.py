"""Findings as cases: made when a fold first sees them, their figures kept in step while open, explained when it no longer
does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.intake.cabinets.models import Cabinet, CabinetFinding, CabinetStock
from marketplace.intake.cabinets.rules.shelf import Lot, Seen

KINDS: Final = {
    "oversold": "售出多于在柜数量",
    "expired_sold": "过期批次仍有销售",
    "over_promised": "已接订单多于可确认数量",
}
_FOLDED: Final = ("oversold", "expired_sold")


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong: thousandths that were there, and that were sold (or promised)."""

    kind: str
    key: str
    since: datetime
    there_milli: int
    sold_milli: int
    lot: Lot | None = None


def keep_findings(
    session: Session, cabinet: Cabinet, stock: CabinetStock, seen: Seen, *, is_whole: bool
) -> None:
    """Keep the cases of these goods as the fold sees them. `is_whole`: it has seen all movements, so what it misses is
    explained.
    """
    found = [
        Found("oversold", gap.since.isoformat(), gap.since, gap.there, gap.sold) for gap in seen.gaps.values()
    ]
    found += [
        Found("expired_sold", f"{lot.slot}/{lot.lot_no}/{lot.expires_on}", one.since, 0, one.milli, lot)
        for lot, one in seen.stale.items()
    ]
    if found or is_whole:
        keep(session, cabinet, stock, found, _FOLDED if is_whole else ())


def keep(
    session: Session,
    cabinet: Cabinet,
    stock: CabinetStock,
    found: list[Found],
    whole_kinds: tuple[str, ...],
) -> None:
    """Make or renew the cases that were found; of `whole_kinds`, open ones that were not found are explained."""
    known = {
        (one.kind, one.key): one
        for one in session.scalars(
            select(CabinetFinding).where(
                CabinetFinding.device_id == cabinet.device_id,
                CabinetFinding.goods_key == stock.goods_key,
            )
        )
    }
    now = utcnow()
    for one in found:
        case = known.pop((one.kind, one.key), None)
        if case is None:
            session.add(_case(cabinet, stock, one, now))
            continue
        if (case.there_milli, case.sold_milli) != (
            one.there_milli,
            one.sold_milli,
        ) or case.state == "explained":
            # Other figures than a person closed are another matter.
            case.since = min(case.since, one.since) if case.state == "open" else one.since
            case.state, case.settled_at, case.settled_by, case.opinion = "open", None, None, None
            case.there_milli, case.sold_milli = one.there_milli, one.sold_milli
    for (kind, _), case in known.items():
        if kind in whole_kinds and case.state == "open":
            case.state, case.settled_at = "explained", now


def close(session: Session, actor: Actor, number: str, opinion: str) -> CabinetFinding:
    """A person says what it was. NotFound; Conflict (``finding_settled``) for one that is not open."""
    row = session.execute(
        select(CabinetFinding, Channel)
        .join(Channel, Channel.id == CabinetFinding.channel_id)
        .where(CabinetFinding.number == number)
        .with_for_update(of=CabinetFinding)
    ).one_or_none()
    if row is None:
        raise NotFound("finding_not_found", "没有这条线索")
    case, channel = row.CabinetFinding, row.Channel
    actor.require_visible("intake.submit", area=channel.area_code, owners=(channel.operator_id,))
    if case.state != "open":
        raise Conflict("finding_settled", "该线索已处理", state=case.state)
    case.state, case.settled_at, case.settled_by, case.opinion = "closed", utcnow(), actor.audit_id, opinion
    session.flush()
    audit.record(
        session,
        actor,
        "intake.cabinet_finding.closed",
        "cabinet_finding",
        case.number,
        area_code=channel.area_code,
        detail={"kind": case.kind},
    )
    found: CabinetFinding = case
    return found


def _case(cabinet: Cabinet, stock: CabinetStock, one: Found, now: datetime) -> CabinetFinding:
    lot: dict[str, Any] = {}
    if one.lot is not None:
        lot = {"slot_code": one.lot.slot, "lot_no": one.lot.lot_no, "expires_on": one.lot.expires_on}
    return CabinetFinding(
        id=uuid7(),
        number=readable_number("X"),
        device_id=cabinet.device_id,
        channel_id=cabinet.channel_id,
        goods_key=stock.goods_key,
        goods_name=stock.goods_name,
        kind=one.kind,
        key=one.key,
        since=one.since,
        there_milli=one.there_milli,
        sold_milli=one.sold_milli,
        state="open",
        found_at=now,
        **lot,
    )
