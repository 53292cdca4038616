"""Moves of orders between budget units as units and finance supervisors see them: the list and one move."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.organisations import names_of
from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import service
from marketplace.orders.models import Reattribution, SalesOrder
from marketplace.orders.rules import REATTRIBUTION, REATTRIBUTION_PARTIES
from marketplace.orders.schemas.reattributions import ReattributionListArgs
from marketplace.orders.service import consenting
from marketplace.web.kit import Form, Listing
from marketplace.web.kit import say as _

TONES: Final = {"requested": "warn", "done": "good", "refused": "bad", "withdrawn": "quiet"}


def moves_listed(session: Session, actor: Actor) -> dict[str, Any]:
    """For the template of the list: the page of moves, newest first, with names of units and numbers of orders."""
    listing = Listing(ReattributionListArgs)
    page = page_of(
        session,
        service.reattributions_seen(actor, state=listing.args["state"], mine=listing.args["mine"]),
        keys=[Reattribution.id],
        key_of=lambda row: [row.id],
        args=listing.args,
        descending=True,
    )
    rows: list[Reattribution] = list(page.items)
    numbers = session.execute(
        select(SalesOrder.id, SalesOrder.number).where(SalesOrder.id.in_({one.order_id for one in rows}))
    )
    return {
        "listing": listing,
        "page": page,
        "names": names_of(session, [key for one in rows for key in (one.from_unit_id, one.to_unit_id)]),
        "numbers": {row.id: row.number for row in numbers},
        "states": REATTRIBUTION.titles,
        "tones": TONES,
    }


def have_consented(session: Session, actor: Actor, number: str, body: dict[str, Any]) -> str:
    """Say one party's word; what to tell the person. The errors are those of `service.consent`."""
    move = service.consent(session, actor, number, **body)
    return _("归属已更正") if move.state == "done" else _("已提交意见")


def move_shown(session: Session, actor: Actor, form: Form, number: str) -> dict[str, Any]:
    """For the template of one move: what the parties said, and what this person may still say. NotFound."""
    row = service.find_reattribution(session, actor, number)
    order = session.get_one(SalesOrder, row.order_id)
    said = service.consents_of(session, row)
    to_say = consenting.parties_open(actor, row, said)
    units = {"old_unit": row.from_unit_id, "new_unit": row.to_unit_id, "supervisor": row.supervisor_id}
    by_party = {one.party: one for one in said}
    return {
        "form": form.fill(party=to_say[0] if len(to_say) == 1 else None),
        "move": row,
        "order": order,
        "names": names_of(session, [*units.values(), row.requested_by_organisation, order.buyer_id]),
        "parties": [
            (title, units[code], by_party.get(code)) for code, title in REATTRIBUTION_PARTIES.items()
        ],
        "to_say": [(code, REATTRIBUTION_PARTIES[code]) for code in to_say],
        "may_withdraw": consenting.may_withdraw(actor, row),
        "may_open_order": service.may_on(actor, "orders.read", order),
        "states": REATTRIBUTION.titles,
        "tones": TONES,
    }
