"""Putting a pack together: papers cleaned, a cover that says where each is, all joined in one PDF."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, in_chinese, utcnow
from marketplace.core.documents import render
from marketplace.core.formats import PDF
from marketplace.core.money import format_yuan
from marketplace.core.rmb import capital_figures
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.service.pack.joining import SECONDS, UPLOADS_SECONDS, Pages, cleaned, joined
from marketplace.payments.service.pack.sections import Paper, Section, sections_of

TEMPLATE: Final = Path(__file__).parents[2] / "templates" / "pack_cover.typ"


@dataclass(frozen=True, slots=True)
class Pack:
    """The PDF, and what its cover says is missing."""

    content: bytes
    lacking: list[str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of the cover: a paper with its pages, one that cannot be joined (no pages), or a gap (no paper)."""

    section: str
    title: str
    paper: Paper | None = None
    pages: Pages | None = None


def build_pack(session: Session, actor: Actor, order_number: str) -> Pack:
    """The pack of an order as it stands now, for who may read its payments: the two sides, and finance over their areas.

    NotFound, Forbidden. What is missing does not stand in the way: the cover says so. The look is recorded.
    """
    order = orders.read_order(session, actor, order_number)
    orders.require(actor, "payments.read", order, (order.buyer_id, order.producer_organisation_id))
    audit.record(session, actor, "payments.pack.read", "order", order.number, area_code=order.buyer_area)
    session.flush()
    sections = sections_of(session, actor, order)
    lacking = [f"{one.title}：{one.missing}。" for one in sections if one.missing is not None]
    with tempfile.TemporaryDirectory(prefix="pack-") as name:
        folder = Path(name)
        entries = list(_entries(folder, sections))
        cover = _cover(folder, order, entries, lacking)
        return Pack(joined(folder, [cover, *(one.pages for one in entries if one.pages)]), lacking)


def _entries(folder: Path, sections: Sequence[Section]) -> Iterator[_Entry]:
    numbers, left = count(1), UPLOADS_SECONDS
    for section in sections:
        for paper in section.papers:
            begun = monotonic()
            seconds = SECONDS if paper.is_ours else min(SECONDS, left)
            pages = cleaned(folder, f"paper{next(numbers)}", paper.content, paper.media_type, seconds)
            left -= 0 if paper.is_ours else monotonic() - begun
            yield _Entry(section.title, paper.title, paper, pages)
        if section.missing is not None and not section.papers:
            yield _Entry(section.title, section.missing)


def _cover(folder: Path, order: SalesOrder, entries: Sequence[_Entry], lacking: list[str]) -> Pages:
    """The cover with the pages on which everything is; a long list makes it longer, and moves what follows."""
    length = 1
    while True:
        content = render(TEMPLATE, _fields(order, entries, lacking, length), dated=utcnow()).content
        cover = cleaned(folder, f"cover{length}", content, PDF)
        if cover is None:
            raise RuntimeError("the cover of a pack could not be set")
        if cover.count <= length:
            return cover
        length = cover.count


def _fields(
    order: SalesOrder, entries: Sequence[_Entry], lacking: list[str], cover_pages: int
) -> dict[str, Any]:
    """What templates/pack_cover.typ prints."""
    worth_fen = order.total_fen - order.deducted_fen
    rows, page = [], cover_pages + 1
    for number, one in enumerate(entries, 1):
        where = "缺" if one.paper is None else "另附"
        if one.pages is not None:
            last = page + one.pages.count - 1
            where = str(last) if page == last else f"{page}–{last}"
            page = last + 1
        rows.append([str(number), one.section, one.title, where])
    return {
        "order_number": order.number,
        "buyer": order.buyer_name,
        "seller": order.producer_name,
        "placed_on": in_chinese(day_of(order.placed_at)),
        "printed_on": in_chinese(day_of(utcnow())),
        "worth": format_yuan(worth_fen),
        "paid": format_yuan(order.paid_fen - order.refunded_fen),
        "capital": "人民币" + capital_figures(worth_fen),
        "rows": rows,
        "apart": [
            [one.title, hashlib.sha256(one.paper.content).hexdigest()]
            for one in entries
            if one.paper is not None and one.pages is None
        ],
        "lacking": lacking,
    }
