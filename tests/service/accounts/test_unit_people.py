"""A unit's manager keeps the buying accounts of the unit and of what is below it, and no others."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account
from marketplace.accounts.service import access_keys, grants, identity, unit_people
from marketplace.core.actor import system_actor
from marketplace.core.errors import Forbidden, Invalid, NotFound
from tests.support.office import clerk, placed_under, unit


def _opened(session: Session, manager: object, organisation: object, role: str = "buyer") -> Account:
    return unit_people.open_unit_account(
        session, manager, organisation.id, display_name="采购员", login="yuexiu.cg", role=role
    ).account


def test_a_manager_opens_and_disables_accounts_of_the_subtree(session: Session) -> None:
    top, below, beside = unit(session, "主管"), unit(session, "下级"), unit(session, "别家")
    placed_under(session, top, None)
    placed_under(session, below, top)
    placed_under(session, beside, None)
    manager = clerk(session, "buyer_manager", top.id)
    account = _opened(session, manager, below)
    actor = identity.actor_of_id(session, account.id)
    assert actor is not None
    assert (actor.roles, actor.opened_by_unit, actor.held[0].organisation_id) == (("buyer",), True, below.id)
    token = access_keys.make(session, actor, "t").secret
    rows = session.execute(unit_people.unit_accounts(session, manager)).all()
    assert [(row.login, row.role) for row in rows] == [("yuexiu.cg", "buyer")]
    unit_people.disable_unit_account(session, manager, account.id)
    assert identity.actor_of_token(session, token) is None
    assert identity.actor_of_id(session, account.id) is None
    unit_people.enable_unit_account(session, manager, account.id)
    assert unit_people.reset_unit_password(session, manager, account.id).password
    with pytest.raises(NotFound):
        unit_people.open_unit_account(
            session, manager, beside.id, display_name="他", login="other.cg", role="buyer"
        )


def test_a_unit_below_does_not_manage_the_one_above(session: Session) -> None:
    top, below = unit(session, "主管"), unit(session, "下级")
    placed_under(session, top, None)
    placed_under(session, below, top)
    account = _opened(session, clerk(session, "buyer_manager", top.id), top)
    lower = clerk(session, "buyer_manager", below.id)
    for refused in (unit_people.disable_unit_account, unit_people.reset_unit_password):
        with pytest.raises(NotFound):
            refused(session, lower, account.id)
    assert session.execute(unit_people.unit_accounts(session, lower)).all() == []


@pytest.mark.parametrize("role", ["buyer_manager", "security_admin", "finance_clerk"])
def test_a_manager_gives_buying_roles_only(session: Session, role: str) -> None:
    top = unit(session, "主管")
    manager = clerk(session, "buyer_manager", top.id)
    with pytest.raises(Invalid):
        _opened(session, manager, top, role)


def test_an_account_with_another_role_is_not_the_managers(session: Session) -> None:
    top = unit(session, "主管")
    manager = clerk(session, "buyer_manager", top.id)
    account = _opened(session, manager, top)
    grants.grant(session, system_actor(), account.id, "finance_supervisor", "440000")
    with pytest.raises(Forbidden):
        unit_people.disable_unit_account(session, manager, account.id)
    with pytest.raises(Forbidden):
        unit_people.disable_unit_account(session, manager, manager.account_id)
