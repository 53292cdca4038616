"""`flask payments reconcile` prints what differs and says so by its exit status."""

from flask import Flask

from marketplace.payments.service import gateway_sweep
from tests.support.online_shop import ACCOUNT, Till


def test_it_takes_over_what_was_missed_and_ends_with_the_number_of_differences(
    app: Flask, paying: Till
) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.fake.take_outbox()  # never heard
    first = app.test_cli_runner().invoke(args=["payments", "reconcile"])
    assert (first.exit_code, first.output) == (0, "0 differences\n")
    assert paying.sales_order(number).paid_fen == 9800
    paying.intent(payment_id).update(amount_received=1)
    second = app.test_cli_runner().invoke(args=["payments", "reconcile", "--days", "3"])
    assert second.exit_code == 1
    assert (
        second.output
        == f"captured\t{paying.payment(payment_id).number}\tthere 1\there 9800\tpayment\n1 differences\n"
    )


def test_while_the_gateway_is_away_nothing_is_concluded_and_that_is_said(paying: Till) -> None:
    number = paying.order()
    paying.begin(number)
    paying.fake.dice.planned.extend(["dropped_before"])
    found = gateway_sweep.reconcile()
    assert [(one.kind, one.subject, one.reason) for one in found] == [
        ("gateway", ACCOUNT, "APIConnectionError")
    ]
    assert paying.sales_order(number).paid_fen == 0
