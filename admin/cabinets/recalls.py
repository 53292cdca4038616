"""召回: a lot or all of a product leaves the cabinets of an area, or of one operator, until the recall is lifted."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from admin.own_area import own_area, own_organisation
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.intake.cabinets.models import GoodsRecall
from marketplace.intake.cabinets.service import recalls
from marketplace.intake.schemas.cabinet_work import GoodsRecallIn, GoodsRecallListArgs
from marketplace.producers.models import Product
from marketplace.web.kit import Form, Listing, Pages, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_recalls", __name__, url_prefix="/admin/intake/recalls")

#: So many products stand in the choice.
MOST: Final = 300


@pages.show("", needs(recalls.PERMISSION))
def listing(session: Session, actor: Actor) -> Response:
    """Recalls that I may see, newest first."""
    asked = Listing(GoodsRecallListArgs)
    page = page_of(
        session,
        recalls.recalls_seen(actor)
        .join(Product, Product.id == GoodsRecall.product_id)
        .add_columns(Product.name, Product.spec),
        keys=[GoodsRecall.id],
        key_of=lambda row: [row.GoodsRecall.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/cabinets/recalls.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        may_lift=lambda one: actor.may_on(
            recalls.PERMISSION, area=one.area_code, owners=(one.operator_id,) if one.operator_id else ()
        ),
    )


@pages.form("/new", needs(recalls.PERMISSION), GoodsRecallIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """What is recalled and why; officials say in which area."""
    is_of_area = own_organisation(actor) is None
    return render(
        "admin/cabinets/recall.html",
        form=form.fill(area=own_area(actor) if is_of_area else None),
        products=[
            (str(one.id), f"{one.name} {one.spec}") for one in recalls.goods_in_reach(session, actor, MOST)
        ],
        is_of_area=is_of_area,
    )


@new.submit
def recall(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Recall it: tasks at the cabinets follow, and it is not brought there any more."""
    made = recalls.recall(session, actor, **body)
    return done("/admin/intake/recalls", _("召回 {number} 已发布,各柜下架任务随后生成", number=made.number))


@pages.action("/<number>/lifting", needs(recalls.PERMISSION))
def lift(session: Session, actor: Actor, number: str) -> Response:
    """The goods may be brought again."""
    recalls.lift(session, actor, number)
    return done("/admin/intake/recalls", _("召回 {number} 已解除", number=number))
