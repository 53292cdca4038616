from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders.terms import (
    METHOD_BY_CODE,
    METHODS,
    late_interest_fen,
    payment_due,
    prepayment_deadline,
)

DELIVERED = date(2020, 9, 20)


def test_goods_delivered_on_20_september_are_due_on_20_october() -> None:
    assert payment_due(DELIVERED) == date(2020, 10, 20)


def test_a_contract_of_90_days_is_capped_at_60() -> None:
    assert payment_due(DELIVERED, 90) == date(2020, 11, 19)


def test_the_cap_does_not_bind_private_buyers() -> None:
    assert payment_due(DELIVERED, 90, capped=False) == date(2020, 12, 19)


def test_a_shorter_contract_term_holds() -> None:
    assert payment_due(DELIVERED, 10) == date(2020, 9, 30)
    assert payment_due(DELIVERED, 0) == DELIVERED


def test_acceptance_starts_the_term_only_when_the_contract_says_so() -> None:
    assert payment_due(DELIVERED, accepted_on=date(2020, 9, 25)) == date(2020, 10, 20)
    agreed = date(2020, 9, 30)
    assert payment_due(DELIVERED, accepted_on=date(2020, 9, 25), inspection_until=agreed) == date(
        2020, 10, 25
    )


def test_a_late_or_missing_acceptance_starts_the_term_at_the_agreed_inspection_day() -> None:
    agreed = date(2020, 9, 30)
    assert payment_due(DELIVERED, accepted_on=date(2020, 12, 1), inspection_until=agreed) == date(
        2020, 10, 30
    )
    assert payment_due(DELIVERED, inspection_until=agreed) == date(2020, 10, 30)


def test_a_negative_term_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        payment_due(DELIVERED, -1)


def test_prepaid_orders_have_30_days_and_one_extension_of_15() -> None:
    prepaid = METHOD_BY_CODE["prepaid"]
    assert prepayment_deadline(prepaid, date(2020, 9, 1)) == date(2020, 10, 1)
    assert prepayment_deadline(prepaid, date(2020, 9, 1), 1) == date(2020, 10, 16)
    with pytest.raises(ValueError, match="allows 1 extension"):
        prepayment_deadline(prepaid, date(2020, 9, 1), 2)


def test_paying_after_delivery_has_no_prepayment_day_and_needs_the_unit() -> None:
    after = METHOD_BY_CODE["after_delivery"]
    assert prepayment_deadline(after, date(2020, 9, 1)) is None
    assert [method.code for method in METHODS if method.opened_by_unit] == ["after_delivery"]
    assert {method.code: method.sold_at for method in METHODS} == {
        "prepaid": "payment",
        "after_delivery": "placement",
    }


def test_late_interest_is_five_ten_thousandths_a_day() -> None:
    assert late_interest_fen(1_000_000, date(2020, 10, 20), date(2020, 10, 30)) == 5_000
    assert late_interest_fen(1_000, date(2020, 10, 20), date(2020, 10, 21)) == 1
    assert late_interest_fen(999, date(2020, 10, 20), date(2020, 10, 21)) == 0
    assert late_interest_fen(1_000_000, date(2020, 10, 20), date(2020, 10, 20)) == 0
    assert late_interest_fen(1_000_000, date(2020, 10, 20), date(2020, 10, 1)) == 0


@given(st.dates(max_value=date(2100, 1, 1)), st.none() | st.integers(min_value=0, max_value=3_650))
def test_a_public_buyer_never_has_more_than_60_days(delivered_on: date, contract_days: int | None) -> None:
    assert 0 <= (payment_due(delivered_on, contract_days) - delivered_on).days <= 60
