"""The register of signed, intended and pledged amounts: entered, fulfilled by naming sales, ended; never in the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.divisions import get
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.models import StoredFile
from marketplace.core.scope import visible
from marketplace.intake.models import ForeignSale, Pledge, PledgeSale
from marketplace.intake.rules.pledges import STATES
from marketplace.orders.models import OrderLine, SalesOrder

PERMISSION = "intake.pledges"
_REFUSALS = {"pk_pledge_sale": AlreadyExists("sale_named", "该笔销售已对应其他签约")}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPledge:
    """What is registered. Areas: where the goods come from, and where the buyer belongs."""

    kind: str
    event: str
    buyer_name: str
    buyer_area: str
    seller_name: str
    origin_area: str
    amount_fen: int
    signed_on: date
    buyer_uscc: str | None = None
    seller_uscc: str | None = None
    goods: str | None = None
    valid_until: date | None = None
    evidence_id: uuid.UUID | None = None


def register(session: Session, actor: Actor, new: NewPledge) -> Pledge:
    """Enter it. Asks `intake.pledges` over the place of origin or the buyer's.

    Invalid (``signed_later``, ``pledge_validity``, ``pledge_evidence``), Forbidden.
    """
    values = asdict(new) | {"origin_area": get(new.origin_area).code, "buyer_area": get(new.buyer_area).code}
    _require(actor, values["origin_area"], values["buyer_area"])
    if new.signed_on > day_of(utcnow()):
        raise Invalid("signed_later", "签订日期不能晚于今天", pointer="/signed_on")
    if new.valid_until is not None and new.valid_until < new.signed_on:
        raise Invalid("pledge_validity", "有效期不能早于签订日期", pointer="/valid_until")
    if new.evidence_id is not None:
        evidence = session.get(StoredFile, new.evidence_id)
        if evidence is None or evidence.uploaded_by != actor.audit_id:
            raise Invalid("pledge_evidence", "没有这个佐证文件", pointer="/evidence_id")
    pledge = Pledge(
        id=uuid7(),
        number=readable_number("Q"),
        **values,
        state="standing",
        registered_by=actor.audit_id,
        registered_at=utcnow(),
    )
    session.add(pledge)
    session.flush()
    _record(session, actor, pledge, "registered", {"amount_fen": pledge.amount_fen, "kind": pledge.kind})
    return pledge


def name_sales(
    session: Session,
    actor: Actor,
    number: str,
    *,
    order_number: str | None,
    channel: str | None,
    order_ref: str | None,
) -> Pledge:
    """Say that an order of ours, or a sale reported by a channel, came of it.

    Conflict (``not_counted``) while none of its lines counts, AlreadyExists (``sale_named``), NotFound, IllegalTransition for an
    ended one.
    """
    pledge = find(session, actor, number, lock=True)
    if pledge.state != "standing":
        raise Conflict("pledge_ended", "该签约已失效或撤销")
    if order_number is not None:
        source, lines = "order", _order_lines(session, order_number)
    else:
        source, lines = "intake", _foreign_lines(session, channel or "", order_ref or "")
    if not lines:
        raise Conflict("not_counted", "没有这笔销售,或尚未计入统计")
    with refusing(_REFUSALS):
        session.add_all(
            PledgeSale(
                line_id=line, pledge_id=pledge.id, source=source, named_by=actor.audit_id, named_at=utcnow()
            )
            for line in lines
        )
        session.flush()
    _record(session, actor, pledge, "sales_named", {"source": source, "lines": len(lines)})
    return pledge


def end(session: Session, actor: Actor, number: str, state: str, opinion: str) -> Pledge:
    """It lapsed, or was entered in error; with the reason. What sales came of it stays. IllegalTransition a second time."""
    pledge = find(session, actor, number, lock=True)
    STATES.require(pledge.state, state)
    pledge.state, pledge.opinion = state, opinion
    pledge.ended_at, pledge.ended_by = utcnow(), actor.audit_id
    session.flush()
    _record(session, actor, pledge, state, {"opinion": opinion})
    return pledge


def pledges_seen(actor: Actor) -> Select[Any]:
    """Those of the areas that the actor keeps the register of, as origin or as buyer; unsorted, for a paged list."""
    return select(Pledge).where(
        or_(
            visible(actor, PERMISSION, area=Pledge.origin_area),
            visible(actor, PERMISSION, area=Pledge.buyer_area),
        )
    )


def find(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Pledge:
    """One by its number. NotFound when there is none or the actor may not see it."""
    statement = pledges_seen(actor).where(Pledge.number == number)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: Pledge | None = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound("pledge_not_found", "没有这项签约")
    return found


def fulfilled(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Net fen of the counted sales that came of each, as the sales now stand; none where nothing came."""
    worth = worth_of_sales()
    rows = session.execute(
        select(PledgeSale.pledge_id, func.sum(worth.c.fen))
        .join(worth, worth.c.line_id == PledgeSale.line_id)
        .where(PledgeSale.pledge_id.in_(list(ids)))
        .group_by(PledgeSale.pledge_id)
    )
    return {pledge_id: int(fen) for pledge_id, fen in rows}


def worth_of_sales() -> Any:
    """(line_id, fen) of every line that a pledge names: what of it counts, less what went back."""
    foreign = select(
        ForeignSale.id.label("line_id"),
        case(
            (ForeignSale.state == "counted", ForeignSale.sale_fen - ForeignSale.refunded_fen), else_=0
        ).label("fen"),
    ).join(PledgeSale, and_(PledgeSale.line_id == ForeignSale.id, PledgeSale.source == "intake"))
    own = select(
        OrderLine.id.label("line_id"),
        case(
            (OrderLine.counted_at.is_not(None), OrderLine.amount_fen - OrderLine.refunded_fen), else_=0
        ).label("fen"),
    ).join(PledgeSale, and_(PledgeSale.line_id == OrderLine.id, PledgeSale.source == "order"))
    return union_all(foreign, own).subquery("worth")


def _order_lines(session: Session, number: str) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(OrderLine.id)
            .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
            .where(SalesOrder.number == number, OrderLine.counted_at.is_not(None))
            .order_by(OrderLine.id)
        )
    )


def _foreign_lines(session: Session, channel: str, order_ref: str) -> list[uuid.UUID]:
    return list(
        session.scalars(
            select(ForeignSale.id)
            .join(Channel, Channel.id == ForeignSale.channel_id)
            .where(
                Channel.code == channel, ForeignSale.order_ref == order_ref, ForeignSale.state == "counted"
            )
            .order_by(ForeignSale.id)
        )
    )


def _require(actor: Actor, *areas: str) -> None:
    if not any(actor.may_on(PERMISSION, area=area) for area in areas):
        actor.require(PERMISSION, area=areas[0])


def _record(session: Session, actor: Actor, pledge: Pledge, what: str, detail: dict[str, Any]) -> None:
    audit.record(
        session,
        actor,
        f"intake.pledge.{what}",
        "pledge",
        pledge.number,
        area_code=pledge.origin_area,
        detail=detail,
    )
