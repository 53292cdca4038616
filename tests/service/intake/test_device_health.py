"""How devices report: late by their rhythm, silent, gaps, quarantine, refusals, clocks; told once per change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import NotAuthenticated
from marketplace.intake.cabinets.service.heartbeats import Heartbeat, hear
from marketplace.intake.health import service
from marketplace.intake.health.rules import DeviceFacts, issues_of
from marketplace.intake.limits import Limits
from marketplace.intake.models import Device
from marketplace.intake.rules.signatures import sign
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import Cabinet
from tests.support.stocked_cabinet import balance, bring, keep_stock, shrinkage


def facts(**changes: Any) -> DeviceFacts:
    values: dict[str, Any] = {
        "registered_at": NOON,
        "last_batch_at": NOON,
        "rhythm": timedelta(days=1),
        "missing": 0,
        "batches": 20,
        "refused": 0,
        "rows": 100,
        "quarantined": 0,
        "beats": True,
        "last_pulse_at": NOON + timedelta(days=1),
        "clock_ahead_s": 0,
    }
    return DeviceFacts(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "issues"),
    [
        ({}, []),
        ({"missing": 1}, ["gaps"]),
        ({"quarantined": 5}, []),
        ({"quarantined": 6}, ["quarantined"]),
        ({"refused": 2}, []),
        ({"refused": 3}, ["refused"]),
        ({"clock_ahead_s": -121}, ["clock"]),
        ({"clock_ahead_s": 120}, []),
        ({"last_pulse_at": NOON + timedelta(hours=23, minutes=59)}, ["silent"]),
        ({"last_pulse_at": None}, ["silent"]),
        ({"last_pulse_at": None, "beats": False}, []),
        ({"last_batch_at": NOON - timedelta(seconds=1)}, ["late"]),
        ({"last_batch_at": NOON - timedelta(days=5), "rhythm": timedelta(days=7)}, []),
        ({"last_batch_at": NOON - timedelta(days=1), "rhythm": timedelta(hours=1)}, ["late"]),
        ({"last_batch_at": None, "registered_at": NOON}, []),
        ({"rows": 0, "batches": 0}, []),
    ],
)
def test_what_is_wrong_with_a_device_two_days_later(changes: dict[str, Any], issues: list[str]) -> None:
    assert issues_of(facts(**changes), NOON + timedelta(days=2), Limits()) == issues


@contextmanager
def days(number: float) -> Iterator[datetime]:
    at = NOON + timedelta(days=number)
    with frozen_at(at):
        yield at


def look(cabinet: Cabinet) -> int:
    ids = cabinet.session.scalars(select(Device.id).where(Device.channel_id == cabinet.channel.id)).all()
    return service.look_after(cabinet.session, ids)


def told(cabinet: Cabinet) -> list[tuple[str, list[str]]]:
    rows = cabinet.session.scalars(
        select(InboxNotice)
        .where(InboxNotice.kind.in_(["channel_health", "channel_well"]))
        .order_by(InboxNotice.created_at)
    )
    return [(one.kind, one.detail["issues"]) for one in rows]


def test_an_operator_is_told_once_when_something_changes_and_when_all_is_well_again(cabinet: Cabinet) -> None:
    cabinet.channel.operator_id = World(cabinet.session).organisation("channel_operator").id
    cabinet.report(cabinet.row("A1"))
    assert look(cabinet) == 0
    with days(2.5):
        assert [look(cabinet), look(cabinet)] == [1, 0]
    with days(3):
        cabinet.report(cabinet.row("A2"), sequence=3)
        assert [look(cabinet), look(cabinet)] == [1, 0]
        cabinet.report(cabinet.row("A3"), sequence=2)
        assert look(cabinet) == 1
    assert told(cabinet) == [
        ("channel_health", ["late"]),
        ("channel_health", ["gaps"]),
        ("channel_well", []),
    ]


def test_the_rhythm_of_a_device_is_the_median_of_its_last_batches(cabinet: Cabinet) -> None:
    for number in range(6):
        with days(number * 3):
            cabinet.report(cabinet.row(f"A{number}"))
    device = cabinet.session.scalars(select(Device).where(Device.channel_id == cabinet.channel.id)).one()
    with days(20):
        found = service.facts_of(cabinet.session, [device.id])[device.id]
        assert (found.rhythm, issues_of(found, NOON + timedelta(days=20), Limits())) == (
            timedelta(days=3),
            [],
        )
    with days(22):
        assert issues_of(found, NOON + timedelta(days=22), Limits()) == ["late"]


def beat(cabinet: Cabinet, at: datetime, raw: bytes = b"{}", signed: bytes | None = None, **said: Any) -> Any:
    heartbeat = Heartbeat(channel=cabinet.channel.code, device=cabinet.device, at=at, **said)
    signature = f"k=1,s={sign(cabinet.secret, signed if signed is not None else raw, b'').hex()}"
    return hear(cabinet.session, heartbeat, raw, signature)


def test_a_heartbeat_is_kept_when_it_is_newer_and_a_replayed_one_changes_nothing(cabinet: Cabinet) -> None:
    with days(1) as now:
        pulse = beat(cabinet, now - timedelta(seconds=30), door="open", temperature_decic=45)
        assert (pulse.door, pulse.temperature_decic, pulse.clock_ahead_s) == ("open", 45, -30)
    with days(2):
        again = beat(cabinet, now - timedelta(seconds=30), door="closed")
    assert (again.door, again.received_at) == ("open", now)


def test_a_heartbeat_that_is_not_signed_by_the_channel_is_not_taken(cabinet: Cabinet) -> None:
    with pytest.raises(NotAuthenticated):
        beat(cabinet, NOON, signed=b"other")
    cabinet.device = "GZ9999"
    with pytest.raises(NotAuthenticated):
        beat(cabinet, NOON)


def test_a_device_counts_by_its_scales(cabinet: Cabinet) -> None:
    keep_stock(cabinet)
    bring(cabinet, 8)
    with days(1) as now:
        beat(cabinet, now, slots={"A1": 6})
        beat(cabinet, now, slots={"A1": 5})
    assert (balance(cabinet), shrinkage(cabinet)) == (6_000, [(-2_000, "count")])


def test_a_point_of_sale_that_is_closed_is_not_late(cabinet: Cabinet) -> None:
    with days(5) as now:
        assert len(cabinet.session.execute(service.devices_seen(system_actor())).all()) == 1
        cabinet.channel.closed_on = now.date()
        cabinet.session.flush()
        assert cabinet.session.execute(service.devices_seen(system_actor())).all() == []
        assert service.look_after_all() == 0
