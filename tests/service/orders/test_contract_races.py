"""Two at once on real commits: freight against dispatch, both sides' signatures, the same signature twice, two drafts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db, files
from marketplace.orders.models import Contract, ContractSignature, SalesOrder
from marketplace.orders.service import contracts, set_freight
from marketplace.payments.service.checks import open_amount_differences
from tests.orders_world import actor_of
from tests.service.orders.test_races import THREADS, Field, field
from tests.support.contracts import PNG, brought, drafted, register, sent, upload

__all__ = ["field"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


def placed(field: Field) -> str:
    """An order of two sides with their codes."""

    def work(_: Session) -> str:
        if field.shop.buyer.uscc is None:
            field.shop.buyer = field.shop.session.merge(field.shop.buyer)
            register(field.shop)
        return field.shop.place([1], payment_method="after_delivery").number

    return str(field(work))


def order_of(session: Session, number: str) -> SalesOrder:
    return session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one()


def test_freight_and_dispatch_at_once_end_with_a_contract_that_states_the_freight_or_none(
    field: Field,
) -> None:
    seen: Counter[str] = Counter()
    for _ in range(6):
        number = placed(field)
        paper = str(field(lambda s, n=number: drafted(field.shop, order_of(s, n)).number))

        def either(session: Session, thread: int, number: str = number, paper: str = paper) -> None:
            if thread:
                contracts.send(session, field.shop.seller_actor, paper)
            else:
                set_freight(session, field.shop.seller_actor, number, 700)

        outcome = field.race(either, 2)
        with db.transaction() as session:
            order = order_of(session, number)
            contract = session.scalars(select(Contract).where(Contract.number == paper)).one()
            if contract.state == "sent":
                assert (outcome, order.freight_fen) == ({"done": 1, "contract_out": 1}, 0)
            else:
                assert (contract.state, order.freight_fen) == ("void", 700)
                assert outcome == {"done": 1, "illegal_transition": 1}
            assert contract.state == "void" or contract.content["total_fen"] == order.total_fen
            assert open_amount_differences(session) == []
            seen[contract.state] += 1
    assert sum(seen.values()) == 6


def test_freight_against_the_last_signature_never_changes_a_signed_contract(field: Field) -> None:
    number = placed(field)

    def ready(session: Session) -> tuple[str, object]:
        contract = sent(field.shop, order_of(session, number))
        first = brought(field.shop, contract, "seller")
        contracts.check_signature(session, field.shop.buyer_actor, first.id, approve=True, opinion=None)
        return contract.number, brought(field.shop, contract, "buyer", PNG + b"2").id

    paper, signature_id = field(ready)  # type: ignore[misc]

    def either(session: Session, thread: int) -> None:
        if thread % 2:
            set_freight(session, field.shop.seller_actor, number, 700)
        else:
            contracts.check_signature(
                session, field.shop.seller_actor, signature_id, approve=True, opinion=None
            )

    outcome = field.race(either, 8)
    assert outcome == {"done": 1, "contract_out": 4, "illegal_transition": 3}
    with db.transaction() as session:
        contract = session.scalars(select(Contract).where(Contract.number == paper)).one()
        order = order_of(session, number)
        assert (contract.state, order.total_fen, contract.content["total_fen"]) == ("signed", 4_900, 4_900)
        assert order.payment_terms["contract"] == paper


def test_twenty_signatures_of_one_side_are_one(field: Field) -> None:
    number = placed(field)

    def ready(session: Session) -> tuple[str, object]:
        contract = sent(field.shop, order_of(session, number))
        return contract.number, upload(session, field.shop.seller_actor)

    paper, file_id = field(ready)  # type: ignore[misc]
    signed = contracts.Signed("seller", "stamped_scan", file_id, "公章")
    outcome = field.race(lambda session, _: contracts.sign(session, field.shop.seller_actor, paper, signed))
    assert outcome == {"done": 1, "already_signed": THREADS - 1}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ContractSignature)) == 1


def test_a_signature_is_checked_once_by_whoever_comes_first(field: Field) -> None:
    number = placed(field)

    def ready(session: Session) -> object:
        return brought(field.shop, sent(field.shop, order_of(session, number)), "seller").id

    signature_id = field(ready)
    checkers = [field.shop.buyer_actor, actor_of("platform_operator")]

    def check(session: Session, thread: int) -> None:
        contracts.check_signature(
            session,
            checkers[thread % 2],
            signature_id,  # type: ignore[arg-type]
            approve=bool(thread % 3),
            opinion="看过",
        )

    outcome = field.race(check, 12)
    assert outcome == {"done": 1, "illegal_transition": 11}
    with db.transaction() as session:
        row = session.scalars(select(ContractSignature)).one()
        state = session.scalars(select(Contract.state)).one()
    assert (row.state, state) in [("checked", "signed_by_one"), ("refused", "sent")]


def test_drafting_and_sending_at_once_leave_one_paper_on_the_way(field: Field) -> None:
    number = placed(field)
    outcome = field.race(
        lambda session, _: contracts.draft(
            session, field.shop.seller_actor, number, contracts.Agreed(contract_days=30)
        ),
        8,
    )
    assert outcome == {"done": 8}
    with db.transaction() as session:
        states = Counter(session.scalars(select(Contract.state)))
    assert states == {"drafted": 1, "void": 7}
