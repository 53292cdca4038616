"""Versions of an agreement drafted, read with what they change, and handed to the county, by pages of the producer."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from marketplace.beneficiaries.linkage import LINKAGE_MODES, LinkageMode, linkage_mode
from marketplace.beneficiaries.models import Agreement, AgreementVersion, RosterShare
from marketplace.beneficiaries.service import draft_version
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.web.agreements_shown import terms_of_mode
from tests.support.county import COUNTY, World, make_world
from tests.support.pages import personal
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]


@pytest.fixture
def world(database: Database) -> World:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        return make_world(session)


@pytest.fixture
def clerk(visitor: Visit, world: World) -> Visitor:
    return visitor("producer", organisation_id=world.producer.organisation_id)


@pytest.fixture
def agreed(world: World) -> tuple[str, list[int]]:
    """The number of an agreement with four households on file, the first three of them on its roster in force."""
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world.session = session
        made = world.agreement()
        numbers = world.households(4)
        world.approved(made, world.version([(one, 1) for one in numbers[:3]]))
        return made.number, numbers


def filled_in(main: str) -> dict[str, str]:
    """What the fields of a page's form hold, but for its hidden ones."""
    found = dict(re.findall(r'<input id="[^"]+" name="([\w.]+)" type="(?:text|date)" value="([^"]*)"', main))
    for name, options in re.findall(
        r'<select id="[^"]+" name="([\w.]+)".*?>(.*?)</select>', main, flags=re.S
    ):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return found


def rosters() -> dict[int, dict[int, int]]:
    """The households of each version with their parts."""
    with transaction() as session:
        rows = session.execute(
            select(AgreementVersion.version, RosterShare.household_no, RosterShare.shares).join(
                RosterShare, RosterShare.version_id == AgreementVersion.id
            )
        )
        found: dict[int, dict[int, int]] = {}
        for version, household, parts in rows:
            found.setdefault(version, {})[household] = parts
        return found


def states() -> list[str]:
    with transaction() as session:
        return list(session.scalars(select(AgreementVersion.state).order_by(AgreementVersion.version)))


def test_a_draft_begins_from_the_version_in_force_and_says_what_it_changes(
    clerk: Visitor, agreed: tuple[str, list[int]], visitor: Visit
) -> None:
    number, (first, second, third, fourth) = agreed
    here = f"/producer/agreements/{number}"
    shown = clerk.read(f"{here}/versions/new")
    filled = filled_in(main_of(clerk.get(f"{here}/versions/new")))
    assert (filled["terms.rebate_bp"], filled["products.0.linked_bp"], filled["roster_of"]) == (
        "10",
        "10",
        "1",
    )
    assert personal(shown) == []
    sent = clerk.send(
        f"{here}/versions/new",
        **filled
        | {
            "terms.rebate_bp": "12.5",
            "from_day": "2020-11-01",
            "products.0.linked_bp": "20",
            "roster": f"{fourth} 2\n{second},3",
            "left": str(first),
        },
    )
    assert sent.headers["Location"] == f"{here}/versions/2"
    page = text_of(clerk.follow(sent))
    assert "返利比例: 10% → 12.5%" in page
    assert "金柚 5斤装: 10% → 20%" in page
    assert "花名册增加 少于3户" in page
    assert rosters()[2] == {second: 3, third: 1, fourth: 2}
    handed = text_of(clerk.follow(clerk.send(f"{here}/versions/2", to=f"{here}/versions/2/submission")))
    assert "第 2 版已提交县级审定" in handed
    assert "修改草稿" not in handed
    assert states() == ["approved", "submitted"]
    official = visitor("county_officer", COUNTY)
    decision = text_of(official.read(f"/admin/agreements/{number}/versions/2/decision"))
    assert "与第 1 版相比" in decision
    assert "返利比例: 10% → 12.5%" in decision


def test_a_changed_draft_is_a_new_version_and_the_difference_stays_that_to_the_version_in_force(
    clerk: Visitor, agreed: tuple[str, list[int]]
) -> None:
    number, _households = agreed
    here = f"/producer/agreements/{number}"
    new = filled_in(main_of(clerk.get(f"{here}/versions/new"))) | {"from_day": "2020-11-01"}
    clerk.send(f"{here}/versions/new", **new | {"terms.rebate_bp": "11"})
    again = filled_in(main_of(clerk.get(f"{here}/versions/2/draft")))
    assert (again["from_day"], again["terms.rebate_bp"], again["roster_of"]) == ("2020-11-01", "11", "2")
    page = text_of(clerk.follow(clerk.send(f"{here}/versions/2/draft", **again | {"terms.rebate_bp": "13"})))
    assert "与第 1 版相比" in page
    assert "返利比例: 10% → 13%" in page
    assert states() == ["approved", "draft", "draft"]
    assert rosters()[3] == rosters()[1]


def test_a_roster_comes_as_a_file_and_what_is_wrong_is_said_by_row(
    clerk: Visitor, agreed: tuple[str, list[int]]
) -> None:
    number, (first, second, *_rest) = agreed
    to = f"/producer/agreements/{number}/versions/new"
    filled = filled_in(main_of(clerk.get(to))) | {"from_day": "2020-11-01"}

    def file(*lines: str) -> tuple[BytesIO, str]:
        return BytesIO("\n".join(["户编号,份额", *lines]).encode()), "花名册.csv"

    refused = clerk.send(to, **filled, file=file(f"{first},2", "999999,1", f"{first},1"))
    assert refused.status_code == 422
    shown = text_of(main_of(refused))
    assert "3 该户不在审定地区在册户中" in shown
    assert "4 同一户出现两次" in shown
    twice = clerk.send(to, **filled | {"roster": "1 1"}, file=file(f"{first},2"))
    assert "文件已是整份花名册" in text_of(main_of(twice))
    assert states() == ["approved"]
    assert clerk.send(to, **filled, file=file(f"{first},2", f"{second},5")).status_code == 303
    assert rosters()[2] == {first: 2, second: 5}


def test_lines_that_are_no_households_and_terms_left_open_are_refused_at_their_places(
    clerk: Visitor, agreed: tuple[str, list[int]]
) -> None:
    number, (first, *_rest) = agreed
    to = f"/producer/agreements/{number}/versions/new"
    filled = filled_in(main_of(clerk.get(to))) | {"from_day": "2020-11-01"}
    typed = clerk.send(to, **filled | {"roster": "十二 1", "left": "张三"})
    assert typed.status_code == 422
    assert 'id="f-roster-error"' in main_of(typed)
    assert 'id="f-left-error"' in main_of(typed)
    elsewhere = text_of(main_of(clerk.send(to, **filled | {"roster": f"{first} 1\n999999 1"})))
    assert "2 该户不在审定地区在册户中" in elsewhere
    strange = text_of(main_of(clerk.send(to, **filled | {"left": f"{first} 999999"})))
    assert "退出的第 2 户 该户不在沿用的花名册中" in strange
    without = clerk.send(to, **filled | {"terms.rebate_bp": ""})
    assert without.status_code == 422
    assert 'id="f-terms-rebate_bp-error"' in main_of(without)
    assert states() == ["approved"]


def test_a_neighbour_neither_reads_nor_drafts(
    visitor: Visit, agreed: tuple[str, list[int]], shop: object
) -> None:
    number, _households = agreed
    stranger = visitor("producer", organisation_id=shop.seller_actor.organisation_id)  # type: ignore[attr-defined]
    for path in ("versions/new", "versions/1", "versions/1/draft"):
        assert stranger.get(f"/producer/agreements/{number}/{path}").status_code == 404


def test_a_term_of_one_name_is_typed_in_one_way_whatever_the_mode() -> None:
    kinds: dict[str, set[str]] = {}
    for mode in LINKAGE_MODES:
        for term in terms_of_mode(mode.code):
            kinds.setdefault(term.name, set()).add(term.kind)
    assert {name: kind for name, kind in kinds.items() if len(kind) > 1} == {}


def opened_agreements() -> list[tuple[str, str, str]]:
    """Title, mode and county of each agreement."""
    with transaction() as session:
        found = session.scalars(select(Agreement).order_by(Agreement.agreement_no))
        return [(one.title, one.mode, one.area_code) for one in found]


def test_a_producer_begins_a_first_agreement_and_hands_it_to_the_county(
    clerk: Visitor, world: World, visitor: Visit
) -> None:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world.session = session
        first, second = world.households(2)
    product = str(world.product.id)
    assert clerk.read("/producer/agreements").count('href="/producer/agreements/new"') == 2
    modes = clerk.read("/producer/agreements/new")
    for mode in LINKAGE_MODES:
        assert f'href="/producer/agreements/new/{mode.code}"' in modes
        assert clerk.get(f"/producer/agreements/new/{mode.code}").status_code == 200
    here = "/producer/agreements/new/sales_rebate"
    assert filled_in(main_of(clerk.get(here)))["area_code"] == COUNTY
    typed = {
        "title": "金柚销售返利协议",
        "area_code": COUNTY,
        "terms.rebate_bp": "12.5",
        "from_day": "2020-11-01",
        "products.0.product_id": product,
        "products.0.linked_bp": "40",
        "products.0.basis": "raw_material",
        "products.0.evidence": "收购台账2020年第3页",
        "roster": f"{first} 2\n{second}",
        "share_unit": "户",
    }
    sent = clerk.send(here, **typed)
    number = sent.headers["Location"].split("/")[3]
    page = text_of(clerk.follow(sent))
    assert "返利 = 销售额 × 12.5%" in page
    assert opened_agreements() == [("金柚销售返利协议", "sales_rebate", COUNTY)]
    assert rosters() == {1: {first: 2, second: 1}}
    version = f"/producer/agreements/{number}/versions/1"
    clerk.send(version, to=f"{version}/submission")
    assert states() == ["submitted"]
    official = visitor("county_officer", COUNTY)
    assert "40%" in text_of(official.read(f"/admin/agreements/{number}/versions/1/decision"))
    assert clerk.read("/producer/agreements").count('href="/producer/agreements/new"') == 1


def test_what_is_wrong_with_a_first_agreement_is_said_at_its_fields_and_nothing_is_opened(
    clerk: Visitor, world: World
) -> None:
    here = "/producer/agreements/new/sales_rebate"
    typed = {
        "title": "金柚销售返利协议",
        "area_code": COUNTY,
        "terms.rebate_bp": "10",
        "from_day": "2020-11-01",
        "products.1.product_id": str(world.product.id),
        "roster": "999999 1",
        "share_unit": "户",
    }
    undeclared = clerk.send(here, **typed)
    assert undeclared.status_code == 422
    assert 'id="f-products-1-linked_bp-error"' in main_of(undeclared)
    declared = typed | {
        "products.1.linked_bp": "40",
        "products.1.basis": "raw_material",
        "products.1.evidence": "收购台账",
    }
    assert "1 该户不在审定地区在册户中" in text_of(main_of(clerk.send(here, **declared)))
    for name, value in (("area_code", "440000"), ("title", ""), ("terms.rebate_bp", ""), ("from_day", "")):
        refused = clerk.send(here, **declared | {name: value})
        assert refused.status_code == 422
        assert f'id="f-{name.replace(".", "-")}-error"' in main_of(refused)
        assert 'value="2020-11-01"' in main_of(refused) or name == "from_day"
    assert opened_agreements() == []
    assert clerk.get("/producer/agreements/new/no_such_mode").status_code == 404


def test_who_may_not_draft_is_offered_no_first_agreement(visitor: Visit, world: World) -> None:
    finance = visitor("producer_finance", organisation_id=world.producer.organisation_id)
    assert finance.get("/producer/agreements/new").status_code == 403
    assert finance.get("/producer/agreements/new/sales_rebate").status_code == 403


def sentence_of_formula(main: str, title: str) -> str:
    found = re.search(rf"<dt>{title}</dt>\s*<dd[^>]*>(.*?)</dd>", main, flags=re.S)
    assert found is not None
    return text_of(found[1])


@pytest.mark.parametrize("mode", LINKAGE_MODES, ids=lambda mode: mode.code)
def test_the_formula_of_an_agreement_is_english_on_english_pages_and_chinese_on_chinese_ones(
    clerk: Visitor, visitor: Visit, world: World, mode: LinkageMode
) -> None:
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world.session = session
        made = world.agreement(mode=mode.code)
        household = world.households(1)[0]
        drafted = world.version([(household, 1)], terms=mode.example_terms)
        draft_version(session, world.clerk, made.number, drafted)
    chinese = mode.explain(mode.example_terms)
    figures = set(re.findall(r"\d[\d,.]*", chinese))
    here = f"/producer/agreements/{made.number}/versions/1"
    official = visitor("county_officer", COUNTY)
    for reader, page in ((clerk, here), (official, f"/admin/agreements/{made.number}")):
        assert sentence_of_formula(reader.read(f"{page}?lang=zh"), "收益公式") == chinese
        english = sentence_of_formula(reader.read(f"{page}?lang=en"), "Formula")
        assert not re.search(r"[\u3400-\u9fff]", english), english
        assert set(re.findall(r"\d[\d,.]*", english)) == figures


def test_a_first_agreement_of_a_collective_takes_as_many_classes_of_shares_as_the_example_has(
    clerk: Visitor, world: World
) -> None:
    mode = linkage_mode("secondary_split")
    with transaction() as session, frozen_at(shanghai(2020, 9, 1, 9)):
        world.session = session
        household = world.households(1)[0]
    terms = dict(mode.example_terms)
    typed = {
        f"terms.classes.{place}.{name}": value if name != "share_bp" else str(value / 100)
        for place, one in enumerate(terms.pop("classes"))
        for name, value in one.items()
    }
    here = "/producer/agreements/new/secondary_split"
    page = clerk.read(here)
    assert all(f'name="{name}"' in page for name in typed)
    sent = clerk.send(
        here,
        **typed,
        **{f"terms.{name}": str(value) for name, value in terms.items()},
        title="集体收益分配",
        area_code=COUNTY,
        from_day="2020-11-01",
        roster=str(household),
        share_unit="户",
    )
    assert "脱贫股收益 = 可分配收益 × 20% ÷ 107户" in text_of(clerk.follow(sent))
