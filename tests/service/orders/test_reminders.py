"""Buyers hear of a payment a week ahead, both sides when it is overdue, each once per due day."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.core.clock import day_start, frozen_at
from marketplace.orders import service
from marketplace.orders.service.reminders import remind_of_payments
from tests.orders_world import Shop


def _at(shop: Shop, day: date) -> int:
    with frozen_at(day_start(day)):
        return remind_of_payments(shop.session)


def _notices(shop: Shop) -> list[tuple[str, object, object]]:
    rows = shop.session.scalars(
        select(InboxNotice).where(InboxNotice.kind.startswith("payment_")).order_by(InboxNotice.id)
    )
    return [(row.kind, row.organisation_id, row.detail) for row in rows]


def test_a_payment_is_announced_a_week_ahead_and_once(shop: Shop) -> None:
    order = shop.place()
    assert order.due_on is not None
    assert _at(shop, order.due_on - timedelta(days=8)) == 0
    assert _at(shop, order.due_on - timedelta(days=7)) == 1
    assert _at(shop, order.due_on) == 0
    assert _notices(shop) == [
        ("payment_due", shop.buyer.id, {"due_on": str(order.due_on), "open_fen": 9_800}),
    ]


def test_an_overdue_payment_is_told_to_both_sides(shop: Shop) -> None:
    order = shop.place()
    assert order.due_on is not None
    assert _at(shop, order.due_on + timedelta(days=1)) == 1
    assert _at(shop, order.due_on + timedelta(days=2)) == 0
    detail = {"due_on": str(order.due_on), "open_fen": 9_800}
    assert _notices(shop) == [
        ("payment_overdue", shop.buyer.id, detail),
        ("payment_overdue", order.producer_organisation_id, detail),
    ]


def test_a_part_paid_is_taken_off_and_a_paid_or_cancelled_order_is_not_announced(shop: Shop) -> None:
    paid, part, cancelled = shop.place(), shop.place(), shop.place()
    shop.pay(paid)
    shop.pay(part, 800)
    service.cancel(shop.session, shop.buyer_actor, cancelled.number, "ordered_twice")
    assert paid.due_on is not None
    assert _at(shop, paid.due_on) == 1
    assert [detail["open_fen"] for _, _, detail in _notices(shop)] == [9_000]  # type: ignore[index]


def test_a_deadline_that_was_put_off_is_announced_again(shop: Shop) -> None:
    order = shop.place()
    first = order.due_on
    assert first is not None
    assert _at(shop, first) == 1
    service.extend_deadline(shop.session, shop.buyer_actor, order.number)
    shop.session.flush()
    assert order.due_on is not None
    assert order.due_on > first
    assert _at(shop, order.due_on) == 1
    assert [kind for kind, _, _ in _notices(shop)] == ["payment_due", "payment_due"]


def test_a_debt_older_than_a_month_is_no_reminder_any_more(shop: Shop) -> None:
    order = shop.place()
    assert order.due_on is not None
    assert _at(shop, order.due_on + timedelta(days=31)) == 0
