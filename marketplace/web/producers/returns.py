"""Returns over the orders of a producer, newest first."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import service
from marketplace.orders.models import OrderReturn
from marketplace.orders.schemas.requests import ReturnListArgs
from marketplace.orders.titles import RETURN_TITLES
from marketplace.web.kit import Listing, Pages, choices, needs, render

pages: Final = Pages("producers_returns", __name__, url_prefix="/producer/returns")


@pages.show("", needs("orders.return_decide"))
def list_returns(session: Session, actor: Actor) -> Response:
    """Each leads to its order, where it is answered."""
    listing = Listing(ReturnListArgs)
    page = page_of(
        session,
        service.returns_with_orders(actor, state=listing.args["state"]),
        keys=[OrderReturn.id],
        key_of=lambda row: [row[0].id],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/returns.html",
        fragment="results",
        listing=listing,
        page=page,
        titles=RETURN_TITLES,
        states=choices(RETURN_TITLES),
    )
