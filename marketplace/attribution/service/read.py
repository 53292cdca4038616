"""Reading the books: months, entries and statements, for those whose area or organisation they concern."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement, Link, Period
from marketplace.beneficiaries.models import Agreement, Household
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, parse_period, period_days
from marketplace.core.errors import NotFound
from marketplace.core.http import Page, page_of
from marketplace.core.scope import visible
from marketplace.intake.models import ForeignSale
from marketplace.producers.models import Producer

READ = "attribution.read"
# What an order shows of an entry.
LINE_ENTRY: Final = (
    "line_id",
    "entry_no",
    "kind",
    "period",
    "adjusts_period",
    "agreement_no",
    "linkage_mode",
    "linked_bp",
    "sale_fen",
    "quantity_milli",
    "benefit_fen",
    "goods_class",
    "scheme",
)


def channel_sums(session: Session, channel_id: uuid.UUID, period: str) -> tuple[int, int]:
    """Fen that the ledger has of what a point of sale reported: sold in the month, and booked in the month."""
    of_channel = (Entry.channel_id == channel_id, Entry.source == "intake")
    first, after = (day_start(day) for day in period_days(period))
    total = func.coalesce(func.sum(Entry.sale_fen), 0)
    sold = session.scalar(  # by the lines, superseded ones too: the ledger has no index of points of sale
        select(total)
        .join(ForeignSale, ForeignSale.id == Entry.line_id)
        .where(ForeignSale.channel_id == channel_id)
        .where(ForeignSale.sold_at >= first, ForeignSale.sold_at < after)
        .where(*of_channel, Entry.sold_period == period)
    )
    booked = session.scalar(select(total).where(*of_channel, Entry.period == period))
    return int(sold or 0), int(booked or 0)


def entries(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """A page of entries by number: those sold from or bought in the actor's area, by or for its organisation.

    Filters: `period`, `line_id`, `order_id`, `version_no`. Each row is (entry, chain position or None).
    """
    statement = (
        select(Entry, Link.position)
        .join(Producer, Producer.id == Entry.producer_id)
        .outerjoin(Link, Link.entry_no == Entry.entry_no)
        .where(_seen(actor))
    )
    for name in ("period", "line_id", "order_id", "version_no"):
        if args.get(name) is not None:
            statement = statement.where(getattr(Entry, name) == args[name])
    return page_of(
        session,
        statement,
        keys=[Entry.__table__.c.entry_no],
        key_of=lambda row: [row[0].entry_no],
        args=args,
        scalars=False,
    )


def _seen(actor: Actor) -> ColumnElement[bool]:
    owners = (Entry.buyer_id, Producer.organisation_id)
    return or_(
        visible(actor, READ, area=Entry.origin_area, owners=owners),
        visible(actor, READ, area=Entry.buyer_area, owners=owners),
    )


def entries_of_lines(session: Session, line_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The entries of order lines as wire rows, oldest first: amounts per agreement, never households."""
    found = session.scalars(select(Entry).where(Entry.line_id.in_(line_ids)).order_by(Entry.entry_no))
    return [{name: getattr(entry, name) for name in LINE_ENTRY} for entry in found]


def periods(session: Session) -> list[Period]:
    """All closed months, newest first. What is not listed is open."""
    return list(session.scalars(select(Period).order_by(Period.period.desc())))


def period_row(session: Session, period: str) -> Period:
    """A closed month; NotFound while it is open."""
    row = session.get(Period, parse_period(period))
    if row is None:
        raise NotFound("period_open", "该统计期尚未关账")
    return row


def statements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """A page of agreement statements (rows of statement, agreement number, county) in the actor's area or of its producer."""
    statement: Select[*tuple[Any, ...]] = (
        select(AgreementStatement, Agreement.number, Agreement.area_code)
        .join(Agreement, Agreement.agreement_no == AgreementStatement.agreement_no)
        .join(Producer, Producer.id == Agreement.producer_id)
        .where(visible(actor, READ, area=Agreement.area_code, owners=(Producer.organisation_id,)))
    )
    if args.get("period"):
        statement = statement.where(AgreementStatement.period == args["period"])
    if args.get("agreement"):
        statement = statement.where(Agreement.number == args["agreement"])
    keys = AgreementStatement.__table__.c
    return page_of(
        session,
        statement,
        keys=[keys.period, keys.version_no, keys.earned_period],
        key_of=lambda row: [row[0].period, row[0].version_no, row[0].earned_period],
        args=args,
        scalars=False,
    )


def household_rows(session: Session, actor: Actor, agreement_number: str, args: dict[str, Any]) -> Page[Any]:
    """A page of (household_no, village code, fen) of an agreement's statements: household numbers only, no person.

    Needs ``beneficiaries.read`` over the agreement's county; NotFound for others. Filter: `period`.
    """
    agreement = session.scalar(select(Agreement).where(Agreement.number == agreement_number))
    if agreement is None:
        raise NotFound()
    actor.require_visible("beneficiaries.read", area=agreement.area_code)
    numbers = select(AgreementStatement.version_no).where(
        AgreementStatement.agreement_no == agreement.agreement_no
    )
    summed = (
        select(HouseholdStatement.household_no, func.sum(HouseholdStatement.benefit_fen).label("benefit_fen"))
        .where(HouseholdStatement.version_no.in_(numbers), HouseholdStatement.period == args["period"])
        .group_by(HouseholdStatement.household_no)
        .subquery()
    )
    statement = select(summed.c.household_no, Household.area_code, summed.c.benefit_fen).join(
        Household, Household.household_no == summed.c.household_no
    )
    return page_of(
        session,
        statement,
        keys=[summed.c.household_no],
        key_of=lambda row: [row.household_no],
        args=args,
        scalars=False,
    )
