"""The books of money: both sides of every transfer, the same event once, and the same open amounts as the orders."""

import uuid

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.core.errors import Conflict
from marketplace.core.ids import uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.service import Part
from marketplace.payments import service as payments
from marketplace.payments.models import Refund, Transfer
from marketplace.payments.rules.accounts import Leg, Side
from marketplace.payments.service.books import balance, post, reverse
from marketplace.payments.service.checks import open_amount_differences
from tests.orders_world import NOON, Shop


def _stands(shop: Shop, order: SalesOrder) -> tuple[int, int, int]:
    """(the buyer owes, the producer is owed, what lies at the producer's bank unexplained)."""
    of = {"order_id": order.id}
    return (
        balance(shop.session, "buyer_receivable", **of),
        balance(shop.session, "producer_payable", **of),
        balance(shop.session, "bank", party=order.producer_organisation_id),
    )


def _pay(shop: Shop, order: SalesOrder, fen: int, reference: str = "R-1") -> None:
    payments.record_transfer(
        shop.session,
        shop.finance,
        order.number,
        amount_fen=fen,
        currency="CNY",
        reference=reference,
        payer_name="演示预算单位",
        paid_at=NOON,
    )


def test_an_order_is_owed_by_its_buyer_and_to_its_producer_until_it_is_paid(shop: Shop) -> None:
    order = shop.place([2])
    assert _stands(shop, order) == (9_800, 9_800, 0)
    _pay(shop, order, 4_000)
    assert _stands(shop, order) == (5_800, 5_800, 0)
    _pay(shop, order, 5_800, "R-2")
    assert _stands(shop, order) == (0, 0, 0)
    assert open_amount_differences(shop.session) == []


def test_an_unpaid_order_that_is_called_off_is_owed_by_nobody(shop: Shop) -> None:
    order = shop.place([2])
    orders.cancel(shop.session, shop.buyer_actor, order.number, "不需要了")
    assert _stands(shop, order) == (0, 0, 0)
    assert open_amount_differences(shop.session) == []


def test_a_paid_order_that_is_called_off_is_owed_back_until_the_refund_is_confirmed(shop: Shop) -> None:
    order = shop.place([2])
    _pay(shop, order, 9_800)
    orders.cancel(shop.session, shop.buyer_actor, order.number, "不需要了")
    assert _stands(shop, order) == (-9_800, -9_800, 0)
    number = shop.session.scalars(select(Refund.number).where(Refund.order_id == order.id)).one()
    payments.confirm_refund(shop.session, shop.finance, number, reference="B-1")
    assert _stands(shop, order) == (0, 0, 0)
    assert open_amount_differences(shop.session) == []


def test_a_return_of_a_part_lowers_what_is_owed(shop: Shop) -> None:
    order = shop.place([3])
    orders.confirm(shop.session, shop.seller_actor, order.number)
    _pay(shop, order, 14_700)
    orders.ship(shop.session, shop.seller_actor, order.number, parts=[Part(1, 2)])
    orders.declare_shortfall(shop.session, shop.seller_actor, order.number, "缺货")
    assert _stands(shop, order) == (-4_900, -4_900, 0)
    assert open_amount_differences(shop.session) == []


def test_the_same_event_is_booked_once(shop: Shop) -> None:
    party = uuid7()
    legs = [Leg("received", Side("bank", party), Side("unallocated", party), 100)]
    assert post(shop.session, {"receipt:x": legs}, NOON) == 1
    assert post(shop.session, {"receipt:x": legs}, NOON) == 0
    assert balance(shop.session, "bank", party=party) == 100
    assert balance(shop.session, "unallocated", party=party) == 100


def test_a_reversal_books_the_opposite_and_only_once(shop: Shop) -> None:
    party = uuid7()
    legs = [Leg("received", Side("bank", party), Side("unallocated", party), 100)]
    post(shop.session, {"receipt:x": legs}, NOON)
    assert reverse(shop.session, "receipt:x", "undo:x", NOON) == 1
    assert balance(shop.session, "bank", party=party) == 0
    with pytest.raises(Conflict) as refused, shop.session.begin_nested():
        reverse(shop.session, "receipt:x", "undo:again", NOON)
    assert refused.value.code == "already_reversed"
    with pytest.raises(LookupError):
        reverse(shop.session, "receipt:unknown", "undo:y", NOON)


@pytest.mark.parametrize(("account", "kind"), [("petty_cash", "received"), ("bank", "gift")])
def test_an_account_or_kind_that_nobody_declared_is_a_programming_error(
    shop: Shop, account: str, kind: str
) -> None:
    with pytest.raises(LookupError):
        post(
            shop.session,
            {"receipt:x": [Leg(kind, Side(account), Side("unallocated", uuid.UUID(int=1)), 1)]},
            NOON,
        )
    assert shop.session.scalar(select(func.count()).select_from(Transfer)) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.transfer SET amount_fen = 1",
        "DELETE FROM payments.transfer",
        "TRUNCATE payments.transfer",
    ],
)
def test_a_transfer_is_never_changed(shop: Shop, statement: str) -> None:
    shop.place([1])
    with pytest.raises(Exception, match=r"append-only|permission denied"), shop.session.begin_nested():
        shop.session.execute(text(statement))


@pytest.mark.parametrize("fen", [0, -1])
def test_a_transfer_moves_at_least_one_fen(shop: Shop, fen: int) -> None:
    party = uuid7()
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        post(
            shop.session,
            {"x": [Leg("received", Side("bank", party), Side("unallocated", party), fen)]},
            NOON,
        )


def test_a_booking_that_is_missing_is_found(shop: Shop) -> None:
    order = shop.place([2])
    order.deducted_fen = 1
    shop.session.flush()
    found = open_amount_differences(shop.session)
    assert [(one.order_number, one.open_fen, one.booked_fen) for one in found] == [
        (order.number, 9_799, 9_800)
    ]
