"""Opening a list of accounts at once is opening each of them, or none."""

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Account, Grant, Person
from marketplace.accounts.service import identity, organisations
from marketplace.accounts.service.bulk import NewAccount, open_accounts
from marketplace.core.actor import Actor, system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, InvalidMany


def office(session):
    new = organisations.NewOrganisation("authority", "梅县区演示帮扶办(演示数据)", "441403", is_demo=True)
    return organisations.register(session, system_actor(), new)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_actors_returned_are_those_that_the_accounts_have(session):
    home = office(session)
    actors = open_accounts(
        session,
        system_actor(),
        [
            NewAccount("梅县区初审", "meixian.town", ("township_reviewer",), "441403", home.id),
            NewAccount(
                "梅县区演示合作社", "meixian.coop", ("producer", "producer_finance"), "000000", home.id, True
            ),
        ],
    )
    assert [identity.actor_of_account(session, login) for login in ("meixian.town", "meixian.coop")] == actors
    assert actors[1].roles == ("producer", "producer_finance")
    assert {held.organisation_id for held in actors[1].held} == {home.id}
    assert actors[0].held[0].organisation_id is None
    assert session.scalars(select(Account.password_hash)).all() == [None, None]


@pytest.mark.parametrize(
    ("bad", "pointer", "code"),
    [
        (NewAccount(" ", "good.login", ("auditor",)), "/1/display_name", "name"),
        (NewAccount("名", "登录", ("auditor",)), "/1/login", "login"),
        (NewAccount("名", "good.login", ("nobody",)), "/1/roles", "role"),
        (NewAccount("名", "good.login", ()), "/1/roles", "role"),
        (NewAccount("名", "good.login", ("producer",)), "/1/organisation_id", "role_owner"),
        (NewAccount("名", "good.login", ("auditor",), "999999"), "/1/area_code", "unknown_division"),
    ],
)
def test_one_bad_entry_refuses_the_whole_list_and_is_named(session, bad, pointer, code):
    with pytest.raises(InvalidMany) as refusal:
        open_accounts(session, system_actor(), [NewAccount("好", "first.login", ("auditor",)), bad])
    assert [(one.pointer, one.code) for one in refusal.value.fields] == [(pointer, code)]
    assert [count(session, model) for model in (Person, Account, Grant)] == [0, 0, 0]


def test_a_login_taken_twice_is_refused(database):
    twice = [NewAccount("甲", "same.login", ("auditor",)), NewAccount("乙", "same.login", ("auditor",))]
    with pytest.raises(AlreadyExists) as refusal, transaction() as session:
        open_accounts(session, system_actor(), twice)
    assert refusal.value.code == "login_taken"
    with transaction() as session:
        assert count(session, Person) == 0


def test_roles_that_exclude_each_other_are_refused(session):
    with pytest.raises(Conflict) as refusal:
        open_accounts(session, system_actor(), [NewAccount("甲", "two.hats", ("auditor", "statistician"))])
    assert refusal.value.code == "roles_incompatible"
    assert count(session, Account) == 0


def test_who_may_not_open_accounts_is_refused(session):
    nobody = Actor(account_id=system_actor().account_id, person_id=system_actor().person_id)
    with pytest.raises(Forbidden):
        open_accounts(session, nobody, [NewAccount("甲", "some.login", ("auditor",))])
    assert count(session, Person) == 0
