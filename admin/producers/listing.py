"""Dossiers of one's area, by number, as a file too."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.producers.codes import ENTITY_KINDS
from marketplace.producers.models import Producer
from marketplace.producers.schemas import ProducerListArgs
from marketplace.producers.service import producers
from marketplace.web.kit import Listing, Pages, all_rows, choices, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area, day

pages: Final = Pages("admin_producers", __name__, url_prefix="/admin/producers")


@pages.show("", needs("producers.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The list."""
    asked = Listing(beginning_with(ProducerListArgs, area=own_area(actor)))
    args = asked.args
    found = producers.listing(
        actor,
        area=args["area"],
        entity_kind=args["entity_kind"],
        uscc=args["uscc"] or None,
        named=args["named"],
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(Producer.producer_no))
        return list_file(_("带贫主体"), _headings(), [_line(one) for (one,) in rows])
    page = page_of(
        session, found, keys=[Producer.producer_no], key_of=lambda row: [row.producer_no], args=args
    )
    return render(
        "admin/producers/list.html",
        fragment="results",
        listing=asked,
        page=page,
        kinds=ENTITY_KINDS,
        choices=choices(ENTITY_KINDS),
    )


def _headings() -> list[str]:
    return [
        _("编号"),
        _("名称"),
        _("类型"),
        _("统一社会信用代码"),
        _("生产地"),
        _("注册地"),
        _("成立"),
        _("832平台供应商"),
    ]


def _line(one: Producer) -> list[Any]:
    return [
        one.producer_no,
        one.name,
        label(ENTITY_KINDS[one.entity_kind]),
        one.uscc,
        area(one.production_area),
        area(one.registered_area),
        day(one.founded_on) if one.founded_on else None,
        _("是") if one.is_832_supplier else _("否"),
    ]
