import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders.participation import MODES, PRECEDENCE, participation_mode


@pytest.mark.parametrize(
    ("channel_kind", "buyer_kind", "brokered", "mode"),
    [
        ("platform_832", "budget_unit", False, "government_procurement"),
        ("platform_832", "budget_unit", True, "government_procurement"),
        ("hall", "budget_unit", True, "poverty_cooperation"),
        ("hall", "enterprise", True, "poverty_cooperation"),
        ("hall", "enterprise", False, "market_entity"),
        ("platform_832", "union", False, "social_organisation"),
        ("zone", "society", False, "social_organisation"),
        ("hall", "budget_unit", False, "government_procurement"),
        ("counter", "individual", False, "other_individual"),
    ],
)
def test_the_first_line_of_the_table_that_fits_decides(
    channel_kind: str, buyer_kind: str, brokered: bool, mode: str
) -> None:
    assert participation_mode(channel_kind, buyer_kind, brokered=brokered) == mode


@given(st.text(max_size=8), st.text(max_size=8), st.booleans())
def test_every_sale_has_exactly_one_known_mode(channel_kind: str, buyer_kind: str, brokered: bool) -> None:
    assert participation_mode(channel_kind, buyer_kind, brokered=brokered) in MODES


def test_every_mode_can_be_reached() -> None:
    assert {rule.mode for rule in PRECEDENCE} == set(MODES)
