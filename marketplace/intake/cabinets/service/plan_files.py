"""A planogram as a spreadsheet: a slot a row, goods by the name that the page shows, all rows or none."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.catalogue.service import queries
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.core.sheets.cells import Column, text, whole_number
from marketplace.core.sheets.table import Table, TableRow, read_table
from marketplace.intake.cabinets.models import Planogram, PlanogramSlot
from marketplace.intake.cabinets.service import plans
from marketplace.intake.service.keys import managed_channel

MOST_SLOTS: Final = 500
MOST_UNITS: Final = 100_000
COLUMNS: Final = (
    Column("slot", "货道", text(20), required=True, aliases=("slot",)),
    Column("goods", "上架商品", text(250), aliases=("listed",)),
    Column("goods_name", "未登记商品", text(120), aliases=("unlisted",)),
    Column("capacity", "容量", whole_number(1, MOST_UNITS), required=True, aliases=("capacity",)),
    Column("par_level", "补货线", whole_number(0, MOST_UNITS), required=True, aliases=("par_level",)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a slot can be for: a listing here, or a product that the plan in force has."""

    title: str
    listing_id: uuid.UUID | None = None
    product_id: uuid.UUID | None = None

    @property
    def code(self) -> str:
        """How a form names it: ``listing_id:…`` or ``product_id:…``."""
        return f"listing_id:{self.listing_id}" if self.listing_id else f"product_id:{self.product_id}"


def planned_now(
    session: Session, actor: Actor, channel_code: str, device_code: str
) -> tuple[Channel, dict[str, PlanogramSlot]]:
    """A channel that the actor manages, and the slots of the plan in force of one of its devices, by code."""
    channel = managed_channel(session, actor, channel_code)
    return channel, plans.slots_at(session, plans.device_of(session, channel, device_code).id, utcnow())


def choices(session: Session, channel: Channel, planned: Mapping[str, PlanogramSlot]) -> list[Choice]:
    """Goods listed here, and what the plan in force has besides."""
    listed = [
        Choice(f"{row.Listing.title} {row.Listing.spec}", listing_id=row.Listing.id)
        for row in session.execute(queries.goods_on(channel.id, state="listed"))
    ]
    known = {one.code for one in listed}
    besides = {one.code: one for slot in planned.values() if (one := choice_of(slot)) is not None}
    return [*(one for code, one in besides.items() if code not in known), *listed]


def choice_of(slot: PlanogramSlot) -> Choice | None:
    """What a planned slot is for; None for goods in no register."""
    if slot.listing_id is not None:
        return Choice(slot.goods_name, listing_id=slot.listing_id)
    return Choice(slot.goods_name, product_id=slot.product_id) if slot.product_id is not None else None


def plan_by_file(
    session: Session,
    actor: Actor,
    channel_code: str,
    device_code: str,
    content: bytes,
    *,
    from_at: datetime | None = None,
    reason: str | None = None,
) -> Planogram:
    """A new version of a device's planogram from a CSV or XLSX file, as `plans.plan`.

    Raises Invalid (``sheet_…``, ``planogram_rows``) for the file as a whole, InvalidMany with ``/rows/N`` or ``/rows/N/column``
    for each bad row or cell, N as the spreadsheet shows it, and what `plans.plan` raises.
    """
    channel, planned = planned_now(session, actor, channel_code, device_code)
    table = read_table(content, COLUMNS)
    if not 1 <= len(table.rows) + len(table.bad_rows) <= MOST_SLOTS:
        raise Invalid("planogram_rows", f"应有1至{MOST_SLOTS}行货道", pointer="/file")
    slots = _slots(table, choices(session, channel, planned))
    try:
        return plans.plan(session, actor, channel_code, device_code, slots, from_at=from_at, reason=reason)
    except Invalid as error:
        if not error.pointer.startswith("/slots/"):
            raise
        raise InvalidMany(error.code, error.detail, fields=_placed(error.fields, table)) from error


def _slots(table: Table, found: Sequence[Choice]) -> list[plans.NewSlot]:
    """The slots of the rows; InvalidMany for cells that cannot be read, slots named twice and goods that are not known here."""
    named: dict[str, list[Choice]] = {}
    for one in found:
        named.setdefault(one.title.strip(), []).append(one)
    problems = [
        FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
        for error in table.errors
    ]
    seen: set[str] = set()
    slots: list[plans.NewSlot] = []
    for row in table.rows:
        code, goods = cast("str", row.values["slot"]), cast("str | None", row.values["goods"])
        if code in seen:
            problems.append(_problem(row, "slot_twice", "货道编号重复", "slot"))
        seen.add(code)
        matches = named.get(goods, []) if goods else [None]
        if len(matches) != 1:
            problems.append(
                _problem(row, "planogram_goods", "不是该销售点的上架商品,或同名的不止一种", "goods")
            )
            continue
        slots.append(_slot(row, code, matches[0]))
    if problems:
        problems.sort(key=lambda one: int(one.pointer.split("/")[2]))
        raise InvalidMany("planogram_file", f"{len(problems)}处有误,未登记任何一行", fields=problems)
    return slots


def _slot(row: TableRow, code: str, choice: Choice | None) -> plans.NewSlot:
    return plans.NewSlot(
        slot=code,
        listing_id=choice.listing_id if choice else None,
        product_id=choice.product_id if choice else None,
        goods_name=cast("str | None", row.values["goods_name"]),
        capacity=cast("int", row.values["capacity"]),
        par_level=cast("int", row.values["par_level"]),
    )


def _placed(problems: Sequence[FieldProblem], table: Table) -> list[FieldProblem]:
    """Problems of slots as problems of the rows in the file."""
    placed = []
    for problem in problems:
        _empty, _slots, number, *column = problem.pointer.split("/")
        pointer = "/".join(["", "rows", str(table.rows[int(number)].number), *column])
        placed.append(FieldProblem(pointer, problem.code, problem.message))
    return placed


def _problem(row: TableRow, code: str, message: str, column: str) -> FieldProblem:
    return FieldProblem(f"/rows/{row.number}/{column}", code, message)
