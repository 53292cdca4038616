"""The tree of budget units is a history: every day of the past has its own tree."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.accounts.service import organisations, places
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core.actor import Actor, Held, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import constraint_of
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.identifiers import build_uscc

SYSTEM = system_actor()
SEPTEMBER, OCTOBER, NOVEMBER = date(2020, 9, 1), date(2020, 10, 1), date(2020, 11, 1)


def _unit(session: Session, number: int, area: str = "440100") -> Organisation:
    return organisations.register(
        session,
        SYSTEM,
        NewOrganisation(
            "budget_unit",
            f"演示单位{number}",
            area,
            uscc=build_uscc(f"11440100{number:08d}"),
            fiscal_area="440100",
            fiscal_tier="city_level",
            is_demo=True,
        ),
    )


@pytest.fixture
def units(session: Session) -> list[Organisation]:
    return [_unit(session, number) for number in range(1, 5)]


def _paths(session: Session, units: list[Organisation], day: date) -> list[list[int] | None]:
    numbers = {str(unit.organisation_no): index for index, unit in enumerate(units)}
    found = [places.on_day(session, unit.id, day) for unit in units]
    return [[numbers[no] for no in place.path.split(".")] if place else None for place in found]


def test_a_move_takes_the_subtree_along_and_leaves_the_past_alone(
    session: Session, units: list[Organisation]
) -> None:
    first, second, child, grandchild = units
    with frozen_at(shanghai(2020, 9, 12)):
        places.place(session, SYSTEM, first.id, None, SEPTEMBER, "设立")
        places.place(session, SYSTEM, second.id, None, SEPTEMBER, "设立")
        places.place(session, SYSTEM, child.id, first.id, SEPTEMBER, "设立")
        places.place(session, SYSTEM, grandchild.id, child.id, SEPTEMBER, "设立")
        places.place(session, SYSTEM, child.id, second.id, OCTOBER, "机构改革")
    assert _paths(session, units, date(2020, 8, 31)) == [None] * 4
    assert _paths(session, units, date(2020, 9, 30)) == [[0], [1], [0, 2], [0, 2, 3]]
    assert _paths(session, units, OCTOBER) == [[0], [1], [1, 2], [1, 2, 3]]
    assert places.descendants(session, first.id, date(2020, 9, 30)) == [first.id, child.id, grandchild.id]
    assert places.descendants(session, first.id, OCTOBER) == [first.id]
    versions = places.history(session, child.id)
    assert [(v.valid.lower, v.valid.upper) for v in versions] == [(SEPTEMBER, OCTOBER), (OCTOBER, None)]


def test_nothing_is_moved_in_the_past_or_before_a_later_move(
    session: Session, units: list[Organisation]
) -> None:
    first, second, child, _ = units
    with frozen_at(shanghai(2020, 9, 12)):
        for unit in (first, second):
            places.place(session, SYSTEM, unit.id, None, SEPTEMBER, "设立")
        places.place(session, SYSTEM, child.id, first.id, NOVEMBER, "设立")
        with pytest.raises(Invalid) as refusal:
            places.place(session, SYSTEM, second.id, first.id, date(2020, 9, 11), "补录")
        assert refusal.value.code == "place_backdated"
        for day in (OCTOBER, NOVEMBER):
            with pytest.raises(Conflict) as conflict:
                places.place(session, SYSTEM, child.id, second.id, day, "机构改革")
            assert conflict.value.code == "later_place"
    assert _paths(session, units, NOVEMBER) == [[0], [1], [0, 2], None]


def test_a_unit_never_stands_below_itself(session: Session, units: list[Organisation]) -> None:
    first, _, child, grandchild = units
    with frozen_at(shanghai(2020, 9, 12)):
        places.place(session, SYSTEM, first.id, None, SEPTEMBER, "设立")
        places.place(session, SYSTEM, child.id, first.id, SEPTEMBER, "设立")
        places.place(session, SYSTEM, grandchild.id, child.id, SEPTEMBER, "设立")
        for parent in (first, child, grandchild):
            with pytest.raises(Invalid) as refusal:
                places.place(session, SYSTEM, first.id, parent.id, OCTOBER, "误操作")
            assert refusal.value.code == "place_cycle"
    assert _paths(session, units, OCTOBER) == [[0], None, [0, 2], [0, 2, 3]]


def test_a_parent_outside_the_tree_or_unknown_is_refused(session: Session, units: list[Organisation]) -> None:
    with pytest.raises(Invalid) as refusal:
        places.place(session, SYSTEM, units[0].id, units[1].id, OCTOBER, "设立")
    assert refusal.value.code == "place_parent"
    with pytest.raises(NotFound):
        places.place(session, SYSTEM, units[0].id, uuid.UUID(int=1), OCTOBER, "设立")


def test_depth_is_limited_for_the_whole_subtree(session: Session) -> None:
    chain = [_unit(session, number) for number in range(1, places.DEPTH_MAX + 1)]
    parent: uuid.UUID | None = None
    for unit in chain:
        places.place(session, SYSTEM, unit.id, parent, SEPTEMBER, "设立")
        parent = unit.id
    extra = _unit(session, 99)
    with pytest.raises(Invalid) as refusal:
        places.place(session, SYSTEM, extra.id, parent, SEPTEMBER, "设立")
    assert refusal.value.code == "place_depth"


def test_producers_have_no_place_in_the_tree(session: Session) -> None:
    producer = organisations.register(session, SYSTEM, NewOrganisation("producer", "演示合作社", "441403"))
    with pytest.raises(Invalid) as refusal:
        places.place(session, SYSTEM, producer.id, None, SEPTEMBER, "设立")
    assert refusal.value.code == "place_kind"


def test_an_officer_of_another_area_may_not_place(session: Session, units: list[Organisation]) -> None:
    permissions = frozenset({"accounts.read", "accounts.place"})
    stranger = Actor(uuid.UUID(int=1), uuid.UUID(int=2), held=(Held("x", permissions, "441403"),))
    with pytest.raises(NotFound):
        places.place(session, stranger, units[0].id, None, OCTOBER, "设立")
    reader = Actor(
        uuid.UUID(int=1), uuid.UUID(int=2), held=(Held("x", frozenset({"accounts.read"}), "440100"),)
    )
    with pytest.raises(Forbidden):
        places.place(session, reader, units[0].id, None, OCTOBER, "设立")
    assert places.history(session, units[0].id) == []


def test_the_database_refuses_two_places_on_one_day(session: Session, units: list[Organisation]) -> None:
    version = places.place(session, SYSTEM, units[0].id, None, SEPTEMBER, "设立")
    twin = OrganisationPlace(
        organisation_id=version.organisation_id,
        organisation_no=version.organisation_no,
        path=version.path,
        valid=version.valid,
        reason="重复",
        created_at=version.created_at,
    )
    with pytest.raises(IntegrityError) as refusal, session.begin_nested():
        session.add(twin)
        session.flush()
    assert constraint_of(refusal.value) == "ex_organisation_place_overlap"
