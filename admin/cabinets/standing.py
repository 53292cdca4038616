"""What stands in the cabinets of a point of sale by slot and lot, how old the last word of each is, and every movement."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.intake.cabinets.models import CabinetMovement
from marketplace.intake.cabinets.service import reading
from marketplace.intake.schemas.cabinets import MovementListArgs
from marketplace.intake.service.keys import managed_channel
from marketplace.web.kit import Listing, Pages, render

pages: Final = Pages("admin_cabinets", __name__, url_prefix="/admin/intake/channels")


@pages.show("/<code>/cabinets", needs(reading.READ))
def cabinets(session: Session, actor: Actor, code: str) -> Response:
    """The cabinets of one point of sale."""
    channel = managed_channel(session, actor, code, reading.READ)
    found = reading.cabinets_of(session, actor, code)
    return render(
        "admin/cabinets/cabinets.html",
        channel=channel,
        cabinets=[
            (
                one,
                [
                    (stock, sorted(shelf.lots.items(), key=lambda lot: lot[0].order))
                    for stock, shelf in one.stocks
                ],
                _in_slots(one),
            )
            for one in found
        ],
        may_work=actor.may_on("intake.submit", area=channel.area_code, owners=(channel.operator_id,)),
    )


@pages.show("/<code>/devices/<device>/movements", needs(reading.READ))
def movements(session: Session, actor: Actor, code: str, device: str) -> Response:
    """The movements of a cabinet's stock, the last booked first."""
    asked = Listing(MovementListArgs)
    channel = managed_channel(session, actor, code, reading.READ)
    page = page_of(
        session,
        reading.movements_of(session, actor, code, device),
        keys=[CabinetMovement.movement_no],
        key_of=lambda row: [row.movement_no],
        args=asked.args,
        descending=True,
    )
    return render(
        "admin/cabinets/movements.html",
        fragment="results",
        listing=asked,
        page=page,
        channel=channel,
        device=device,
        goods=reading.goods_names(session, channel, device),
        kinds=reading.MOVEMENTS,
        reasons=reading.REASONS,
    )


def _in_slots(standing: reading.Standing) -> dict[str, int]:
    """Thousandths of the planned goods that the books have in each slot of the plan."""
    of_goods = {stock.goods_key: shelf.in_slots() for stock, shelf in standing.stocks}
    return {code: of_goods.get(slot.goods_key, {}).get(code, 0) for code, slot in standing.plan.items()}
