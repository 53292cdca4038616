"""From where on something is to be checked."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.statistics.thresholds import CHECKS, Threshold, all_thresholds, chosen, limit_bp


def test_every_check_has_a_limit_everywhere_since_2019() -> None:
    for check in CHECKS:
        assert limit_bp(check, "441403", date(2019, 1, 1)) == 1_000
    assert all(one.source for one in all_thresholds())


def test_a_nearer_area_goes_before_the_nation_and_a_later_day_before_an_earlier_one() -> None:
    def row(area: str, since: date, limit: int) -> Threshold:
        return Threshold("returns", area, since, limit, "演示")

    rows = (
        row("000000", date(2019, 1, 1), 1_000),
        row("440000", date(2020, 1, 1), 500),
        row("440000", date(2020, 7, 1), 300),
        row("441400", date(2021, 1, 1), 900),
    )
    assert chosen(rows, "returns", "441403", date(2019, 12, 31)) == 1_000
    assert chosen(rows, "returns", "441403", date(2020, 6, 30)) == 500
    assert chosen(rows, "returns", "441403", date(2020, 7, 1)) == 300
    assert chosen(rows, "returns", "441403", date(2021, 1, 1)) == 900
    assert chosen(rows, "returns", "450100", date(2021, 1, 1)) == 1_000
    with pytest.raises(LookupError):
        chosen(rows[1:], "returns", "450100", date(2021, 1, 1))
