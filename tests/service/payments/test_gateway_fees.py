"""The gateway's own fees: learnt where it is asked anyway, booked once, compared daily, shown to the producer who bears them."""

from datetime import timedelta

from sqlalchemy import select, text

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.payments.models import Transfer
from marketplace.payments.service.book_files import transfer_file
from marketplace.payments.service.books import balance
from marketplace.payments.service.gateway_sweep import reconcile
from marketplace.payments.service.statement_files import statement_xlsx
from marketplace.payments.service.statements import Statement, statement_of
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON
from tests.support.online_shop import LATER, Till

FEE = 9800 * 290 // 10_000  # 2.84


def broken() -> list[str]:
    with db.transaction() as session:
        return [f"{one.code} {one.broken}" for one in verify(session) if one.broken]


def fees() -> tuple[int, int]:
    """What the producer bore, and where its account with the gateway stands."""
    with db.transaction() as session:
        return balance(session, "gateway_fees"), balance(session, "stripe_clearing")


def differences() -> list[tuple[str, int, int, str]]:
    return [(one.kind, one.there_fen, one.here_fen, one.reason) for one in reconcile()]


def statement(till: Till, period: str = "2020-10") -> Statement:
    producer = till.shop.seller_actor.organisation_id
    assert producer is not None
    with db.transaction() as session:
        return statement_of(session, till.shop.seller_actor, producer, period)


def test_a_message_tells_no_fee_and_the_daily_comparison_books_it_once(paying: Till) -> None:
    _, payment_id = paying.paid()
    assert (fees(), paying.payment(payment_id).fee_fen) == ((0, 0), 0)
    assert reconcile() == []
    assert (fees(), paying.payment(payment_id).fee_fen) == ((FEE, -FEE), FEE)
    assert (reconcile(), fees(), broken()) == ([], (FEE, -FEE), [])


def test_a_payment_that_is_read_tells_its_fee_at_once(paying: Till) -> None:
    payment_id = paying.begin(paying.order())
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    with frozen_at(NOON + LATER):
        paying.work()  # no message came
    assert (paying.payment(payment_id).state, fees()) == ("captured", (FEE, -FEE))
    with db.transaction() as session:
        kind, amount, debit, credit = session.execute(
            select(Transfer.kind, Transfer.amount_fen, Transfer.debit_account, Transfer.credit_account).where(
                Transfer.event.startswith("fee:")
            )
        ).one()
    assert (kind, amount, debit, credit) == ("gateway_fee", FEE, "gateway_fees", "stripe_clearing")
    assert broken() == []


def test_what_the_gateway_gives_back_of_its_fee_with_a_refund_is_booked_too(paying: Till) -> None:
    paying.there.fee_back_bp = 100
    number, payment_id = paying.paid()
    paying.cancel(number)
    paying.work()
    paying.hear()
    assert paying.refunds(number)[0].state == "confirmed"
    assert reconcile() == []
    assert (fees()[0], paying.payment(payment_id).fee_fen) == (FEE - 98, FEE - 98)
    assert (paying.fake.fees(), broken()) == (FEE - 98, [])


def test_the_fee_of_a_refund_that_came_back_is_kept_again(paying: Till) -> None:
    paying.there.fee_back_bp = 100
    number, _ = paying.paid()
    paying.cancel(number)
    paying.work()
    [refund_id] = paying.there.refunds
    paying.there.settle_refund(refund_id, arrives=False)
    paying.hear()
    assert differences() == [("given_back", 0, 0, "bounced")]
    assert fees() == (paying.fake.fees(), -FEE) == (FEE, -FEE)


def test_a_fee_of_money_that_no_order_could_take_is_the_producers_all_the_same(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.cancel(number)
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.hear()
    paying.work(2)
    assert (paying.payment(payment_id).taken_as, reconcile()) == ("surplus", [])
    assert (fees(), broken()) == ((FEE, -FEE), [])


def test_a_fee_that_was_booked_otherwise_than_the_gateway_says_is_a_difference(paying: Till) -> None:
    _, payment_id = paying.paid()
    assert reconcile() == []
    [charge] = paying.there.charges.values()
    paying.there.movements[charge["balance_transaction"]]["fee"] += 1
    assert differences() == [("fee", FEE + 1, FEE, "")]  # told once and for ever: never booked over
    paying.there.movements[charge["balance_transaction"]]["fee"] -= 1
    with db.transaction() as session:
        session.execute(text("UPDATE payments.online_payment SET fee_fen = fee_fen - 1"))
    assert ("fee_booked", FEE - 1, FEE, "") in differences()
    assert [one.split()[0] for one in broken()] == ["M15"]
    assert paying.payment(payment_id).fee_fen == FEE - 1


def test_a_fee_in_another_currency_is_booked_nowhere_and_shown(paying: Till) -> None:
    paying.there.settles_in = "hkd"
    paying.paid()
    assert (differences(), fees(), broken()) == ([("fee", 0, 0, "currency")], (0, 0), [])


def test_a_fee_that_nobody_tells_for_a_day_is_a_difference(paying: Till) -> None:
    paying.paid()
    for charge in paying.there.charges.values():
        charge["balance_transaction"] = None
    assert reconcile() == []
    with frozen_at(NOON + timedelta(days=2)):
        assert differences() == [("fee", 0, 0, "not_told")]


def test_the_producers_statement_shows_the_fee_beside_the_payment(paying: Till) -> None:
    number, _ = paying.paid()
    paying.order((1,))
    before = statement(paying)
    assert (before.fees_fen, [one.fee_fen for one in before.movements]) == (0, [0, 0, 0])
    assert reconcile() == []
    after = statement(paying)
    assert (after.fees_fen, after.closing_fen) == (FEE, before.closing_fen)
    beside = {(one.title, one.order_number): one.fee_fen for one in after.movements if one.fee_fen}
    assert beside == {("直达供应商", number): FEE}
    assert statement_xlsx(after) != statement_xlsx(before)
    with db.transaction() as session:
        rows = transfer_file(session, paying.shop.finance, "csv", {}).decode("utf-8-sig")
    assert "支付通道手续费" in rows
