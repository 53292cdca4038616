"""团购慰问: one order to many addresses. The people come as a file, are looked at masked, ordered for, and followed by parcel."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.files import MAX_BYTES
from marketplace.core.http import page_of
from marketplace.core.http.paging import PageArgs
from marketplace.core.privacy import mask_name, mask_phone
from marketplace.orders.buying.api.blueprint import basket_of
from marketplace.orders.buying.api.plans import refuse_rows
from marketplace.orders.buying.service import cart, cart_view, gift_files, gifts, parcels
from marketplace.orders.models import SalesOrder
from marketplace.orders.rules import ORDER
from marketplace.web.buyers.gift_forms import GiftForm, open_gifts, seal_gifts
from marketplace.web.buyers.orders import TONES
from marketplace.web.buyers.states import PARCELS, titled
from marketplace.web.buyers.terms import offered
from marketplace.web.kit import (
    Form,
    Listing,
    NoFields,
    Pages,
    done,
    hats,
    list_file,
    needs,
    note,
    render,
    show_once,
)
from marketplace.web.kit import say as _
from marketplace.web.parcels_listed import parcels_listed

pages: Final = Pages("buyers_gifts", __name__)
_PREVIEW: Final = 50
_PREVIEW_PAGE: Final = "buyers/gift_preview.html"
# The file's own headings are read in Chinese, whatever the language of the page.
_HEADINGS: Final = (note("姓名"), note("电话"), note("区划"), note("地址"))
_GOODS: Final = note("商品{n}")


@pages.show("/gift-orders", needs("orders.read"))
def list_gifts(session: Session, actor: Actor) -> Response:
    """Orders to many addresses, newest first, with how many parcels are where."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        parcels.gift_orders_seen(actor),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/gifts.html",
        fragment="results",
        listing=listing,
        page=page,
        progress=parcels.progress_of(session, page.items),
        states=ORDER.titles,
        tones=TONES,
        may_order=actor.may("orders.place"),
    )


@pages.form("/gift-orders/new", needs("orders.place"), NoFields, own_transactions=True)
def choosing(session: Session, actor: Actor, form: Form) -> Response:
    """The goods are those ticked in the cart; the people stand in the file."""
    return render(
        "buyers/gift_file.html", form=form, goods=_goods(session, actor), most=gifts.MOST_RECIPIENTS
    )


@choosing.submit
def preview(actor: Actor, body: dict[str, Any]) -> Response:
    """What the file says, masked, with the sums and the terms; nothing of it is kept."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("file_empty", "请选择文件", pointer="/file")
    content = sent.stream.read(MAX_BYTES + 1)
    with transaction() as session:
        goods = _goods(session, actor)
    if not goods:
        raise Conflict("cart_empty", "购物车没有勾选商品")
    found, errors = gift_files.read_recipients(content, [one.quote.listing_id for one in goods])
    refuse_rows(errors)
    prices = [(one.quote.listing_id, one.line.seen_price_fen) for one in goods]
    form = Form(GiftForm).fill(sealed=seal_gifts(actor, prices, found), payment_method="prepaid")
    with transaction() as session:
        return show_once(session, actor, _PREVIEW_PAGE, **_preview(session, actor, form))


@pages.show("/gift-orders/template", needs("orders.place"))
def template(session: Session, actor: Actor) -> Response:
    """An empty list of recipients with the columns that are read."""
    columns = [_GOODS.format(n=place) for place in range(1, len(_goods(session, actor)) + 1)]
    return list_file(_("收件人名单"), [*_HEADINGS, *(columns or [_GOODS.format(n=1)])], [])


@pages.form("/gift-orders/placing", needs("orders.place"), GiftForm)
def placing(session: Session, actor: Actor, form: Form) -> Response:
    """The preview, after an order that was refused."""
    if form.typed is None:
        return done("/gift-orders/new")
    return render(_PREVIEW_PAGE, **_preview(session, actor, form))


@placing.submit
def place(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Order for all of them; the goods leave the cart."""
    prices, recipients = open_gifts(actor, body.pop("sealed"))
    placed = gifts.place_gifts(session, actor, basket_of(session, actor, body), prices, recipients)
    cart.remove(session, actor, list(prices))
    return done(f"/checkouts/{placed.number}", _("已下单,共 {count} 位收件人", count=len(recipients)))


@pages.show("/gift-orders/<number>", needs("orders.read"))
def one_gift(session: Session, actor: Actor, number: str) -> Response:
    """The parcels of an order in their order, persons masked."""
    order, listed = parcels_listed(session, actor, number)
    return render(
        "buyers/gift.html",
        fragment="results",
        order=order,
        progress=parcels.progress_of(session, [order])[order.id],
        states=titled(PARCELS),
        order_states=ORDER.titles,
        tones=TONES,
        is_side=actor.may_on("orders.read", area=order.buyer_area, owners=(order.buyer_id,)),
        **listed,
    )


@pages.action("/gift-orders/<number>/parcels/<int:parcel_no>/delivery", needs("orders.read"))
def deliver(session: Session, actor: Actor, number: str, parcel_no: int) -> Response:
    """One parcel has arrived; the order has when all have."""
    parcels.deliver_parcel(session, actor, number, parcel_no)
    return done(f"/gift-orders/{number}", _("第 {n} 件已登记送达", n=parcel_no))


def _goods(session: Session, actor: Actor) -> list[cart_view.ShownLine]:
    whole = cart_view.read_cart(session, actor, hats.organisation(actor))
    return [one for block in whole.blocks for one in block.lines if one.line.is_ticked]


def _preview(session: Session, actor: Actor, form: Form) -> dict[str, Any]:
    """What the page shows of the list that the form carries sealed."""
    prices, recipients = open_gifts(actor, form.value("sealed"))
    buyer_id = hats.organisation(actor)
    units: Counter[Any] = Counter()
    for one in recipients:
        units.update(one.quantities)
    goods = {one.quote.listing_id: one.quote for one in _goods(session, actor)}
    terms = offered(session, actor, buyer_id)
    form.fill(
        buyer_id=buyer_id,
        delivery_address_id=terms["addresses"][0][0] if terms["addresses"] else None,
        payment_method="prepaid",
    )
    return terms | {
        "form": form,
        "goods": [(goods.get(key), units[key], fen) for key, fen in prices.items() if units[key]],
        "total_fen": sum(units[key] * fen for key, fen in prices.items()),
        "people": [
            (mask_name(one.name), mask_phone(one.telephone), one.area, sum(one.quantities.values()))
            for one in recipients[:_PREVIEW]
        ],
        "count": len(recipients),
    }
