"""Officials on the registers: points of sale with coverage, households read masked and in full, agreements decided, payments."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import func, select

from marketplace.beneficiaries.models import AgreementVersion
from marketplace.beneficiaries.service import Coverage, Identity, draft_version, register, submit_version
from marketplace.beneficiaries.service.payments import NewPaymentList, import_list
from marketplace.catalogue.models import Channel
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.identifiers import build_resident_id
from marketplace.core.models import AuditRecord, IdempotentAnswer
from tests.catalogue_world import World as Shop
from tests.support.county import COUNTY, World, make_actor, make_world, neighbour
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
NOON = shanghai(2020, 10, 12, 12)
HEAD = "欧阳澹台"
NUMBER = build_resident_id("44140319600101001")


@dataclass(frozen=True)
class County:
    """What was made: the numbers of three households, one of them headed by somebody, and two agreements."""

    households: list[int]
    agreement: str
    other: str
    producer_id: uuid.UUID


def _county() -> County:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world = make_world(session)
        head = register(session, world.officer, world.household(head=Identity(HEAD, NUMBER))).household_no
        others = world.households(2)
        agreement = world.agreement()
        world.approved(agreement, world.version([(head, 1), (others[0], 1)]))
        next_door = neighbour(world)
        other = next_door.agreement()
        next_door.approved(other, next_door.version([(head, 1)]))
        return County([head, *others], agreement.number, other.number, world.producer.id)


@pytest.fixture
def county(database: Database) -> County:
    return _county()


@pytest.fixture
def channel_id(visitor: Visit, own_database: Database) -> uuid.UUID:
    """A counter of 广州 with one kind of goods, five of them in stock; committed, as a snapshot is a transaction of its own."""
    with transaction() as session, frozen_at(NOON):
        shop = Shop(session)
        channel = shop.channel("counter")
        shop.listing(channel, shop.offer(), 5)
        return channel.id


def test_the_points_of_sale_of_an_area_are_listed_with_their_state_in_five_statements(
    visitor: Visit, channel_id: uuid.UUID
) -> None:
    with frozen_at(NOON):
        officer = visitor("statistician", "440100")
        with counted() as statements:
            shown = text_of(officer.read("/admin/channels"))
        assert len(statements) <= 5
        with transaction() as session:
            channel = session.get_one(Channel, channel_id)
            code, name = channel.code, channel.name
        assert f"{code} {name} 专柜" in shown
        assert code not in officer.read("/admin/channels?state=closed")
        assert code not in visitor("statistician", "440300").read("/admin/channels")
        answer = officer.get("/admin/channels?format=csv")
        assert code in answer.get_data(as_text=True)
        assert answer.mimetype == "text/csv"


def test_one_point_of_sale_shows_its_goods_and_says_where_there_is_nothing(
    visitor: Visit, channel_id: uuid.UUID
) -> None:
    with frozen_at(NOON):
        shown = text_of(visitor("statistician", "440100").read(f"/admin/channels/{channel_id}"))
        assert "在售 1" in shown
        assert "这个月没有计入的销售。" in shown
        assert "没有登记上报设备" in shown
        elsewhere = text_of(visitor("statistician", "440300").read(f"/admin/channels/{channel_id}"))
        assert "不在您的管辖范围内,不显示销售数字。" in elsewhere


def test_a_point_of_sale_is_registered_changed_and_closed_by_the_form_of_its_kind(
    visitor: Visit, own_database: Database
) -> None:
    with frozen_at(NOON):
        platform = visitor("platform_operator", "440000")
        page = "/admin/channels/new/counter"
        asked = {"code": "GZ-7001", "name": "广州南站专柜", "area_code": "440113", "opened_on": "2020-10-01"}
        wrong = platform.send(page, **asked, **{"terms.levy_bp": "100"})
        assert wrong.status_code == 422
        assert "约定上缴比例时须填写起始日" in main_of(wrong)
        done = platform.send(page, **asked, **{"terms.levy_bp": "", "terms.cabinet_no": "GZ0007"})
        shown = text_of(platform.follow(done))
        assert "广州南站专柜 营业" in shown
        assert "机柜编号 GZ0007" in shown
        with transaction() as session:
            channel = session.scalars(select(Channel).where(Channel.code == "GZ-7001")).one()
            assert channel.terms == {"cabinet_no": "GZ0007"}
        change = f"/admin/channels/counter/{channel.id}/amendment"
        renamed = platform.send(change, name="广州南站北厅专柜", address="", **{"terms.cabinet_no": "GZ0008"})
        assert "广州南站北厅专柜" in platform.follow(renamed)
        assert platform.get(f"/admin/channels/zone/{channel.id}/amendment").status_code == 404
        closed = platform.send(f"/admin/channels/{channel.id}/closure", closed_on="2020-10-12")
        assert "停业日 2020-10-12" in text_of(platform.follow(closed))
        assert visitor("county_officer", COUNTY).get(page).status_code == 403


def test_coverage_counts_the_parts_of_every_city_and_leads_to_its_points(
    visitor: Visit, channel_id: uuid.UUID
) -> None:
    with frozen_at(NOON):
        shown = visitor("province_officer", "440000").read("/admin/channels/coverage?period=2020-10")
    assert "专柜 1 / 21 有专柜的地区" in text_of(shown)
    assert "五项齐全 0 / 21" in text_of(shown)
    assert "广州市 1 — — — — 专馆、专区、平台馆、双创基地" in text_of(shown)
    assert 'href="/admin/channels?area=440100"' in shown


def test_households_are_listed_masked_within_the_area_in_five_statements(
    visitor: Visit, county: County
) -> None:
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        with counted() as statements:
            page = officer.read("/admin/households")
        assert len(statements) <= 5
        assert HEAD not in page
        assert "欧*" in page or "欧**" in page or "欧阳**" in page
        assert str(county.households[0]) in text_of(page)
        assert "没有符合条件的农户" in visitor("county_officer", "450923").read("/admin/households")
        file = officer.get("/admin/households?format=csv").get_data(as_text=True)
        assert HEAD not in file
        assert NUMBER not in file


def test_one_household_shows_its_agreements_and_who_helps_it_besides(visitor: Visit, county: County) -> None:
    head, second, _ = county.households
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        shown = officer.read(f"/admin/households/{head}")
        assert f'href="/admin/agreements/{county.agreement}"' in shown
        assert f'href="/admin/agreements/{county.other}"' in shown
        assert "还没有人查看过这一户的完整信息。" in shown
        assert HEAD not in shown
        both = text_of(officer.read("/admin/households/overlaps"))
        assert f" {head} " in both
        assert "脱贫户 2 2" in both
        assert f'href="/admin/households/{second}"' not in officer.read("/admin/households/overlaps")
        assert visitor("county_officer", "450923").get(f"/admin/households/{head}").status_code == 404


def test_a_household_is_read_in_full_once_with_a_purpose_that_stays_on_its_page(
    visitor: Visit, county: County
) -> None:
    page = f"/admin/households/{county.households[0]}"
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        refused = officer.send(f"{page}/unmasking", purpose="看")
        assert refused.status_code == 422
        assert HEAD not in main_of(refused)
        answer = officer.send(f"{page}/unmasking", purpose="核对分红名单")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert HEAD in main_of(answer)
        assert NUMBER in main_of(answer)
        shown = text_of(officer.read(page))
        assert "查看完整信息 核对分红名单" in shown
        assert HEAD not in shown
        with transaction() as session:
            records = session.scalars(select(AuditRecord).where(AuditRecord.purpose.is_not(None))).all()
            assert [(one.action, one.purpose) for one in records] == [
                ("beneficiaries.household.unmask", "核对分红名单")
            ]
            route = select(func.count()).where(IdempotentAnswer.route.contains("unmasking"))
            assert session.scalar(route) == 0
        assert visitor("township_reviewer", COUNTY).get(f"{page}/unmasking").status_code == 403


def test_a_look_up_finds_the_households_of_the_area_and_says_the_same_of_everybody_else(
    visitor: Visit, county: County
) -> None:
    with frozen_at(NOON):
        found = visitor("county_officer", COUNTY).send(
            "/admin/households/look-up", resident_id=NUMBER, purpose="核对名册"
        )
        assert found.headers["Location"] == f"/admin/households/{county.households[0]}"
        stranger = visitor("county_officer", "450923")
        for number in (NUMBER, build_resident_id("44140319600101002")):
            answer = stranger.send("/admin/households/look-up", resident_id=number, purpose="核对名册")
            assert answer.headers["Location"] == "/admin/households/look-up"
            assert "本辖区没有这个人的在册记录" in stranger.follow(answer)


def test_the_passbook_asks_for_a_purpose_and_comes_as_a_page_or_as_a_paper(
    visitor: Visit, county: County
) -> None:
    page = f"/admin/households/{county.households[0]}/passbook"
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        shown = officer.send(page, purpose="农户核对收益", format="json")
        assert shown.headers["Cache-Control"] == "no-store"
        assert "累计计提收益 ¥0.00" in text_of(main_of(shown))
        assert HEAD in main_of(shown)
        paper = officer.send(page, purpose="农户核对收益", format="csv")
        assert paper.mimetype == "text/csv"


def test_a_version_shows_what_it_changed_and_is_approved_by_another_person(
    visitor: Visit, database: Database
) -> None:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world = make_world(session)
        number, roster = _second_version(world)
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        with counted() as statements:
            listed = text_of(officer.read("/admin/agreements?state=submitted"))
        assert len(statements) <= 5
        assert number in listed
        assert "待审定的协议 1" in text_of(officer.read("/admin"))
        shown = text_of(officer.read(f"/admin/agreements/{number}"))
        assert "返利比例: 10% → 12%" in shown
        assert "金柚 5斤装: 10% → 20%" in shown
        assert "花名册增加 3户" in shown
        assert "花名册减少 少于3户" in shown
        to = f"/admin/agreements/{number}/versions/2/decision"
        without = officer.send(to, verdict="approve", opinion="同意", document_no="")
        assert without.status_code == 422
        assert "审定通过须填写文号" in main_of(without)
        done = officer.send(to, verdict="approve", opinion="同意", document_no="梅县扶〔2020〕19号")
        assert "第 2 版已审定" in officer.follow(done)
        rows = text_of(officer.read(f"/admin/agreements/{number}/versions/2/roster"))
        assert all(str(one) in rows for one in roster)
        ended = officer.send(
            f"/admin/agreements/{number}/versions/2/end", to_day="2020-12-01", document_no="终止1号"
        )
        assert "2020-11-01 – 2020-12-01" in text_of(officer.follow(ended))
        with transaction() as session:
            states = session.scalars(select(AgreementVersion.state).order_by(AgreementVersion.version)).all()
        assert list(states) == ["approved", "approved"]


def _second_version(world: World) -> tuple[str, list[int]]:
    first, *rest = world.households(5)
    agreement = world.agreement()
    world.approved(agreement, world.version([(one, 1) for one in (first, rest[0])]))
    roster = rest
    new = world.version(
        [(one, 1) for one in roster],
        terms={"rebate_bp": 1_200},
        from_day=date(2020, 11, 1),
        products=[Coverage(world.product.id, 2_000, "raw_material", "收购台账第4页")],
    )
    drafted = draft_version(world.session, world.clerk, agreement.number, new)
    submit_version(world.session, world.clerk, agreement.number, drafted.version)
    return agreement.number, roster


def test_a_refused_version_keeps_the_one_before_it(visitor: Visit, database: Database) -> None:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        number, _ = _second_version(make_world(session))
    with frozen_at(NOON):
        officer = visitor("county_officer", COUNTY)
        to = f"/admin/agreements/{number}/versions/2/decision"
        assert "第 2 版未通过" in officer.follow(officer.send(to, verdict="refuse", opinion="佐证不足"))
        shown = text_of(officer.read(f"/admin/agreements/{number}"))
        assert "第 2 版 未通过" in shown
        assert "2020-09-01 – 至今" in shown
        assert visitor("city_officer", "441400").get(to).status_code == 403


def test_payment_lists_are_found_by_producer_and_month(visitor: Visit, county: County) -> None:
    with transaction() as session, frozen_at(NOON):
        officer = make_actor(session, "county_officer", COUNTY)
        rows = [(county.households[0], 12_000), (county.households[1], 8_050)]
        new = NewPaymentList("dividends", date(2020, 10, 9), "分红1号", rows)
        import_list(session, officer, county.agreement, new)
    with frozen_at(NOON):
        official = visitor("county_officer", COUNTY)
        with counted() as statements:
            shown = text_of(
                official.read(f"/admin/payment-lists?producer_id={county.producer_id}&period=2020-10")
            )
        assert len(statements) <= 5
        assert "2020-10 2020-10-09 分红" in shown
        assert "少于3户 ¥200.50 分红1号" in shown
        assert "没有符合条件的发放清单" in official.read("/admin/payment-lists?period=2020-09")
