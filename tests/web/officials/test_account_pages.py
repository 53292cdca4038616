"""Administrators and offices: accounts and roles, the audit trail, organisations with their filings, producers' dossiers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Text, cast, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from admin import audit
from marketplace.accounts.models import Account, Organisation, ReserveFiling
from marketplace.accounts.service import filings, people
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.formats import MEDIA_TYPES
from marketplace.core.models import AuditRecord, IdempotentAnswer
from marketplace.producers.models import Producer
from marketplace.producers.service import contacts
from marketplace.web.kit.exports import MOST
from tests.support.county import COUNTY, make_producer
from tests.support.office import clerk
from tests.support.statements import counted
from tests.support.visitors import Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]
NOON = shanghai(2020, 10, 12, 12)


@pytest.fixture
def unit_id(database: Database) -> uuid.UUID:
    """A budget unit of 梅县."""
    with transaction() as session, frozen_at(NOON):
        made = Organisation(
            kind="budget_unit",
            name="梅县演示中学",
            area_code=COUNTY,
            fiscal_area=COUNTY,
            fiscal_tier="county_level",
            created_at=NOON,
        )
        session.add(made)
        session.flush()
        return made.id


def account_id(login: str) -> uuid.UUID:
    with transaction() as session:
        return session.scalars(select(Account.id).where(Account.login == login)).one()


def test_an_account_is_opened_its_password_shown_once_and_given_a_role(
    visitor: Visit, unit_id: uuid.UUID
) -> None:
    admin = visitor("security_admin")
    page = "/admin/accounts/new"
    asked = {"display_name": "梅县区统计员", "login": "meixian.tj", "organisation_id": str(unit_id)}
    opened = admin.send(page, **asked)
    assert opened.status_code == 200
    assert opened.headers["Cache-Control"] == "no-store"
    found = re.search(r'class="receipt">([^<]+)<', main_of(opened))
    assert found is not None
    with transaction() as session:
        kept = [bytes(one) for one in session.scalars(select(IdempotentAnswer.body))]
    assert not any(found[1].encode() in one for one in kept)
    again = admin.send(page, **asked)
    assert again.status_code == 409
    assert "登录名已被使用" in main_of(again)
    one = f"/admin/accounts/{account_id('meixian.tj')}"
    granted = admin.send(one, to="", role="statistician", area_code=COUNTY, organisation_id="")
    assert "已授予角色:统计" in admin.follow(granted)
    fresh = Visitor(admin.client.application)
    assert fresh.send("/sign-in", login="meixian.tj", password=found[1]).status_code == 303


def test_a_role_is_taken_away_and_an_account_stopped_and_reset(visitor: Visit, unit_id: uuid.UUID) -> None:
    with transaction() as session:
        held = clerk(session, "buyer", unit_id)
        login = session.get_one(Account, held.account_id).login
    admin = visitor("security_admin")
    one = f"/admin/accounts/{held.account_id}"
    link = re.search(rf'href="({one}/grants/[0-9a-f-]+/end)"', admin.read(one))
    assert link is not None
    assert "角色已收回" in admin.follow(admin.send(link[1], reason="调离"))
    assert "没有角色" in text_of(admin.read(f"/admin/accounts?named={login}"))
    for step, said in (("disabling", "账号已停用"), ("enabling", "账号已启用")):
        form = form_of(admin.read(one), f"{one}/{step}")
        answer = admin.client.post(f"{one}/{step}", data=form, base_url="https://localhost")
        assert said in admin.follow(answer)
    reset = admin.send(f"{one}/password")
    assert "密码已重置" in text_of(main_of(reset))
    assert login in main_of(reset)


def test_an_administrator_does_not_administer_the_own_account(visitor: Visit) -> None:
    admin = visitor("security_admin")
    with transaction() as session:
        login = session.scalars(select(Account.login).order_by(Account.created_at.desc()).limit(1)).one()
    one = f"/admin/accounts/{account_id(login)}"
    shown = admin.read(one)
    assert "这是您自己的账号。" in shown
    assert "授予角色" not in shown
    refused = admin.send(f"{one}/password")
    assert refused.status_code == 403
    assert "不能管理自己的账号" in main_of(refused)


def test_accounts_are_listed_by_role_and_area_in_five_statements(visitor: Visit, unit_id: uuid.UUID) -> None:
    with transaction() as session:
        held = clerk(session, "buyer_finance", unit_id)
        login = session.get_one(Account, held.account_id).login
    admin = visitor("security_admin")
    with counted() as statements:
        shown = text_of(admin.read("/admin/accounts?role=buyer_finance"))
    assert len(statements) <= 5
    assert f"{login} buyer_finance 梅县演示中学 采购单位财务" in shown
    assert login not in admin.read("/admin/accounts?role=buyer_manager")
    assert login not in visitor("security_admin", "440300").read("/admin/accounts")
    assert visitor("county_officer", COUNTY).get("/admin/accounts").status_code == 403


def test_the_trail_is_searched_by_person_action_and_day_and_says_who_read_what(visitor: Visit) -> None:
    with transaction() as session, frozen_at(NOON):
        producer, _ = make_producer(session, "演示合作社", product="绿茶")
        for name, value in contacts.seal(producer.id, contacts.Contacts("张三丰")).items():
            setattr(producer, name, value)
    officer = visitor("county_officer", COUNTY)
    told = officer.send(f"/admin/producers/{producer.id}/contacts", purpose="现场核查")
    assert told.headers["Cache-Control"] == "no-store"
    assert "张三丰" in main_of(told)
    auditor = visitor("auditor")
    with counted() as statements:
        shown = text_of(auditor.read("/admin/audit?with_purpose=true"))
    assert len(statements) <= 5
    assert "producers.contact.read" in shown
    assert "现场核查" in shown
    assert "张三丰" not in shown
    assert "1 1" in shown[shown.index("谁查阅了多少") :]
    assert "producers.contact.read" not in auditor.read("/admin/audit?action=accounts.role")
    assert "producers.contact.read" not in auditor.read("/admin/audit?purpose=分红")
    assert "producers.contact.read" not in auditor.read("/admin/audit?from_day=2020-10-01&to_day=2020-10-31")
    assert "producers.contact.read" not in auditor.read("/admin/audit?login=nobody")
    file = auditor.get("/admin/audit?format=csv&with_purpose=true").get_data(as_text=True)
    assert file.count("producers.contact.read") == 1
    assert "producers.contact.read" not in visitor("auditor", "440300").read("/admin/audit")
    assert officer.get("/admin/audit").status_code == 403


def a_long_trail(records: int) -> None:
    with transaction() as session:
        session.execute(
            insert(AuditRecord).from_select(
                ["at", "action", "subject_kind", "subject_id", "detail"],
                select(
                    literal(NOON),
                    literal("test.long"),
                    literal("thing"),
                    cast(func.generate_series(1, records), Text),
                    cast(literal("{}"), JSONB),
                ),
            )
        )


def test_a_trail_longer_than_a_file_of_a_list_is_sent_whole_as_csv_and_as_xlsx(visitor: Visit) -> None:
    auditor = visitor("auditor")
    a_long_trail(MOST + 1)
    expected = [str(number) for number in range(MOST + 1, 0, -1)]
    answer = auditor.get("/admin/audit?format=csv&action=test.long")
    head, *lines = answer.get_data(as_text=True).splitlines()
    assert head.startswith("\ufeff记录号,时间")
    assert [line.split(",")[6] for line in lines] == expected
    book = auditor.get("/admin/audit?format=xlsx&action=test.long")
    assert (book.status_code, book.mimetype) == (200, MEDIA_TYPES["xlsx"])
    titles, *rows = CalamineWorkbook.from_filelike(BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert titles[:2] == ["记录号", "时间"]
    assert [row[6] for row in rows] == expected
    assert [row[1] for row in rows[:2]] == [line.split(",")[1] for line in lines[:2]]
    empty = auditor.get("/admin/audit?format=csv&action=test.none").get_data(as_text=True)
    assert len(empty.splitlines()) == 1


def test_a_trail_that_no_sheet_holds_is_refused_as_xlsx_with_what_to_do_instead(
    visitor: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SHEET_ROWS", 20)
    auditor = visitor("auditor")
    a_long_trail(20)
    assert auditor.get("/admin/audit?format=xlsx&action=test.long").status_code == 200
    a_long_trail(1)
    refused = auditor.get("/admin/audit?format=xlsx&action=test.long")
    assert refused.status_code == 413
    assert "请改取CSV(不限条数),或缩短起止日期" in text_of(refused.get_data(as_text=True))
    assert auditor.get("/admin/audit?format=csv&action=test.long").status_code == 200


def test_an_organisation_is_registered_changed_on_its_version_and_closed(
    visitor: Visit, database: Database
) -> None:
    officer = visitor("county_officer", COUNTY)
    made = officer.send("/admin/organisations/new", kind="producer", name="梅县演示合作社", area_code=COUNTY)
    where = made.headers["Location"]
    assert "单位已登记" in officer.follow(made)
    page = f"{where}/amendment"
    stale = form_of(officer.read(page))
    renamed = officer.send(page, name="梅县演示联合社", area_code=COUNTY)
    assert "梅县演示联合社" in officer.follow(renamed)
    late = officer.client.post(
        page, data=stale | {"name": "梅县别的社", "area_code": COUNTY}, base_url="https://localhost"
    )
    assert late.status_code == 412
    assert "这份内容刚被他人修改过。" in main_of(late)
    dossier = officer.send(
        where.replace("/organisations/", "/producers/new/"),
        entity_kind="cooperative",
        registered_area=COUNTY,
        production_area=COUNTY,
    )
    assert "农民专业合作社" in officer.follow(dossier)
    with counted() as statements:
        listed = text_of(officer.read("/admin/organisations?kind=producer"))
    assert len(statements) <= 5
    assert "梅县演示联合社 带贫主体" in listed
    assert "梅县演示联合社" in officer.read("/admin/producers")
    assert "单位已注销" in officer.follow(officer.send(f"{where}/closure", reason="合并"))
    assert officer.send(f"{where}/closure", reason="再来").status_code == 409


def test_a_dossier_is_changed_and_shows_contacts_masked(visitor: Visit, database: Database) -> None:
    with transaction() as session, frozen_at(NOON):
        producer, _ = make_producer(session, "演示合作社", product="绿茶")
        told = contacts.Contacts("张三丰", "李四光", "13800138000")
        for name, value in contacts.seal(producer.id, told).items():
            setattr(producer, name, value)
    officer = visitor("county_officer", COUNTY)
    page = f"/admin/producers/{producer.id}"
    changed = officer.send(f"{page}/amendment", entity_kind="family_farm", is_832_supplier="on")
    shown = text_of(officer.follow(changed))
    assert "家庭农场" in shown
    assert "832平台 是" in shown
    assert "绿茶 5斤装" in shown
    assert "138****8000" in shown
    assert "张三丰" not in shown
    with transaction() as session:
        assert contacts.masked(session.get_one(Producer, producer.id)).contact_phone == "138****8000"
    assert visitor("county_officer", "450923").get(page).status_code == 404


def test_a_filing_is_returned_and_its_next_version_accepted(visitor: Visit, unit_id: uuid.UUID) -> None:
    with transaction() as session, frozen_at(NOON):
        buyer = clerk(session, "buyer", unit_id)
        first = filings.file(session, buyer, filings.NewFiling(unit_id, 2020, "own", 100_000_00, 3_000))
    finance = visitor("finance_supervisor", COUNTY)
    with counted() as statements:
        listed = text_of(finance.read("/admin/reserve-filings?state=filed"))
    assert len(statements) <= 5
    assert "2020 梅县演示中学 1 自办食堂 ¥100,000.00 30% ¥30,000.00" in listed
    assert "待审核的预留份额 1" in text_of(finance.read("/admin"))
    to = f"/admin/reserve-filings/{first.id}/review"
    assert "填报已退回" in finance.follow(finance.send(to, approve="false", opinion="比例请核对"))
    assert "待审核" not in text_of(finance.read(to))
    with transaction() as session, frozen_at(NOON):
        second = filings.file(session, buyer, filings.NewFiling(unit_id, 2020, "own", 120_000_00, 3_500))
    accepted = finance.send(f"/admin/reserve-filings/{second.id}/review", approve="true", opinion="同意")
    assert "填报已通过" in finance.follow(accepted)
    with transaction() as session:
        states = session.scalars(select(ReserveFiling.state).order_by(ReserveFiling.version)).all()
    assert list(states) == ["returned", "accepted"]
    assert visitor("finance_supervisor", "440300").get(to).status_code == 404


def test_a_person_gets_a_second_account(visitor: Visit, database: Database) -> None:
    with transaction() as session:
        person = people.add_person(session, system_actor(), "梅县区经办员")
    admin = visitor("security_admin")
    page = f"/admin/accounts/new?person_id={person.id}"
    assert "梅县区经办员" in admin.read(page)
    opened = admin.send(page, to="", login="meixian.jb2")
    assert "账号已开立" in text_of(main_of(opened))
    with transaction() as session:
        owner = session.scalars(select(Account.person_id).where(Account.login == "meixian.jb2")).one()
    assert owner == person.id
