"""Closing months on pages: who may, when, and what stands there afterwards."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.core.clock import frozen_at, shanghai
from tests.support.published import Office
from tests.support.visitors import Visitor, text_of

Visit = Callable[..., Visitor]


def test_the_next_month_is_closed_once_its_day_has_come_and_then_stands_in_the_list(
    books: Office, visitor: Visit
) -> None:
    clerk = visitor("ledger_officer")
    early = text_of(clerk.read("/admin/months"))
    assert "下一个月份 2020-10" in early
    assert "2020-11-05起可以关账" in early
    assert "<form" not in clerk.read("/admin/months")
    with frozen_at(shanghai(2020, 11, 5, 9)):
        clerk = visitor("ledger_officer")  # who signed in a month ago signs in again
        shown = text_of(clerk.follow(clerk.send("/admin/months", to="/admin/months/2020-10/close")))
        assert "2020-10 已关账" in shown
        listed = text_of(clerk.read("/admin/months"))
    assert "下一个月份 2020-11" in listed
    assert "2020-10 2020-11-05 09:00" in listed
    assert "2020-09" in listed
    assert len(clerk.get("/admin/months?format=csv").get_data(as_text=True).splitlines()) == 3


def test_a_month_shows_what_its_close_froze_and_who_only_reads_may_not_close(
    books: Office, visitor: Visit
) -> None:
    reader = visitor("county_officer", "441403")
    page = reader.read("/admin/months/2020-09")
    assert "¥148.00" in text_of(page)
    assert reader.get("/admin/months/2020-10").status_code == 404
    with frozen_at(shanghai(2020, 11, 5, 9)):
        reader = visitor("county_officer", "441403")
        assert "<form" not in reader.read("/admin/months")
