"""Who buys: the organisation as it stands on the day, its budget unit, its place in the tree, its mode of participation."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    Integer,
    Row,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.accounts.rules import buyer_place
from marketplace.core import divisions
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.pairing_ends import keep_ends
from marketplace.core.pairings import helped_by
from marketplace.orders.buying.models import ApprovalRule, PurchasePlan
from marketplace.orders.participation import participation_mode

OrganisationRow = Row[*tuple[Any, ...]]
Rows = dict[uuid.UUID, OrganisationRow]

# The amount up to which the nearest rule of approval upward lets the buyer order directly: read with the buyer, so that a
# checkout asks nothing more.
_UPWARD: Final = sql_cast(
    func.string_to_array(
        func.coalesce(OrganisationPlace.path, sql_cast(Organisation.organisation_no, Text)), "."
    ),
    ARRAY(BigInteger),
)
_DIRECT: Final = (
    select(ApprovalRule.direct_up_to_fen)
    .where(
        ApprovalRule.organisation_no == any_(_UPWARD),
        ApprovalRule.valid.contains(bindparam("now", type_=DateTime(timezone=True))),
    )
    .order_by(func.array_position(_UPWARD, ApprovalRule.organisation_no).desc())
    .limit(1)
    .correlate(Organisation, OrganisationPlace)
    .scalar_subquery()
)
_OVER_PLAN: Final = (
    select(PurchasePlan.over_plan)
    .where(
        PurchasePlan.organisation_id == Organisation.id,
        PurchasePlan.year == sql_cast(func.date_part("year", bindparam("day", type_=Date())), Integer),
        PurchasePlan.state == "approved",
    )
    .correlate(Organisation)
    .scalar_subquery()
)

# Built once: making a statement costs more than sending it.
_ORGANISATIONS: Final = (
    select(
        Organisation.id,
        Organisation.organisation_no,
        Organisation.kind,
        Organisation.name,
        Organisation.status,
        Organisation.area_code,
        Organisation.fiscal_area,
        Organisation.fiscal_tier,
        Organisation.sector,
        Organisation.size_class,
        Organisation.is_demo,
        OrganisationPlace.path,
        case((Organisation.id == bindparam("buyer_id", type_=Uuid()), _DIRECT)).label("direct_up_to_fen"),
        case((Organisation.id == bindparam("buyer_id", type_=Uuid()), _OVER_PLAN)).label("over_plan"),
    )
    .outerjoin(
        OrganisationPlace,
        and_(
            OrganisationPlace.organisation_id == Organisation.id,
            OrganisationPlace.valid.contains(bindparam("day", type_=Date())),
        ),
    )
    .where(Organisation.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """The buyer's side of an order, frozen: where it belongs (fiscal affiliation, never the address) and for whom it buys."""

    id: uuid.UUID
    name: str
    kind: str
    area: str
    sector: str | None
    path: str
    budget_unit_id: uuid.UUID | None
    broker_id: uuid.UUID | None
    broker_area: str | None
    seller_sizes: Mapping[uuid.UUID, str | None]
    is_demo: bool
    direct_up_to_fen: int | None = None  # above it an order needs approval; None: no rule holds
    over_plan: str | None = None  # what happens beyond the approved plan of the year; None: there is none


@dataclass(frozen=True, slots=True)
class Participation:
    """One order's mode, whether somebody brokered it, and the helper area when a pairing in force stands behind it."""

    mode: str
    purchase_kind: str
    helper_area: str | None


def read_buyer(
    session: Session,
    buyer_id: uuid.UUID,
    *,
    budget_unit_id: uuid.UUID | None,
    broker_id: uuid.UUID | None,
    seller_ids: Collection[uuid.UUID],
    delivery_area: str,
    day: date,
) -> Buyer:
    """The buyer on a Shanghai day, with the sizes of the sellers' organisations, in one statement.

    Invalid for an organisation that does not exist, Conflict for one that is closed, Forbidden when the budget unit
    is none of the buyer's own tree. A budget unit that names no other buys for itself.
    """
    keep_ends(session)
    wanted = {buyer_id, budget_unit_id, broker_id, *seller_ids} - {None}
    read = session.connection().execute(
        _ORGANISATIONS, {"ids": list(wanted), "day": day, "buyer_id": buyer_id, "now": utcnow()}
    )
    rows: Rows = {row.id: row for row in read}
    organisation = _found(rows, buyer_id, "/buyer_id")
    broker = None if broker_id is None else _found(rows, broker_id, "/broker_id")
    unit = _budget_unit(rows, organisation, budget_unit_id)
    place = buyer_place(
        organisation.kind,
        registered_area=organisation.area_code,
        fiscal_area=organisation.fiscal_area,
        fiscal_tier=organisation.fiscal_tier,
        delivery_area=delivery_area,
    )
    return Buyer(
        id=organisation.id,
        name=organisation.name,
        kind=organisation.kind,
        area=place.area_code,
        sector=organisation.sector,
        path=_path(organisation),
        budget_unit_id=unit,
        broker_id=broker_id,
        broker_area=None if broker is None else broker.fiscal_area or broker.area_code,
        seller_sizes={seller: rows[seller].size_class for seller in seller_ids},
        is_demo=organisation.is_demo,
        direct_up_to_fen=organisation.direct_up_to_fen,
        over_plan=organisation.over_plan,
    )


def _found(rows: Rows, key: uuid.UUID, pointer: str) -> OrganisationRow:
    row = rows.get(key)
    if row is None:
        raise Invalid("organisation_unknown", "没有这个单位", pointer=pointer)
    if row.status != "active":
        raise Conflict("organisation_not_active", "该单位已停用")
    return row


def _path(row: OrganisationRow) -> str:
    return row.path or str(row.organisation_no)


def _budget_unit(rows: Rows, buyer: OrganisationRow, budget_unit_id: uuid.UUID | None) -> uuid.UUID | None:
    if budget_unit_id is None:
        return buyer.id if buyer.kind == "budget_unit" else None
    unit = _found(rows, budget_unit_id, "/budget_unit_id")
    if unit.kind != "budget_unit":
        raise Invalid("not_a_budget_unit", "该单位不是预算单位", pointer="/budget_unit_id")
    above, below = f"{_path(unit)}.", f"{_path(buyer)}."
    # Up or down one branch: a union below its unit, a unit buying for one it supervises, never a stranger.
    if not (above.startswith(below) or below.startswith(above)):
        raise Forbidden("budget_unit_not_related", "采购人与该预算单位不在同一隶属关系中")
    return budget_unit_id


def participate(
    buyer: Buyer, channel_kind: str, origin_area: str, declared: str | None, day: date
) -> Participation:
    """The mode by precedence (orders/participation.py), and the helper of the pairing in force that joins both areas.

    A declared mode is checked, never taken: Invalid (`participation_mode`) when the table says another one; 扶贫协作 may
    be declared when such a pairing is in force, and is implied by naming a broker from a helping area.
    """
    helper = _helper_area(buyer.broker_area or buyer.area, origin_area, day)
    brokered = helper is not None and (buyer.broker_id is not None or declared == "poverty_cooperation")
    mode = participation_mode(channel_kind, buyer.kind, brokered=brokered)
    if declared is not None and declared != mode:
        raise Invalid(
            "participation_mode", "参与方式与采购人、渠道不符", pointer="/participation_mode", expected=mode
        )
    purchase_kind = "own_purchase" if buyer.broker_id is None else "brokered_sale"
    return Participation(mode, purchase_kind, helper)


@lru_cache(maxsize=4096)
def _helper_area(helping_area: str, origin_area: str, day: date) -> str | None:
    """The helper of the nearest pairing in force from one area to the other; pairings are fixed data, so it is remembered."""
    for pairing in helped_by(helping_area, day):
        if divisions.covers(pairing.helped, origin_area):
            return pairing.helper
    return None
