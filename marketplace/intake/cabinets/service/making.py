"""Tasks made by rule from what stands in the cabinets; those that the rules ask for no longer lapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Channel
from marketplace.core.clock import today, utcnow
from marketplace.core.db import transaction
from marketplace.core.ids import readable_number, uuid7
from marketplace.intake.cabinets.models import Cabinet, CabinetStock, CabinetTask
from marketplace.intake.cabinets.rules.goods import MILLI
from marketplace.intake.cabinets.rules.shelf import Lot
from marketplace.intake.cabinets.rules.work import Slot, Work, to_recall, to_restock
from marketplace.intake.cabinets.service.books import lock_cabinets, shelf_of
from marketplace.intake.cabinets.service.plans import slots_at
from marketplace.intake.cabinets.service.recalls import recalls_of
from marketplace.intake.limits import limits

OPEN: Final = ("open", "assigned")
_TASK_KEY: Final = ("device_id", "cause", "goods_key", "slot_code", "lot_no")


def make_all_tasks() -> int:
    """The periodic work: `make_tasks` of every channel with a cabinet, each in a transaction of its own."""
    with transaction() as session:
        channels = session.scalars(select(Cabinet.channel_id).distinct().order_by(Cabinet.channel_id)).all()
    made = 0
    for channel_id in channels:
        with transaction() as session:
            made += make_tasks(session, session.get_one(Channel, channel_id))
    return made


def make_tasks(session: Session, channel: Channel) -> int:
    """Make the tasks that the rules ask for at the channel's cabinets, and let those lapse that they no longer do; how many new.

    One open task for one thing to do, whoever asks; a task that somebody has taken on keeps its units.
    """
    made = 0
    for cabinet in lock_cabinets(session, channel.id).values():
        works = _works(session, channel, cabinet)
        made += _keep_tasks(session, cabinet, works)
    if made and channel.operator_id is not None:
        notify(
            session,
            "cabinet_tasks",
            "channel",
            channel.code,
            organisation_id=channel.operator_id,
            detail={"tasks": made},
            mail=False,
        )
    return made


def _works(session: Session, channel: Channel, cabinet: Cabinet) -> list[Work]:
    stocks = session.scalars(select(CabinetStock).where(CabinetStock.device_id == cabinet.device_id)).all()
    plan = [
        Slot(one.slot_code, one.goods_key, one.capacity, one.par_level)
        for one in slots_at(session, cabinet.device_id, utcnow()).values()
    ]
    in_slots: dict[tuple[str, str], int] = {}
    lots: dict[tuple[str, Lot], int] = {}
    recalled: dict[tuple[str, Lot], int] = {}
    recalls = recalls_of(session, channel)
    for stock in stocks:
        for lot, milli in shelf_of(stock).lots.items():
            in_slots[stock.goods_key, lot.slot] = in_slots.get((stock.goods_key, lot.slot), 0) + milli
            by = [one for one in recalls if one.product_id == stock.product_id]
            is_recalled = any(one.lot_no in (None, lot.lot_no) for one in by)
            (recalled if is_recalled else lots)[stock.goods_key, lot] = milli
    recalled_goods = {f"p:{one.product_id}" for one in recalls if one.lot_no is None}
    works = [one for one in to_restock(plan, in_slots, today()) if one.goods_key not in recalled_goods]
    works += to_recall(plan, lots, today(), limits().expiry_days)
    works += [
        Work("recall", "recall", key, lot.slot, lot.lot_no, -(-milli // MILLI), today())
        for (key, lot), milli in recalled.items()
    ]
    return _merged(works)


def _merged(works: Sequence[Work]) -> list[Work]:
    """One for each thing to do: lots of one number with several days are taken out together, by the earliest."""
    found: dict[tuple[str, ...], Work] = {}
    for one in works:
        key = (one.cause, one.goods_key, one.slot, one.lot_no)
        known = found.get(key)
        found[key] = (
            one
            if known is None
            else replace(known, units=known.units + one.units, due_on=min(known.due_on, one.due_on))
        )
    return list(found.values())


def _keep_tasks(session: Session, cabinet: Cabinet, works: Sequence[Work]) -> int:
    wanted = {(one.cause, one.goods_key, one.slot, one.lot_no): one for one in works}
    standing = session.scalars(
        select(CabinetTask)
        .where(CabinetTask.device_id == cabinet.device_id, CabinetTask.state.in_(OPEN))
        .order_by(CabinetTask.id)
        .with_for_update()
    ).all()
    for task in standing:
        work = wanted.pop((task.cause, task.goods_key, task.slot_code, task.lot_no), None)
        if work is None:
            task.state = "lapsed"
        elif task.state == "open":
            task.units, task.due_on = work.units, work.due_on
    session.flush()
    if not wanted:
        return 0
    names = dict(
        session.execute(
            select(CabinetStock.goods_key, CabinetStock.goods_name).where(
                CabinetStock.device_id == cabinet.device_id
            )
        ).all()
    )
    plan = slots_at(session, cabinet.device_id, utcnow())
    names |= {one.goods_key: one.goods_name for one in plan.values()}
    rows = [
        {
            "id": uuid7(),
            "number": readable_number("T"),
            "device_id": cabinet.device_id,
            "channel_id": cabinet.channel_id,
            "kind": one.kind,
            "cause": one.cause,
            "goods_key": one.goods_key,
            "goods_name": names[one.goods_key],
            "slot_code": one.slot,
            "lot_no": one.lot_no,
            "units": one.units,
            "due_on": one.due_on,
            "state": "open",
            "made_at": utcnow(),
        }
        for one in wanted.values()
    ]
    statement = insert(CabinetTask).on_conflict_do_nothing(
        index_elements=_TASK_KEY, index_where=sql("state IN ('open', 'assigned')")
    )
    session.execute(statement, rows)
    session.flush()
    return len(rows)
