"""Collection: frozen by what is agreed on the day of placement, one payment for a checkout, split to the fen."""

from datetime import date

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import Channel
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from marketplace.orders import service as orders
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.payments.models import Collection, LineCommission, Payment, SupervisedAgreement
from marketplace.payments.service import agreements
from marketplace.payments.service.books import balance
from marketplace.payments.service.checkout_receipts import receive_for_checkout
from marketplace.payments.service.collection import mode_of
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.support.settling import ACCOUNT, STARTED, Till, hear_money


@pytest.fixture
def bare(shop: Shop, heard: Heard) -> Till:
    """A till without any agreement."""
    hear_money(heard)
    return Till(shop)


def _agreement_of(till: Till, order: SalesOrder) -> str | None:
    return till.session.scalar(
        select(SupervisedAgreement.document_no)
        .join(Collection, Collection.agreement_id == SupervisedAgreement.id)
        .where(Collection.order_id == order.id)
    )


def test_without_an_agreement_an_order_is_paid_to_its_producer(bare: Till) -> None:
    order = bare.shop.place([1])
    assert (mode_of(bare.session, order), _agreement_of(bare, order)) == ("direct", None)


def test_an_order_keeps_the_mode_of_the_day_on_which_it_was_placed(bare: Till) -> None:
    before = bare.shop.place([1])
    bare.supervise()
    after = bare.shop.place([1])
    assert [mode_of(bare.session, one) for one in (before, after)] == ["direct", "supervised"]


@pytest.mark.parametrize(
    ("area", "mode"), [("460000", "supervised"), ("469025", "supervised"), ("450000", "direct")]
)
def test_an_area_is_where_the_producer_produces(bare: Till, area: str, mode: str) -> None:
    first = bare.shop.place([1])
    assert first.producer_area.startswith("469025")
    bare.supervise(area_code=area)
    assert mode_of(bare.session, bare.shop.place([1])) == mode


def test_the_producers_own_agreement_goes_before_the_channels_and_the_areas(bare: Till) -> None:
    channel_id = bare.session.scalars(select(Channel.id)).first()
    bare.supervise("省〔2020〕1号", area_code="460000")
    bare.supervise("市〔2020〕1号", area_code="469025")
    assert _agreement_of(bare, bare.shop.place([1])) == "市〔2020〕1号"
    bare.supervise("渠道〔2020〕1号", channel_id=channel_id)
    assert _agreement_of(bare, bare.shop.place([1])) == "渠道〔2020〕1号"
    bare.supervise("主体〔2020〕1号")
    assert _agreement_of(bare, bare.shop.place([1])) == "主体〔2020〕1号"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "mode"),
    [
        (date(2020, 10, 1), None, "supervised"),
        (date(2020, 10, 2), None, "direct"),
        (date(2020, 1, 1), date(2020, 10, 1), "direct"),
        (date(2020, 1, 1), date(2020, 10, 2), "supervised"),
    ],
)
def test_an_agreement_holds_from_its_first_day_to_the_day_before_its_end(
    bare: Till, valid_from: date, valid_to: date | None, mode: str
) -> None:
    row = agreements.propose_supervised(
        bare.session,
        bare.clerk,
        document_no="监管1",
        bank_name="演示银行",
        account=ACCOUNT,
        valid_from=valid_from,
        valid_to=valid_to,
        producer_organisation_id=bare.producer_id,
    )
    agreements.decide(bare.session, bare.approver, SupervisedAgreement, row.id, approve=True)
    assert mode_of(bare.session, bare.shop.place([1])) == mode


def test_an_agreement_holds_only_when_a_second_person_has_approved_it(bare: Till) -> None:
    row = agreements.propose_supervised(
        bare.session,
        bare.clerk,
        document_no="监管1",
        bank_name="演示银行",
        account=ACCOUNT,
        valid_from=STARTED,
        producer_organisation_id=bare.producer_id,
    )
    assert ACCOUNT.encode() not in row.account_enc
    assert agreements.masked_account(row) == "**** 0128"
    assert mode_of(bare.session, bare.shop.place([1])) == "direct"
    with pytest.raises(Forbidden) as refused:
        agreements.decide(bare.session, bare.clerk, SupervisedAgreement, row.id, approve=True)
    assert (refused.value.code, row.state) == ("same_person", "proposed")
    agreements.decide(bare.session, bare.approver, SupervisedAgreement, row.id, approve=False)
    assert mode_of(bare.session, bare.shop.place([1])) == "direct"
    with pytest.raises(Conflict) as decided:
        agreements.decide(bare.session, bare.approver, SupervisedAgreement, row.id, approve=True)
    assert decided.value.code == "agreement_decided"


def test_an_agreement_for_nobody_or_of_a_known_number_or_backwards_is_refused(bare: Till) -> None:
    bare.supervise("监管1")
    values = {"document_no": "监管2", "bank_name": "演示银行", "account": ACCOUNT, "valid_from": STARTED}
    of = {"producer_organisation_id": bare.producer_id}
    for changes, error, code in (
        ({}, Invalid, "agreement_scope"),
        (of | {"valid_to": STARTED}, Invalid, "valid_to"),
        (of | {"account": "12"}, Invalid, "bank_account_shape"),
        (of | {"document_no": "监管1"}, AlreadyExists, "document_no_taken"),
    ):
        with pytest.raises(error) as refused, bare.session.begin_nested():
            agreements.propose_supervised(bare.session, bare.clerk, **(values | changes))  # type: ignore[arg-type]
        assert refused.value.code == code
    assert len(bare.session.scalars(select(SupervisedAgreement)).all()) == 1


def test_commission_is_frozen_on_the_lines_that_are_placed_while_it_holds(bare: Till) -> None:
    bare.shop.place([1])
    bare.commission(250)
    order = bare.shop.place([1])
    rows = bare.session.execute(
        select(OrderLine.order_id, LineCommission.commission_bp).join(
            LineCommission, LineCommission.line_id == OrderLine.id
        )
    ).all()
    assert [tuple(row) for row in rows] == [(order.id, 250)]


def _two_producers(till: Till) -> tuple[str, list[SalesOrder]]:
    """A checkout of 98.00 at one producer and 70.00 at another, both supervised."""
    other = open_shop(till.session, (1_000, 2_000))
    lines = [*till.shop.basket([2]).lines, *other.basket([1, 3]).lines]
    placed = orders.place(till.session, till.shop.buyer_actor, till.shop.basket(lines=lines))
    return placed.number, [orders.lock_order(till.session, one["number"]) for one in placed.orders]


def _receive(till: Till, checkout: str, fen: int, reference: str = "B-1", **more: object) -> list[Payment]:
    return receive_for_checkout(
        till.session,
        till.shop.finance,
        checkout,
        amount_fen=fen,
        currency="CNY",
        reference=reference,
        payer_name="演示预算单位",
        paid_at=NOON,
        **more,  # type: ignore[arg-type]
    )


def test_one_payment_pays_every_order_of_a_checkout(bare: Till) -> None:
    bare.supervise(area_code="460000")
    checkout, placed = _two_producers(bare)
    parts = _receive(bare, checkout, 16_800)
    assert [(one.amount_fen, one.reference) for one in parts] == [(9_800, "B-1"), (7_000, "B-1#2")]
    assert [one.payment_state for one in placed] == ["paid", "paid"]
    assert balance(bare.session, "bank") == 16_800
    assert balance(bare.session, "buyer_receivable") == 0


def test_a_part_is_split_in_proportion_and_to_the_fen(bare: Till) -> None:
    bare.supervise(area_code="460000")
    checkout, placed = _two_producers(bare)
    assert [one.amount_fen for one in _receive(bare, checkout, 101)] == [59, 42]
    assert [one.amount_fen for one in _receive(bare, checkout, 16_699, "B-2")] == [9_741, 6_958]
    assert [orders.due_fen(one) for one in placed] == [0, 0]


def test_more_than_is_due_is_refused_and_nothing_is_booked(bare: Till) -> None:
    bare.supervise(area_code="460000")
    checkout, placed = _two_producers(bare)
    with pytest.raises(Conflict) as refused:
        _receive(bare, checkout, 16_801)
    assert (refused.value.code, refused.value.extra) == ("above_due", {"due_fen": 16_800})
    assert [one.paid_fen for one in placed] == [0, 0]
    assert bare.session.scalars(select(Payment)).all() == []


def test_the_same_line_of_the_bank_is_refused_however_it_is_told_again(bare: Till) -> None:
    bare.supervise(area_code="460000")
    checkout, _ = _two_producers(bare)
    _receive(bare, checkout, 10_000)
    with pytest.raises(AlreadyExists), bare.session.begin_nested():
        _receive(bare, checkout, 1_000)


def test_orders_of_two_accounts_are_paid_by_naming_one(bare: Till) -> None:
    bare.supervise("省〔2020〕1号", area_code="460000")
    bare.supervise("主体〔2020〕1号")
    checkout, placed = _two_producers(bare)
    with pytest.raises(Conflict) as refused:
        _receive(bare, checkout, 9_800)
    assert refused.value.code == "several_accounts"
    _receive(bare, checkout, 9_800, document_no="主体〔2020〕1号")
    assert [one.payment_state for one in placed] == ["paid", "unpaid"]


def test_a_checkout_paid_directly_or_of_a_stranger_is_not_found(bare: Till) -> None:
    checkout, _ = _two_producers(bare)
    with pytest.raises(NotFound):
        _receive(bare, checkout, 1)
    bare.supervise(area_code="460000")
    checkout, _ = _two_producers(bare)
    bare.shop.finance = actor_of("producer_finance", bare.shop.world.organisation("enterprise").id)
    with pytest.raises(NotFound):
        _receive(bare, checkout, 1)
