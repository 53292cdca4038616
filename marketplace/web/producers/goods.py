"""Goods of a producer: the products, one with what is offered of it, the form of a product."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing as Shelf
from marketplace.catalogue.models import Offer
from marketplace.catalogue.service import queries, shelves
from marketplace.core.actor import Actor
from marketplace.core.http import page_of, require_version
from marketplace.core.money import TAX_TREATMENTS
from marketplace.producers import categories
from marketplace.producers.codes import PRODUCT_STATUSES, QUALITY_MARKS, UNITS
from marketplace.producers.models import Producer, Product
from marketplace.producers.rules import ProductDraft
from marketplace.producers.schemas import ProductChangeIn, ProductIn, ProductListArgs
from marketplace.producers.service import producers, products
from marketplace.web.kit import (
    Form,
    Listing,
    Pages,
    all_rows,
    choices,
    done,
    label,
    list_file,
    needs,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _

pages: Final = Pages("producers_goods", __name__, url_prefix="/producer/goods")
MOST_SHOWN: Final = 200


class ProductForm(ProductIn):
    """The API's product; no treatment of tax chosen means that of the category."""

    @pre_load
    def leave_out(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Take what was left open as not told."""
        return {name: value for name, value in data.items() if name != "tax_treatment" or value}


@pages.show("", needs("producers.read"))
def list_goods(session: Session, actor: Actor) -> Response:
    """The products by number; as a file the same."""
    listing = Listing(ProductListArgs)
    found = products.listing(
        actor, status=listing.args["status"], category=listing.args["category"], area=listing.args["area"]
    )
    if wanted_format():
        rows = [
            (
                one.name,
                one.spec,
                one.unit,
                category_title(one.category_code),
                label(PRODUCT_STATUSES[one.status]),
            )
            for (one,) in all_rows(session, found.order_by(Product.product_no))
        ]
        return list_file(_("商品"), [_("产品"), _("规格"), _("单位"), _("品类"), _("状态")], rows)
    page = page_of(
        session, found, keys=[Product.product_no], key_of=lambda row: [row.product_no], args=listing.args
    )
    return render(
        "producers/goods.html",
        fragment="results",
        listing=listing,
        page=page,
        statuses=PRODUCT_STATUSES,
        category_title=category_title,
    )


@pages.show("/<uuid:product_id>", needs("producers.read"))
def one(session: Session, actor: Actor, product_id: uuid.UUID) -> Response:
    """One product: what is known, what is offered of it, where it stands."""
    product, _producer = products.get(session, actor, product_id)
    offers = session.scalars(
        queries.offers_visible(actor, product_id).order_by(Offer.offer_no).limit(MOST_SHOWN)
    ).all()
    places = session.execute(
        shelves.shelves_of(actor, product_id=product_id).order_by(Shelf.listing_no.desc()).limit(MOST_SHOWN)
    ).all()
    return render(
        "producers/product.html",
        product=product,
        offers=offers,
        places=places,
        statuses=PRODUCT_STATUSES,
        listing_titles=shelves.LISTING_TITLES,
        class_titles=shelves.GOODS_CLASS_TITLES,
        marks=QUALITY_MARKS,
        taxes={one.code: one.title_zh for one in TAX_TREATMENTS},
        category_title=category_title,
    )


@pages.form("/new", needs("producers.edit"), ProductForm)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """A new product of one of the own dossiers."""
    mine = session.scalars(producers.listing(actor).order_by(Producer.producer_no).limit(MOST_SHOWN)).all()
    if mine:
        form.fill(producer_id=mine[0].id, origin_area=mine[0].production_area)
    return render("producers/product_form.html", form=form, mine=mine, product=None, **_choices())


@new.submit
def register(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Add it to the dossier."""
    producer = producers.get(session, actor, body.pop("producer_id"))
    marks = tuple(body.pop("quality_marks", ()))
    product = products.register(session, actor, producer, ProductDraft(**body, quality_marks=marks))
    return done(f"/producer/goods/{product.id}", _("产品已登记,可以接着报价"))


@pages.form("/<uuid:product_id>/edit", needs("producers.edit"), ProductChangeIn)
def edit(session: Session, actor: Actor, form: Form, product_id: uuid.UUID) -> Response:
    """Change a product; origin and category make another one."""
    product, _producer = products.get(session, actor, product_id)
    form.fill(product, version=product.row_version)
    return render("producers/product_form.html", form=form, mine=(), product=product, **_choices())


@edit.submit
def amend(session: Session, actor: Actor, body: dict[str, Any], product_id: uuid.UUID) -> Response:
    """On the version that was seen."""
    product, _producer = products.get(session, actor, product_id)
    require_version(product.row_version)
    products.amend(session, actor, product_id, body, product.row_version)
    return done(f"/producer/goods/{product_id}", _("产品已更新"))


def category_title(code: str) -> str:
    """What a category is called, in Chinese or English by the data themselves."""
    category = categories.all_categories().get(code)
    return code if category is None else category.title_zh


def _choices() -> dict[str, Any]:
    return {
        "units": [(unit, unit) for unit in UNITS],
        "taxes": [(one.code, label(one.title_zh)) for one in TAX_TREATMENTS],
        "marks": choices(QUALITY_MARKS),
        "months": [(month, str(month)) for month in range(1, 13)],
        "kinds": [
            (one.code, f"{one.code} {one.title_zh}")
            for one in categories.all_categories().values()
            if one.level == len(categories.LEVEL_LENGTHS)
        ],
    }
