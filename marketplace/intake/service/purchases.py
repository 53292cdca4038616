"""Declaring a purchase: 经办 of the unit says what was bought by which paper; what of the paper is declared, the database bounds.

A unit and its union may split one invoice; the same invoice declared twice has no part left. Source: docs/rules.md, "Sales made
elsewhere".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.models import StoredFile
from marketplace.intake.models import Purchase, PurchaseFile, PurchaseLine, PurchasePaper
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.purchases import ADAPTER, Paper, check_paper, declared_fen
from marketplace.intake.service.purchase_reading import find, step
from marketplace.intake.service.uploads import fitting_adapter
from marketplace.payments.models import Invoice

MOST_FILES: Final = 10
_REFUSALS = {
    "ck_purchase_paper_declared_within": Conflict(
        "declared_above_paper", "该票据的可申报余额不足,可能已由其他单位申报"
    ),
    "uq_purchase_standing": AlreadyExists("paper_declared", "本单位已申报此票据"),
}
Lines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a declaration says besides its paper."""

    kind: str  # own_purchase | brokered_sale
    channel: str  # code of the fair, or of the register of direct supply
    bought_on: date
    lines: Lines
    file_ids: Sequence[uuid.UUID]
    buyer_uscc: str | None = None
    fund_source: str | None = None


def declare(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    paper: Paper,
    *,
    seller_uscc: str,
    seller_name: str,
    said: Declared,
) -> Purchase:
    """Submit a declaration; it waits for another person of the authority.

    Invalid (numbers of invoices, ``lines_above_paper``, ``evidence``), Conflict (``declared_above_paper``, ``paper_differs``,
    ``invoice_of_orders``), AlreadyExists (``paper_declared``), Forbidden.
    """
    organisation = _declarant(session, actor, organisation_id)
    check_paper(paper)
    _not_ours(session, paper)
    amount_fen = declared_fen(said.lines, paper)
    channel = _channel(session, said.channel)
    _check(said)
    row = _paper(session, paper, seller_uscc, seller_name)
    purchase = Purchase(
        id=uuid7(),
        number=readable_number("G"),
        paper_id=row.id,
        declarant_id=organisation.id,
        area_code=organisation.fiscal_area or organisation.area_code,
        kind=said.kind,
        buyer_uscc=said.buyer_uscc,
        channel_id=channel.id,
        bought_on=said.bought_on,
        fund_source=said.fund_source,
        amount_fen=amount_fen,
        version=1,
        state="submitted",
        declared_at=utcnow(),
        is_demo=organisation.is_demo,
    )
    with refusing(_REFUSALS):
        session.add(purchase)
        session.flush()
        take_part(session, row.id, amount_fen)
    _keep(session, purchase, said)
    step(session, actor, purchase, said=_json(paper, said))
    return purchase


def resubmit(session: Session, actor: Actor, number: str, said: Declared) -> Purchase:
    """What was returned is said anew, by the same paper; the earlier version stays as it was. IllegalTransition otherwise."""
    purchase = find(session, actor, number, lock=True)
    _declarant(session, actor, purchase.declarant_id)
    paper = session.get_one(PurchasePaper, purchase.paper_id)
    of_paper = Paper(paper.kind, paper.code, paper.paper_no, paper.issued_on, paper.total_fen)
    amount_fen = declared_fen(said.lines, of_paper)
    _check(said)
    purchase.kind, purchase.buyer_uscc, purchase.bought_on = said.kind, said.buyer_uscc, said.bought_on
    purchase.channel_id = _channel(session, said.channel).id
    purchase.fund_source, purchase.amount_fen = said.fund_source, amount_fen
    purchase.version += 1
    step(session, actor, purchase, "submitted", said=_json(of_paper, said))
    with refusing(_REFUSALS):
        take_part(session, paper.id, amount_fen)
    _keep(session, purchase, said)
    return purchase


def withdraw(session: Session, actor: Actor, number: str) -> Purchase:
    """The unit no longer declares it; another may."""
    purchase = find(session, actor, number, lock=True)
    _declarant(session, actor, purchase.declarant_id)
    was_held = purchase.state == "submitted"
    step(session, actor, purchase, "withdrawn")
    if was_held:
        take_part(session, purchase.paper_id, -purchase.amount_fen)
    return purchase


def take_part(session: Session, paper_id: uuid.UUID, fen: int) -> None:
    """So much more (negative: less) of a paper is declared; its bounds are the database's."""
    session.execute(
        update(PurchasePaper)
        .where(PurchasePaper.id == paper_id)
        .values(declared_fen=PurchasePaper.declared_fen + fen)
    )


def _declarant(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation_not_found", "没有这个单位")
    actor.require("intake.declare", area=organisation.area_code, owners=(organisation.id,))
    if organisation.uscc is None:
        raise Conflict("uscc_missing", "请先登记本单位的统一社会信用代码")
    return organisation


def _channel(session: Session, code: str) -> Channel:
    channel = session.scalars(select(Channel).where(Channel.code == code)).one_or_none()
    if channel is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    fitting_adapter(channel, adapter_of(ADAPTER))
    return channel


def _check(said: Declared) -> None:
    if said.bought_on > day_of(utcnow()):
        raise Invalid("bought_later", "采购日期不能晚于今天", pointer="/bought_on")
    if not 1 <= len(set(said.file_ids)) <= MOST_FILES:
        raise Invalid("evidence", f"应附 1 至 {MOST_FILES} 个佐证文件", pointer="/file_ids")
    if said.kind == "own_purchase" and said.buyer_uscc is not None:
        raise Invalid("buyer_is_declarant", "直接采购的采购方就是申报单位", pointer="/buyer_uscc")


def _not_ours(session: Session, paper: Paper) -> None:
    """An invoice of our own orders counts by these orders; declared as a purchase it would count twice."""
    if session.scalar(
        select(Invoice.id).where(Invoice.code == paper.code, Invoice.invoice_no == paper.number).limit(1)
    ):
        raise Conflict("invoice_of_orders", "该发票属于本平台订单,订单已计入统计,请改用发票申报")


def _paper(session: Session, paper: Paper, seller_uscc: str, seller_name: str) -> PurchasePaper:
    """The paper, made when it is first declared; locked. Conflict (``paper_differs``) when others said it otherwise."""
    session.execute(
        insert(PurchasePaper)
        .values(
            id=uuid7(),
            kind=paper.kind,
            code=paper.code,
            paper_no=paper.number,
            seller_uscc=seller_uscc,
            seller_name=seller_name,
            issued_on=paper.issued_on,
            total_fen=paper.total_fen,
            declared_fen=0,
        )
        .on_conflict_do_nothing(index_elements=["code", "paper_no", "seller_uscc"])
    )
    row = session.scalars(
        select(PurchasePaper)
        .where(
            PurchasePaper.code == paper.code,
            PurchasePaper.paper_no == paper.number,
            PurchasePaper.seller_uscc == seller_uscc,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if (row.kind, row.issued_on, row.total_fen) != (paper.kind, paper.issued_on, paper.total_fen):
        raise Conflict("paper_differs", "该票据已有申报,而种类、日期或金额不同")
    return row


def _keep(session: Session, purchase: Purchase, said: Declared) -> None:
    """Lines of this version, and files that are new. Forbidden (``evidence_of_others``) for files that are not the unit's."""
    names = ("goods_name", "spec", "catalogue_no", "gtin", "quantity_milli", "weight_g", "amount_fen")
    session.add_all(
        PurchaseLine(
            id=uuid7(),
            purchase_id=purchase.id,
            version=purchase.version,
            line_no=number,
            **{name: line.get(name) for name in names},
        )
        for number, line in enumerate(said.lines, 1)
    )
    wanted = set(said.file_ids)
    owned = session.scalars(
        select(StoredFile.id).where(
            StoredFile.id.in_(wanted), StoredFile.owner_organisation_id == purchase.declarant_id
        )
    ).all()
    if set(owned) != wanted:
        raise Forbidden("evidence_of_others", "佐证文件应由申报单位上传")
    for file_id in sorted(wanted):
        session.execute(
            insert(PurchaseFile)
            .values(purchase_id=purchase.id, file_id=file_id, attached_at=utcnow())
            .on_conflict_do_nothing()
        )
    session.flush()


def _json(paper: Paper, said: Declared) -> dict[str, Any]:
    values = asdict(said) | {"paper": asdict(paper) | {"issued_on": paper.issued_on.isoformat()}}
    return values | {
        "bought_on": said.bought_on.isoformat(),
        "lines": [dict(line) for line in said.lines],
        "file_ids": [str(one) for one in said.file_ids],
    }
