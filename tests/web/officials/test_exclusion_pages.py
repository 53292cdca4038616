"""What is not fed upward, on pages: excluded from a day to come, fed again from a later one, seen by who reconciles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import Channel
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.statistics.upward.models import UpwardExclusion
from tests.catalogue_world import NOON, World
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
PAGE = "/admin/upward/exclusions"


@pytest.fixture
def point(database: object) -> Channel:
    with db.transaction() as session:
        world = World(session)
        made = world.channel(operator_id=world.organisation("channel_operator").id)
        session.flush()
        session.expunge_all()
        return made


def test_a_point_of_sale_is_excluded_and_fed_again_from_days_to_come(point: Channel, visitor: Visit) -> None:
    reason = {"channel": point.code, "reason": "省级专馆,由省级平台直接取得"}
    with frozen_at(NOON):
        platform = visitor("platform_operator")
        assert PAGE in platform.read("/admin/channels")
        assert "本区的销售点全部上报" in platform.read(PAGE)
        past = platform.send(f"{PAGE}/new", **reason, from_day="2020-10-01")
        assert (past.status_code, "只能自以后的日期起生效" in main_of(past)) == (422, True)
        listed = platform.follow(platform.send(f"{PAGE}/new", **reason, from_day="2020-10-02"))
        assert "将不上报" in listed
        twice = platform.send(f"{PAGE}/new", **reason, from_day="2020-10-05")
        assert "该销售点已列为由上级另行取得" in main_of(twice)
        city = visitor("city_officer", point.area_code[:4] + "00")
        seen = city.read(PAGE)
        assert point.name in seen
        assert f"{PAGE}/{point.code}/end" not in seen
        assert f"{PAGE}/new" not in seen
        assert point.name not in visitor("city_officer", "441400").read(PAGE)
        assert city.get(f"{PAGE}/new").status_code == 403
        assert visitor("security_admin").get(PAGE).status_code == 403
        operator = visitor("channel_operator", organisation_id=point.operator_id)
        assert PAGE not in operator.read("/admin/channels")
        assert f"{PAGE}/new" not in operator.read(PAGE)
    with frozen_at(NOON + timedelta(days=2)):
        platform = visitor("platform_operator")
        assert "不上报 " in text_of(platform.read(PAGE))
        end = f"{PAGE}/{point.code}/end"
        assert platform.send(end, until_day="2020-10-03").status_code == 422
        assert "将恢复上报" in platform.follow(platform.send(end, until_day="2020-11-01"))
        assert end not in platform.read(PAGE)
    with frozen_at(NOON + timedelta(days=40)):
        assert "已恢复上报" in visitor("platform_operator").read(PAGE)
    with db.transaction() as session:
        days = session.execute(select(UpwardExclusion.from_day, UpwardExclusion.until_day)).one()
    assert [day.isoformat() for day in days] == ["2020-10-02", "2020-11-01"]
