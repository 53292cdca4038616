"""Pages of cabinets in a real browser: the demo has no devices, so one is put into one of its counters."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import Channel
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.intake.cabinets.models import CabinetTask
from marketplace.intake.cabinets.service import acting, making, plans
from marketplace.intake.service import keys
from tests.support.pages import axe, is_wider_than_the_window
from tests.web.conftest import SIZES, Site, opened, session_of

pytestmark = pytest.mark.web
DEVICE = "GZ0001"
WHO = "demo.platform_operator"


@pytest.fixture(scope="module")
def places(site: Site) -> list[str]:
    """The pages of a cabinet that was planned, filled and counted, and that has a task; its goods are in no register."""
    slots = [
        plans.NewSlot(slot="A1", capacity=10, par_level=4, goods_name="山茶油礼盒"),
        plans.NewSlot(slot="A2", capacity=6, par_level=0, goods_name="米"),
    ]
    brought = [acting.Brought(slot="A1", units=3), acting.Brought(slot="A2", units=5, lot_no="L1")]
    db.connect(site.database)
    with transaction() as session:
        counter = session.scalars(
            select(Channel).where(Channel.kind == "counter").order_by(Channel.channel_no)
        ).all()[0]
        code, channel_id = counter.code, counter.id
        keys.make_key(session, system_actor(), code)
        keys.register_device(session, system_actor(), code, code=DEVICE, adapter="cabinet")
        plans.plan(session, system_actor(), code, DEVICE, slots)
    with transaction() as session:
        acting.restock(session, system_actor(), code, DEVICE, brought)
    with transaction() as session:
        acting.count(session, system_actor(), code, DEVICE, {"A1": 2})
        making.make_tasks(session, session.get_one(Channel, channel_id))
        task = session.scalars(select(CabinetTask.number)).one()
    of_channel = f"/admin/intake/channels/{code}"
    return [
        of_channel,
        f"{of_channel}/keys/1/retirement",
        f"{of_channel}/cabinets",
        *(
            f"{of_channel}/devices/{DEVICE}/{what}"
            for what in ("planogram", "restocking", "count", "movements")
        ),
        f"/admin/intake/tasks/{task}",
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_pages_of_a_cabinet_have_no_serious_fault_and_fit_their_window(
    site: Site, chromium: Any, places: list[str], size: str
) -> None:
    wrong = []
    with opened(chromium, site, viewport=SIZES[size]) as context:
        context.add_cookies(session_of(site, chromium, WHO))
        page = context.new_page()
        for place in places:
            assert page.goto(place).status == 200, place
            wrong += [f"{one} on {place}" for one in axe(page)]
            if is_wider_than_the_window(page):
                wrong.append(f"wider than the window: {place}")
    assert wrong == []
