"""Who owes a month, who stands above whom, what a declaration must say."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

import pytest

from marketplace.core.errors import Invalid
from marketplace.core.ids import uuid7
from marketplace.statistics.declarations.kinds import declared_report
from marketplace.statistics.declarations.rules import (
    DECLARATION,
    check_figures,
    due_on,
    is_due,
    subordinates_of,
    superior_of,
)


@dataclass(frozen=True)
class U:
    area_code: str
    kind: str = "authority"
    id: uuid.UUID = field(default_factory=uuid7)


def test_a_month_is_owed_by_who_is_a_unit_on_its_last_day_and_due_in_the_next() -> None:
    assert is_due(date(2020, 9, 30), None, "2020-09")
    assert not is_due(date(2020, 10, 1), None, "2020-09")
    assert is_due(date(2020, 1, 1), date(2020, 10, 1), "2020-09")
    assert not is_due(date(2020, 1, 1), date(2020, 9, 30), "2020-09")
    assert due_on("2020-12", 5) == date(2021, 1, 5)


def test_the_nearest_authority_around_a_unit_confirms_it() -> None:
    nation, city, county, other = U("000000"), U("441400"), U("441403"), U("441424")
    counter, hall = U("441403", "operator"), U("441400", "operator")
    everyone = [nation, city, county, other, counter, hall]
    assert superior_of(nation, everyone) is None
    assert superior_of(city, everyone) is nation
    assert superior_of(county, everyone) is city
    assert superior_of(counter, everyone) is county
    assert superior_of(hall, everyone) is city
    assert subordinates_of(city, everyone) == [county, other, hall]
    assert subordinates_of(counter, everyone) == []


def test_a_declaration_is_sent_or_returned_for_good() -> None:
    assert DECLARATION.terminal == {"returned", "sent"}


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ({"sales": 1}, "declared_measures"),
        (
            dict.fromkeys(
                ("sales", "aid_sales", "consumption_aid_amount", "own_purchase", "brokered_sale"), 0
            ),
            "zero_without_reason",
        ),
        (
            {
                "sales": 9,
                "aid_sales": 1,
                "consumption_aid_amount": 5,
                "own_purchase": 3,
                "brokered_sale": 1,
            },
            "declared_parts",
        ),
    ],
)
def test_figures_that_do_not_add_up_or_say_nothing_are_refused(figures: dict[str, int], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_figures(declared_report("R1").measures, figures)
    assert refused.value.code == code


def test_only_monthly_reports_are_declared() -> None:
    with pytest.raises(Invalid) as refused:
        declared_report("R2")
    assert refused.value.code == "declared_report"
    assert declared_report("R3").title_zh == "三专一平台建设与运营表"
