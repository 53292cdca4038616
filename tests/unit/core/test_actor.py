"""Role × area × owner, refused by default."""

import uuid

import pytest
from sqlalchemy import column
from sqlalchemy.dialects import postgresql

from marketplace.core.actor import Actor, Held, area_prefix, system_actor
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.scope import visible

ONE, TWO, THREE = (uuid.UUID(int=n) for n in (1, 2, 3))
READ = frozenset({"orders.read"})


def actor(*held: Held, organisation: uuid.UUID | None = None) -> Actor:
    return Actor(account_id=ONE, person_id=TWO, organisation_id=organisation, held=held)


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("000000", ""),
        ("440000", "44"),
        ("441400", "4414"),
        ("441403", "441403"),
        ("441900", "4419"),
        ("469000", "4690"),
        ("441403101", "441403101"),
        ("441403101000", "441403101"),
        ("441403101201", "441403101201"),
        ("441403000000", "441403"),
    ],
)
def test_an_area_reaches_what_begins_like_it(code: str, prefix: str) -> None:
    assert area_prefix(code) == prefix


@pytest.mark.parametrize("code", ["", "44", "4414031", "44140a", "٤٤0000"])
def test_what_is_no_area_code_has_no_prefix(code: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        area_prefix(code)


def test_nobody_may_do_anything_without_a_grant() -> None:
    assert not actor().may("orders.read")
    with pytest.raises(Forbidden) as refusal:
        actor().require("orders.read", area="441403", owners=(ONE,))
    assert refusal.value.code == "role"


def test_a_county_officer_reaches_the_county_and_nothing_beside_it() -> None:
    officer = actor(Held("county_officer", READ, "441403"))
    officer.require("orders.read", area="441403101201")
    with pytest.raises(Forbidden) as refusal:
        officer.require("orders.read", area="441400")
    assert refusal.value.code == "out_of_scope"
    with pytest.raises(NotFound):
        officer.require_visible("orders.read", area="441402")
    with pytest.raises(Forbidden):
        officer.require("orders.read", area=None)


def test_an_owner_reaches_what_any_of_its_owners_is() -> None:
    buyer = actor(Held("buyer", READ, "000000", THREE))
    buyer.require("orders.read", area="441403", owners=(ONE, THREE))
    buyer.require("orders.read", area=None, owners=(THREE,))
    with pytest.raises(Forbidden):
        buyer.require("orders.read", area="441403", owners=(ONE, None))


def test_permissions_of_one_grant_do_not_leak_into_the_area_of_another() -> None:
    both = actor(Held("a", READ, "441403"), Held("b", frozenset({"orders.place"}), "450000"))
    assert both.may_on("orders.read", area="441403")
    assert not both.may_on("orders.read", area="450922")
    assert not both.may_on("orders.place", area="441403")
    assert both.roles == ("a", "b")


def test_the_same_person_is_refused_as_second_pair_of_eyes() -> None:
    with pytest.raises(Forbidden) as refusal:
        actor().require_other_person(None, TWO, what="经办与审核")
    assert refusal.value.code == "same_person"
    actor().require_other_person(THREE, None, what="经办与审核")
    with pytest.raises(Forbidden):
        system_actor().require_other_person(THREE, what="经办与审核")


def test_nobody_reviews_the_own_organisation() -> None:
    with pytest.raises(Forbidden) as refusal:
        actor(organisation=THREE).require_other_organisation(ONE, THREE)
    assert refusal.value.code == "own_organisation"
    with pytest.raises(Forbidden):
        actor(Held("buyer", READ, "000000", THREE)).require_other_organisation(THREE)
    actor().require_other_organisation(None, THREE)


def test_lists_are_limited_by_the_same_grants() -> None:
    def sql(who: Actor) -> str:
        condition = visible(
            who, "orders.read", area=column("area"), owners=(column("buyer"), column("seller"))
        )
        return str(condition.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))

    assert sql(actor()) == "false"
    assert sql(system_actor()) == "true"
    assert sql(actor(Held("x", READ, "000000"))) == "true"
    assert sql(actor(Held("x", READ, "441403"))) == "area >= '441403' AND area < '441403:'"
    owner = sql(actor(Held("x", READ, "000000", THREE)))
    assert owner.count("00000000-0000-0000-0000-000000000003") == 2
    assert "buyer = " in owner
    assert "seller = " in owner
    assert " OR " in owner
