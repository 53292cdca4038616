"""What of an order follows when it is moved to another budget unit, and telling the ledger.

Source: docs/rules.md, "An order bound to the wrong unit".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.places import on_day
from marketplace.core import facts
from marketplace.core.clock import day_of
from marketplace.core.errors import Conflict, Invalid
from marketplace.orders.facts import OrderReattributed
from marketplace.orders.models import Reattribution, SalesOrder
from marketplace.orders.service.buyer import Buyer, participate, read_buyer
from marketplace.orders.service.reading import lines_of


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The frozen dimensions of an order that hang on its budget unit."""

    buyer_area: str
    buyer_sector: str | None
    buyer_path: str
    participation_mode: str
    helper_area: str | None


def unit_on(session: Session, unit_id: uuid.UUID, order: SalesOrder) -> Buyer:
    """A budget unit as it stood on the day of the order. Invalid (`not_a_budget_unit`), Conflict for one that is closed."""
    found = read_buyer(
        session,
        unit_id,
        budget_unit_id=None,
        broker_id=None,
        seller_ids=(),
        delivery_area=order.delivery_area,
        day=day_of(order.placed_at),
    )
    if found.kind != "budget_unit":
        raise Invalid("not_a_budget_unit", "该单位不是预算单位", pointer="/budget_unit_id")
    return found


def dimensions_under(session: Session, order: SalesOrder, unit: Buyer) -> Dimensions:
    """The order's dimensions as they would be had it been bound to `unit` on its day.

    Where the order stands in the tree as the old unit itself, area, sector and place are the new unit's, and the pairing behind
    the sale is asked again. Another buyer (a union, a contractor) is still itself: only the binding moves. Conflict
    (`reattribution_mixed`) when the lines would then stand under different pairings.
    """
    day = day_of(order.placed_at)
    if order.budget_unit_id is None or order.buyer_path != _path_on(session, order.budget_unit_id, day):
        return Dimensions(
            order.buyer_area,
            order.buyer_sector,
            order.buyer_path,
            order.participation_mode,
            order.helper_area,
        )
    mode, helper = order.participation_mode, order.helper_area
    if order.broker_id is None:  # a broker's area decides alone, whoever buys
        found = {
            participate(unit, line.channel_kind, line.origin_area, None, day)
            for line in lines_of(session, order)
        }
        if len(found) > 1:
            raise Conflict("reattribution_mixed", "调整后各行的结对关系不同,不能整单调整")
        (under,) = found
        helper = under.helper_area
        # Declared under a pairing it stays so while there is one; without one the table decides.
        if mode != "poverty_cooperation" or helper is None:
            mode = under.mode
    return Dimensions(unit.area, unit.sector, unit.path, mode, helper)


def _path_on(session: Session, unit_id: uuid.UUID, day: date) -> str:
    """A unit's place in the tree on a day, a closed unit's too; its own number where it stood in none."""
    found = on_day(session, unit_id, day)
    return str(session.get_one(Organisation, unit_id).organisation_no) if found is None else found.path


def move(session: Session, order: SalesOrder, row: Reattribution, at: datetime) -> Dimensions:
    """Bind a locked order to the row's new unit and tell the ledger of its counted lines. The reserve year stays."""
    lines = lines_of(session, order)
    found = dimensions_under(session, order, unit_on(session, row.to_unit_id, order))
    order.budget_unit_id = row.to_unit_id
    order.buyer_area = found.buyer_area
    order.buyer_sector = found.buyer_sector
    order.buyer_path = found.buyer_path
    order.participation_mode = found.participation_mode
    order.helper_area = found.helper_area
    order.row_version += 1
    session.flush()
    counted = tuple(line.id for line in lines if line.counted_at is not None)
    if counted:
        facts.publish(
            session,
            OrderReattributed(
                order_id=order.id,
                event_id=row.id,
                arrival_id=row.arrival_id,
                at=at,
                reason="reattribution",
                line_ids=counted,
                budget_unit_id=row.to_unit_id,
                buyer_area=found.buyer_area,
                buyer_sector=found.buyer_sector,
                buyer_path=found.buyer_path,
                participation_mode=found.participation_mode,
                helper_area=found.helper_area,
            ),
        )
    return found
