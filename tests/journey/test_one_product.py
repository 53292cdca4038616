"""One really published product goes the whole way by API, from its certificate to the month's report, and a part of it back.

What happens at each step, and what is published of it and what is 演示数据, is told in `story`.
"""

import pytest

from marketplace.attribution.service.chain import link_recent
from marketplace.core import db
from tests.journey import story
from tests.journey.story import COUNTY, Api

APRIL = "/reports/R1?period=2020-04&area=440000"


@pytest.fixture
def api(app, as_role, own_database, tmp_path, monkeypatch):
    """The API over a database of its own: reports read a snapshot, which a test's savepoint cannot give."""
    db.connect(own_database)
    monkeypatch.setattr("marketplace.core.files._root", tmp_path)
    return Api(app.test_client(), as_role)


def test_one_published_product_goes_the_whole_way_by_api(api):
    producer_org, producer, product, buyer = story.registered(api)
    story.certified(api, producer_org, product)
    households = story.linked(api, producer_org, producer, product)
    number = story.bought(api, producer_org, buyer, story.listed(api, product))

    entries = api.get(api.role("buyer", owner=buyer), f"/orders/{number}/attribution")["entries"]
    assert sorted(one["sale_fen"] for one in entries) == [49_000, 49_000]
    assert {one["goods_class"] for one in entries} == {"certified_aid"}
    assert sorted(one["benefit_fen"] for one in entries) == [0, 9_800]

    api.on(5, 5, 10)
    closed = api.post(api.role("ledger_officer"), "/periods/2020-04/close", expected=200)
    assert (closed["entries"], closed["sale_fen"]) == (2, 98_000)

    statement = api.get(api.role("ledger_officer"), "/statements?period=2020-04")["items"][0]
    assert (statement["sale_fen"], statement["pool_fen"], statement["households"]) == (49_000, 9_800, 3)
    path = f"/statements/{statement['agreement']}/households?period=2020-04"
    shares = api.get(api.role("county_officer", COUNTY), path)["items"]
    assert sorted(one["benefit_fen"] for one in shares) == [3_266, 3_267, 3_267]
    assert {one["household_no"] for one in shares} == set(households)

    statistician = api.role("statistician", "440000")
    report = api.get(statistician, APRIL)
    columns = [column["code"] for column in report["columns"]]
    city = next(dict(zip(columns, row, strict=True)) for row in report["rows"] if row[0] == "湛江市")
    assert (city["sales"], city["aid_sales"], city["aid_share"], city["households"]) == (
        98_000,
        98_000,
        10_000,
        3,
    )
    assert api.get(api.role("statistician"), "/reconciliation")["foots"] is True


FORMATS = ("json", "csv", "xlsx")


def test_a_refund_after_the_close_stands_in_the_open_month_and_the_closed_ones_report_stays_as_it_was(
    api, app
):
    producer_org, producer, product, buyer = story.registered(api)
    story.certified(api, producer_org, product)
    story.linked(api, producer_org, producer, product)
    number = story.bought(api, producer_org, buyer, story.listed(api, product))
    api.on(5, 5, 10)
    api.post(api.role("ledger_officer"), "/periods/2020-04/close", expected=200)
    statistician, clerk = api.role("statistician", "440000"), api.role("buyer", owner=buyer)
    before = {one: api.download(statistician, f"{APRIL}&format={one}") for one in FORMATS}
    sold = api.get(clerk, f"/orders/{number}/attribution")["entries"]

    refund = story.asked_back(api, producer_org, buyer, number)
    assert api.get(clerk, f"/orders/{number}/attribution")["entries"] == sold  # goods back, money not yet
    api.on(5, 12)
    confirmed = api.post(
        api.role("finance_clerk"), f"/refunds/{refund}/confirmation", {"reference": "YS-T-1"}, 200
    )
    assert confirmed["state"] == "confirmed"
    with db.transaction() as session:
        assert link_recent(session) == 2  # the worker's: the chain grows beyond where April was closed

    entries = api.get(clerk, f"/orders/{number}/attribution")["entries"]
    booked = [
        (one["kind"], one["period"], one["adjusts_period"], one["sale_fen"], one["benefit_fen"])
        for one in entries
    ]
    assert sorted(booked, key=str) == [
        ("refund", "2020-05", "2020-04", -14_700, -2_940),
        ("refund", "2020-05", "2020-04", -14_700, 0),
        ("sale", "2020-04", None, 49_000, 0),
        ("sale", "2020-04", None, 49_000, 9_800),
    ]
    after = {one: api.download(statistician, f"{APRIL}&format={one}") for one in FORMATS}
    assert [one for one in FORMATS if after[one] != before[one]] == []
    may = api.get(statistician, "/reports/R1?period=2020-05&area=440000")
    columns = [column["code"] for column in may["columns"]]
    city = next(dict(zip(columns, row, strict=True)) for row in may["rows"] if row[0] == "湛江市")
    assert (city["sales"], city["cumulative"]) == (-29_400, 68_600)
    assert api.get(api.role("statistician"), "/reconciliation")["foots"] is True
    checked = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (checked.exit_code, "BROKEN" in checked.output) == (0, False), checked.output
