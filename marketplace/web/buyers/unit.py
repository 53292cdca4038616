"""本单位: what the unit keeps for its purchases, and its accounts (子账号): opened, stopped, given a new password."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Grant, Person
from marketplace.accounts.permissions import role
from marketplace.accounts.schemas.unit_people import UnitAccountIn
from marketplace.accounts.service import unit_people
from marketplace.accounts.service.organisations import names_of
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.core.http.paging import PageArgs
from marketplace.web.buyers.states import ACCOUNTS, titled
from marketplace.web.kit import (
    Form,
    Listing,
    NoFields,
    Pages,
    done,
    hats,
    label,
    needs,
    note,
    render,
    show_once,
)
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_unit", __name__)
# (code, title, address, permission, what it is for)
_KEPT: Final = (
    (
        "addresses",
        note("收货地址"),
        "/delivery-addresses",
        "orders.place",
        note("下单时直接选用,个人信息加密保存。"),
    ),
    ("favourites", note("收藏"), "/favourites", "orders.place", note("常买的商品,随时看现价。")),
    (
        "rules",
        note("审批额度"),
        "/approval-rules",
        "orders.read",
        note("多少钱以下经办可以直接下单,以上由谁审批。"),
    ),
    (
        "delegations",
        note("审批代办"),
        "/approval-delegations",
        "orders.read",
        note("出差时请同事代为审批,到期自动终止。"),
    ),
    (
        "accounts",
        note("子账号"),
        "/unit-accounts",
        "accounts.unit_people",
        note("为本单位和下级单位开设、停用经办、审核、财务账号。"),
    ),
)


def tabs_of(actor: Actor) -> list[tuple[str, str, str, None]]:
    """The pages about the unit that the actor may open, as tabs."""
    return [(code, _(title), path, None) for code, title, path, asked, _told in _KEPT if actor.may(asked)]


@pages.show("/unit", needs("accounts.read"))
def unit(session: Session, actor: Actor) -> Response:
    """What there is to keep."""
    own = hats.organisation(actor)
    return render(
        "buyers/unit.html",
        name=names_of(session, [own]).get(own, "") if own else "",
        kept=[(_(title), path, _(told)) for _code, title, path, asked, told in _KEPT if actor.may(asked)],
    )


@pages.show("/unit-accounts", needs("accounts.unit_people"))
def list_accounts(session: Session, actor: Actor) -> Response:
    """The buying accounts of the units that one manages."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        unit_people.unit_accounts(session, actor),
        keys=[Account.id, Grant.id],
        key_of=lambda row: [row.id, row.grant_id],
        args=listing.args,
        scalars=False,
    )
    return render(
        "buyers/unit_accounts.html",
        fragment="results",
        listing=listing,
        page=page,
        names=names_of(session, [row.organisation_id for row in page.items]),
        states=titled(ACCOUNTS),
        role=role,
        tabs=tabs_of(actor),
    )


@pages.form("/unit-accounts/new", needs("accounts.unit_people"), UnitAccountIn, own_transactions=True)
def opening(session: Session, actor: Actor, form: Form) -> Response:
    """Who, for which unit, with which role."""
    units = unit_people.units_managed(session, actor)
    names = names_of(session, units)
    return render(
        "buyers/unit_account_form.html",
        form=form.fill(organisation_id=hats.organisation(actor), role="buyer"),
        units=[(key, names[key]) for key in units],
        roles=[(code, label(role(code).title_zh)) for code in unit_people.BUYING_ROLES],
    )


@opening.submit
def open_account(actor: Actor, body: dict[str, Any]) -> Response:
    """Open it; the password is in this answer and nowhere else."""
    with transaction() as session:
        opened = unit_people.open_unit_account(session, actor, body.pop("organisation_id"), **body)
        return _told(session, actor, opened, _("账号已开设"))


@pages.action("/unit-accounts/<uuid:account_id>/disabling", needs("accounts.unit_people"))
def disable(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Its sessions and tokens are dead at once."""
    unit_people.disable_unit_account(session, actor, account_id)
    return done("/unit-accounts", _("账号已停用"))


@pages.action("/unit-accounts/<uuid:account_id>/enabling", needs("accounts.unit_people"))
def enable(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """It may sign in again."""
    unit_people.enable_unit_account(session, actor, account_id)
    return done("/unit-accounts", _("账号已恢复使用"))


@pages.form(
    "/unit-accounts/<uuid:account_id>/password-reset",
    needs("accounts.unit_people"),
    NoFields,
    own_transactions=True,
)
def resetting(session: Session, actor: Actor, form: Form, account_id: uuid.UUID) -> Response:
    """Whose password is replaced, to be confirmed."""
    found = session.execute(
        unit_people.unit_accounts(session, actor).where(Account.id == account_id).limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound
    return render("buyers/unit_password.html", form=form, account=found)


@resetting.submit
def reset(actor: Actor, body: dict[str, Any], account_id: uuid.UUID) -> Response:
    """A random password, shown this once."""
    with transaction() as session:
        opened = unit_people.reset_unit_password(session, actor, account_id)
        return _told(session, actor, opened, _("密码已重置"))


def _told(session: Session, actor: Actor, opened: OpenedAccount, title: str) -> Response:
    account = opened.account
    return show_once(
        session,
        actor,
        "buyers/unit_account_opened.html",
        title=title,
        login=account.login,
        name=session.get_one(Person, account.person_id).display_name,
        password=opened.password,
    )
