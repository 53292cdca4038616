"""Registering households, one person in one household, histories without overlap."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.beneficiaries.models import Household, HouseholdMember, HouseholdStatus
from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service import (
    Identity,
    NewMember,
    add_member,
    change_standing,
    load_households,
    register,
    register_collective,
)
from marketplace.beneficiaries.service.identity import household_of, opened
from marketplace.core.db import refusing
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    IllegalTransition,
    Invalid,
    InvalidMany,
    NotFound,
    PeriodClosed,
)
from marketplace.core.identifiers import build_resident_id
from marketplace.core.models import AuditRecord

OTHER_VILLAGE = "441422101201"
VILLAGE = "441403101201"

pytestmark = pytest.mark.usefixtures("database")


def number(serial: int) -> str:
    return build_resident_id(f"44140319600101{serial:03d}")


HEAD = Identity("张三丰", number(1))


def test_a_household_is_registered_with_its_people_sealed(world: Any, count: Any) -> None:
    spouse = NewMember(Identity("李 四", number(2)), "配偶", has_labour=True)
    row = register(world.session, world.officer, world.household(head=HEAD, members=[spouse]))
    assert count(Household) == count(HouseholdStatus) == count(HouseholdMember) == 1
    assert opened("beneficiaries.household", "head_name_enc", row.id, row.head_name_enc) == "张三丰"
    assert opened("beneficiaries.household", "head_id_enc", row.id, row.head_id_enc) == HEAD.resident_id
    assert household_of(world.session, number(2)) == row.household_no
    stored = b"|".join(
        bytes(value)
        for model in (Household, HouseholdMember)
        for one in world.session.execute(sa.select(model.__table__)).all()
        for value in one
        if isinstance(value, bytes)
    )
    assert "张三".encode() not in stored
    assert number(1).encode() not in stored
    world.session.flush()
    record = world.session.scalars(sa.select(AuditRecord)).one()
    assert (record.action, record.actor_id) == (
        "beneficiaries.household.register",
        world.officer.account_id,
    )
    assert "张" not in str(record.detail)


@pytest.mark.parametrize("again", [number(1), number(1).lower(), f" {number(1)} "])
def test_a_person_stands_in_one_household_only(world: Any, count: Any, again: str) -> None:
    register(world.session, world.officer, world.household(head=HEAD))
    with pytest.raises(AlreadyExists, match="person_known"):
        register(world.session, world.officer, world.household(head=Identity("张三", again)))
    household = register(world.session, world.officer, world.household(head=Identity("王五", number(5))))
    with pytest.raises(AlreadyExists, match="person_known"):
        add_member(
            world.session,
            world.officer,
            household.household_no,
            NewMember(Identity("张三丰", again), "父亲"),
            date(2020, 9, 1),
        )
    assert count(Household) == 2
    assert count(HouseholdMember) == 0


def test_an_error_never_repeats_the_number(world: Any) -> None:
    bad = number(1)[:-1] + ("0" if number(1)[-1] != "0" else "1")
    with pytest.raises(Invalid) as caught:
        register(world.session, world.officer, world.household(head=Identity("张三", bad)))
    assert bad[:6] not in f"{caught.value} {caught.value.fields}"
    assert caught.value.pointer == "/head/resident_id"


def test_an_officer_of_another_county_registers_nobody(world: Any, count: Any) -> None:
    with pytest.raises(Forbidden, match="out_of_scope"):
        register(world.session, world.officer, world.household(area_code=OTHER_VILLAGE))
    with pytest.raises(Forbidden):
        register(world.session, world.clerk, world.household())
    assert count(Household) == 0


@pytest.mark.parametrize("area", ["441403", "441403101", "44140310120", "999999101201"])
def test_a_household_lives_in_a_village(world: Any, count: Any, area: str) -> None:
    with pytest.raises(Invalid):
        register(world.session, world.officer, world.household(area_code=area))
    assert count(Household) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"labour": 5}, "labour"),
        ({"members": 0, "labour": 0}, "members"),
        ({"from_day": date(2020, 9, 16)}, "from_day"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(
    world: Any, count: Any, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        register(world.session, world.officer, world.household(standing=world.standing(**change)))
    assert count(Household) == count(HouseholdStatus) == 0


def test_a_history_goes_on_where_the_last_entry_ends(world: Any) -> None:
    household = register(world.session, world.officer, world.household())
    unstable = HouseholdState("graduated", "unstable", "active")
    change_standing(
        world.session,
        world.officer,
        household.household_no,
        world.standing(state=unstable, from_day=date(2020, 6, 1), members=5, document_no="二"),
    )
    history = world.session.scalars(sa.select(HouseholdStatus).order_by(HouseholdStatus.members)).all()
    assert [(h.valid.lower, h.valid.upper, h.monitor_type, h.members) for h in history] == [
        (date(2020, 1, 1), date(2020, 6, 1), "none", 4),
        (date(2020, 6, 1), None, "unstable", 5),
    ]


@pytest.mark.parametrize("from_day", [date(2020, 1, 1), date(2019, 12, 31)])
def test_a_history_is_never_rewritten(world: Any, count: Any, from_day: date) -> None:
    household = register(world.session, world.officer, world.household())
    with pytest.raises(Conflict, match="history_order"):
        change_standing(
            world.session, world.officer, household.household_no, world.standing(from_day=from_day)
        )
    assert count(HouseholdStatus) == 1


def test_a_step_that_the_tables_do_not_have_leaves_the_history_alone(world: Any, count: Any) -> None:
    household = register(world.session, world.officer, world.household())
    with pytest.raises(IllegalTransition):
        change_standing(
            world.session,
            world.officer,
            household.household_no,
            world.standing(state=HouseholdState("registered"), from_day=date(2020, 6, 1)),
        )
    assert count(HouseholdStatus) == 1


def test_a_closed_month_keeps_the_standings_it_was_closed_with(world: Any, count: Any) -> None:
    household = register(world.session, world.officer, world.household())
    world.close("2020-08")
    standing = world.standing(members=5, from_day=date(2020, 8, 31))
    with pytest.raises(PeriodClosed):
        change_standing(world.session, world.officer, household.household_no, standing)
    with pytest.raises(PeriodClosed):
        register(world.session, world.officer, world.household())
    assert count(HouseholdStatus) == 1
    change_standing(
        world.session,
        world.officer,
        household.household_no,
        world.standing(members=5, from_day=date(2020, 9, 1)),
    )
    assert count(HouseholdStatus) == 2


def test_who_may_not_see_a_household_is_told_it_is_not_there(world: Any) -> None:
    household = register(world.session, world.officer, world.household())
    stranger = world.actor("county_officer", "441422")
    for found in (household.household_no, 10**9):
        with pytest.raises(NotFound):
            change_standing(world.session, stranger, found, world.standing(from_day=date(2020, 6, 1)))


def test_the_database_itself_refuses_overlapping_standings(world: Any, count: Any) -> None:
    household = register(world.session, world.officer, world.household())
    refusal = Conflict("overlap")
    with pytest.raises(Conflict, match="overlap"), refusing({"ex_household_status_overlap": refusal}):
        world.session.execute(
            sa.text(
                "INSERT INTO beneficiaries.household_status (id, household_no, valid, file_status, monitor_type,"
                " monitor_status, members, labour, is_low_income, document_no, recorded_at) VALUES"
                " (gen_random_uuid(), :no, '[2019-01-01,2020-01-02)', 'never', 'none', 'none', 1, 0, false, 'x', :at)"
            ),
            {"no": household.household_no, "at": household.created_at},
        )
    world.session.rollback()


def test_standings_that_only_touch_do_not_overlap(world: Any, count: Any) -> None:
    household = register(world.session, world.officer, world.household())
    world.session.execute(
        sa.text(
            "INSERT INTO beneficiaries.household_status (id, household_no, valid, file_status, monitor_type,"
            " monitor_status, members, labour, is_low_income, document_no, recorded_at) VALUES"
            " (gen_random_uuid(), :no, '[2019-01-01,2020-01-01)', 'never', 'none', 'none', 1, 0, false, 'x', :at)"
        ),
        {"no": household.household_no, "at": household.created_at},
    )
    assert count(HouseholdStatus) == 2


def test_many_households_are_loaded_in_order_with_dense_numbers(world: Any, count: Any) -> None:
    rows = [world.household(head=Identity(f"演示户{'一二三四五'[i]}", number(10 + i))) for i in range(5)]
    numbers = load_households(world.session, world.officer, rows)
    assert [n - numbers[0] for n in numbers] == [0, 1, 2, 3, 4]
    assert [household_of(world.session, number(10 + i)) for i in range(5)] == numbers
    assert count(HouseholdStatus) == 5
    assert load_households(world.session, world.officer, []) == []


def test_a_load_with_bad_rows_names_each_and_loads_none(world: Any, count: Any) -> None:
    register(world.session, world.officer, world.household(head=HEAD))
    rows = [
        world.household(head=Identity("赵六", number(6))),
        world.household(area_code=OTHER_VILLAGE),
        world.household(standing=world.standing(labour=9)),
        world.household(head=Identity("123", number(7))),
        world.household(members=[NewMember(Identity("孙七"), "子女")]),
    ]
    with pytest.raises(InvalidMany) as caught:
        load_households(world.session, world.officer, rows)
    assert [(f.pointer, f.code) for f in caught.value.fields] == [
        ("/rows/1", "out_of_scope"),
        ("/rows/2", "labour"),
        ("/rows/3", "name_character"),
        ("/rows/4", "members"),
    ]
    people = [world.household(head=Identity("张三", HEAD.resident_id))] + [
        world.household(head=Identity("周八", number(8)))
    ] * 2
    with pytest.raises(InvalidMany) as caught:
        load_households(world.session, world.officer, people)
    assert [(f.pointer, f.code) for f in caught.value.fields] == [
        ("/rows/2", "person_twice"),
        ("/rows/0", "person_known"),
    ]
    assert count(Household) == 1


def test_a_village_has_one_collective(world: Any) -> None:
    register_collective(world.session, world.officer, area_code=VILLAGE, name="演示村经济联合社")
    with pytest.raises(AlreadyExists, match="village_known"):
        register_collective(world.session, world.officer, area_code=VILLAGE, name="另一个")
    world.session.rollback()


def test_a_member_joins_no_earlier_than_today_allows(world: Any, count: Any) -> None:
    household = register(world.session, world.officer, world.household())
    member = NewMember(Identity("钱九"), "子女")
    with pytest.raises(Invalid, match="from_day"):
        add_member(
            world.session,
            world.officer,
            household.household_no,
            member,
            date(2020, 9, 15) + timedelta(days=1),
        )
    assert count(HouseholdMember) == 0
