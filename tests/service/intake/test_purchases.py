"""Declared purchases: two persons, a paper never declared beyond what it says, in the ledger while they stand verified."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.attribution.models import Entry
from marketplace.catalogue.models import Channel
from marketplace.core import db, files
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Forbidden, IllegalTransition, Invalid
from marketplace.intake.models import Batch, ForeignSale, Purchase, PurchasePaper
from marketplace.intake.rules.purchases import Paper
from marketplace.intake.service import purchase_reading, purchase_review, purchases
from marketplace.intake.service.purchases import Declared
from marketplace.statistics.query import Question, ask
from tests.catalogue_world import NOON, World
from tests.support.certification import an_actor
from tests.support.reporting_device import next_uscc
from tests.support.reporting_shop import open_shop
from tests.support.threads import race

PAPER = Paper("digital_normal", "", "20442000000012345678", date(2020, 9, 28), 980_000)


@dataclass
class Desk:
    """A unit with its 经办, a county with its 审核, a fair and a seller whose goods are certified."""

    session: Session
    unit: Organisation
    clerk: Actor
    county: Actor
    fair: Channel
    catalogue_no: str
    seller_uscc: str
    file_id: uuid.UUID

    def line(self, **changes: Any) -> dict[str, Any]:
        values = {"goods_name": "百香果", "catalogue_no": self.catalogue_no, "quantity_milli": 100_000}
        return values | {"amount_fen": 490_000} | changes

    def said(self, *lines: dict[str, Any], **changes: Any) -> Declared:
        values: dict[str, Any] = {
            "kind": "own_purchase",
            "channel": self.fair.code,
            "bought_on": date(2020, 9, 28),
            "lines": list(lines) or [self.line()],
            "file_ids": [self.file_id],
        }
        return Declared(**values | changes)

    def declare(self, said: Declared | None = None, paper: Paper = PAPER) -> Purchase:
        return purchases.declare(
            self.session,
            self.clerk,
            self.unit.id,
            paper,
            seller_uscc=self.seller_uscc,
            seller_name="演示合作社",
            said=said or self.said(),
        )

    def review(self, purchase: Purchase, decision: str = "verified") -> Purchase:
        return purchase_review.review(self.session, self.county, purchase.number, decision, "按发票")

    def another(self, kind: str) -> Desk:
        """Another organisation in the same place, with its own clerk and evidence."""
        unit, clerk, file_id = _unit(self.session, kind)
        return replace(self, unit=unit, clerk=clerk, file_id=file_id)

    def ledger(self) -> dict[str, int]:
        rows = self.session.execute(
            select(Entry.participation_mode, func.sum(Entry.sale_fen))
            .where(Entry.channel_id == self.fair.id)
            .group_by(Entry.participation_mode)
        )
        return {mode: int(fen) for mode, fen in rows if fen}


def _unit(session: Session, kind: str) -> tuple[Organisation, Actor, uuid.UUID]:
    unit = World(session).organisation(kind)
    unit.uscc = next_uscc()
    if kind == "budget_unit":
        unit.fiscal_area, unit.fiscal_tier = "440106", "county_level"
    session.flush()
    clerk = an_actor("buyer", "000000", unit.id)
    kept = files.store(session, clerk, name="发票.pdf", content=b"%PDF-1.7", owner_id=unit.id)
    return unit, clerk, kept.id


def open_desk(session: Session, kind: str = "budget_unit") -> Desk:
    shop = open_shop(session, "exhibition")
    unit, clerk, file_id = _unit(session, kind)
    county = an_actor("county_officer", "440106")
    return Desk(session, unit, clerk, county, shop.channel, shop.catalogue_no, shop.supplier_uscc, file_id)


@pytest.fixture(autouse=True)
def a_place_for_files(tmp_path: Path) -> None:
    files.install(tmp_path)


@pytest.fixture
def desk(session: Session) -> Desk:
    return open_desk(session)


def test_a_purchase_counts_once_another_person_verified_it(desk: Desk) -> None:
    purchase = desk.declare(
        desk.said(desk.line(), desk.line(amount_fen=10_000, goods_name="沃柑", catalogue_no=None))
    )
    assert (purchase.state, purchase.amount_fen, desk.ledger()) == ("submitted", 500_000, {})
    desk.review(purchase)
    assert desk.ledger() == {"government_procurement": 500_000}
    entries = desk.session.execute(
        select(Entry.goods_class, Entry.purchase_kind, Entry.buyer_id, Entry.sale_fen).order_by(
            Entry.sale_fen
        )
    ).all()
    assert [tuple(one) for one in entries] == [
        ("ordinary", "own_purchase", desk.unit.id, 10_000),
        ("certified_aid", "own_purchase", desk.unit.id, 490_000),
    ]
    sale = desk.session.scalars(select(ForeignSale).where(ForeignSale.sale_fen == 490_000)).one()
    assert (sale.order_ref, sale.counting_policy) == (purchase.number, "general_2019")


@pytest.mark.parametrize(
    ("kind", "mode"), [("union", "social_organisation"), ("enterprise", "market_entity")]
)
def test_unions_and_enterprises_have_their_own_modes(session: Session, kind: str, mode: str) -> None:
    desk = open_desk(session, kind)
    desk.review(desk.declare())
    assert desk.ledger() == {mode: 490_000}


def test_a_brokered_sale_names_its_broker_and_is_told_apart_from_own_purchase(desk: Desk) -> None:
    buyer = desk.another("enterprise").unit
    desk.review(desk.declare(desk.said(kind="brokered_sale", buyer_uscc=buyer.uscc)))
    desk.review(desk.another("union").declare())
    entry = desk.session.scalars(select(Entry).where(Entry.broker_id.is_not(None))).one()
    assert (entry.broker_id, entry.buyer_id, entry.purchase_kind) == (desk.unit.id, buyer.id, "brokered_sale")
    answer = ask(desk.session, Question(measures=("consumption_aid_amount", "own_purchase", "brokered_sale")))
    assert answer.total == {
        "consumption_aid_amount": 980_000,
        "own_purchase": 490_000,
        "brokered_sale": 490_000,
    }


def test_a_unit_and_its_union_may_split_one_invoice_and_not_a_fen_more(desk: Desk) -> None:
    union = desk.another("union")
    desk.declare()
    union.declare()
    third = desk.another("enterprise")
    with pytest.raises(Conflict) as refused, desk.session.begin_nested():
        third.declare(third.said(third.line(amount_fen=1)))
    assert refused.value.code == "declared_above_paper"


def test_what_was_refused_or_withdrawn_leaves_its_part_to_others(desk: Desk) -> None:
    whole = desk.said(desk.line(amount_fen=980_000))
    first = desk.declare(whole)
    desk.review(first, "refused")
    second = desk.declare(whole)
    purchases.withdraw(desk.session, desk.clerk, second.number)
    union = desk.another("union")
    union.review(union.declare(union.said(union.line(amount_fen=980_000))))
    assert desk.ledger() == {"social_organisation": 980_000}
    paper = desk.session.scalars(select(PurchasePaper)).one()
    desk.session.refresh(paper)
    assert (paper.total_fen, paper.declared_fen) == (980_000, 980_000)


@pytest.mark.parametrize(
    "change", [{"total_fen": 980_001}, {"issued_on": date(2020, 9, 27)}, {"kind": "digital_special"}]
)
def test_the_same_invoice_said_otherwise_is_stopped(desk: Desk, change: dict[str, Any]) -> None:
    desk.declare()
    other = desk.another("union")
    with pytest.raises(Conflict) as refused:
        other.declare(paper=replace(PAPER, **change))
    assert refused.value.code == "paper_differs"


def test_a_unit_declares_a_paper_once(desk: Desk) -> None:
    desk.declare()
    with pytest.raises(DomainError) as refused, desk.session.begin_nested():
        desk.declare(desk.said(desk.line(amount_fen=1)))
    assert refused.value.code == "paper_declared"


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        (replace(PAPER, number="123"), "invoice_number"),
        (replace(PAPER, issued_on=date(2019, 9, 28)), "invoice_number_year"),
        (replace(PAPER, kind="normal", code="4400", number="12345678"), "invoice_code"),
        (replace(PAPER, kind="contract", code="440020"), "contract_code"),
        (replace(PAPER, total_fen=489_999), "lines_above_paper"),
    ],
)
def test_a_paper_that_cannot_be_meant_is_refused(desk: Desk, paper: Paper, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.declare(paper=paper)
    assert refused.value.code == code
    assert desk.session.scalar(select(func.count()).select_from(Purchase)) == 0


def test_a_contract_is_a_paper_too(desk: Desk) -> None:
    desk.review(desk.declare(paper=replace(PAPER, kind="contract", number="粤帮扶采购2020-018")))
    assert desk.ledger() == {"government_procurement": 490_000}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bought_on": date(2020, 10, 2)}, "bought_later"),
        ({"file_ids": []}, "evidence"),
        ({"buyer_uscc": "91350100M000100Y43"}, "buyer_is_declarant"),
        ({"channel": "nowhere"}, "channel_not_found"),
    ],
)
def test_a_declaration_that_says_too_little_or_too_much_is_refused(
    desk: Desk, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        desk.declare(desk.said(**change))
    assert refused.value.code == code


def test_evidence_of_others_is_none(desk: Desk) -> None:
    other = desk.another("union")
    with pytest.raises(Forbidden) as refused:
        desk.declare(desk.said(file_ids=[other.file_id]))
    assert refused.value.code == "evidence_of_others"


def test_whoever_declares_does_not_verify_and_nobody_verifies_for_their_own_unit(desk: Desk) -> None:
    purchase = desk.declare()
    both = replace(desk.county, person_id=desk.clerk.person_id)
    colleague = replace(desk.county, organisation_id=desk.unit.id)
    for actor, code in ((both, "same_person"), (colleague, "own_organisation")):
        with pytest.raises(Forbidden) as refused:
            purchase_review.review(desk.session, actor, purchase.number, "verified", "自审")
        assert refused.value.code == code
    with pytest.raises(DomainError) as unknown:
        purchase_review.review(
            desk.session, an_actor("county_officer", "440303"), purchase.number, "verified", "外县"
        )
    assert unknown.value.code == "purchase_not_found"
    assert desk.ledger() == {}


def test_what_is_returned_is_said_anew_and_its_first_words_stay(desk: Desk) -> None:
    purchase = desk.declare(desk.said(desk.line(amount_fen=980_000)))
    desk.review(purchase, "returned")
    with pytest.raises(IllegalTransition):
        desk.review(purchase)
    union = desk.another("union")
    union.review(union.declare())
    with pytest.raises(Conflict), desk.session.begin_nested():
        purchases.resubmit(
            desk.session, desk.clerk, purchase.number, desk.said(desk.line(amount_fen=490_001))
        )
    again = purchases.resubmit(desk.session, desk.clerk, purchase.number, desk.said())
    assert (again.state, again.version, again.amount_fen) == ("submitted", 2, 490_000)
    desk.review(again)
    assert desk.ledger() == {"government_procurement": 490_000, "social_organisation": 490_000}
    steps = purchase_reading.steps_of(desk.session, again)
    assert Counter(one.state for one in steps) == {"submitted": 2, "returned": 1, "verified": 1}
    assert {one.said["lines"][0]["amount_fen"] for one in steps if one.said} == {980_000, 490_000}


def test_what_was_verified_in_error_is_revoked_by_a_third_person(desk: Desk) -> None:
    purchase = desk.review(desk.declare())
    with pytest.raises(Forbidden):
        purchase_review.revoke(desk.session, desk.county, purchase.number, "自己撤销")
    other = an_actor("city_officer", "440100")
    purchase_review.revoke(desk.session, other, purchase.number, "发票已红冲")
    assert (purchase.state, desk.ledger()) == ("revoked", {})
    assert desk.session.scalars(select(func.sum(Entry.sale_fen))).one() == 0
    desk.review(desk.declare())
    assert desk.ledger() == {"government_procurement": 490_000}


def test_a_line_that_the_books_would_not_take_refuses_the_verification(desk: Desk) -> None:
    purchase = desk.declare(desk.said(bought_on=date(2019, 12, 31)))
    with pytest.raises(Conflict) as refused, desk.session.begin_nested():
        desk.review(purchase)
    assert (refused.value.code, refused.value.extra["rows"]) == ("purchase_rows", ["1: 时间早于渠道开业之日"])
    assert desk.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_point_of_sale_that_reports_by_itself_takes_no_declarations(desk: Desk) -> None:
    counter = World(desk.session).channel("counter")
    with pytest.raises(Conflict) as refused:
        desk.declare(desk.said(channel=counter.code))
    assert refused.value.code == "adapter_misfit"


def test_of_units_that_declare_one_invoice_at_once_only_what_it_says_is_declared(
    own_database: db.Database,
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        first = open_desk(session)
        desks: Sequence[Desk] = [first, *(first.another("union") for _ in range(5))]
        session.flush()
        session.expunge_all()

    def declare(session: Session, number: int) -> None:
        desk = replace(desks[number], session=session)
        desk.declare(desk.said(desk.line(amount_fen=400_000)))

    assert race(declare, 6, NOON) == {"done": 2, "declared_above_paper": 4}
    with db.transaction() as session:
        assert session.scalars(select(PurchasePaper.declared_fen)).one() == 800_000


def test_of_two_who_verify_one_declaration_at_once_one_does_and_it_counts_once(
    own_database: db.Database,
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        standing = open_desk(session)
        number = standing.declare().number
        session.flush()
        session.expunge_all()
    officers = [an_actor("county_officer", "440106") for _ in range(4)]
    found = race(
        lambda session, at: purchase_review.review(session, officers[at], number, "verified", "按发票"),
        4,
        NOON,
    )
    assert found == {"done": 1, "illegal_transition": 3}
    with db.transaction() as session:
        assert replace(standing, session=session).ledger() == {"government_procurement": 490_000}
