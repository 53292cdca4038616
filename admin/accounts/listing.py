"""Accounts that one administers: login name, job name, organisation, roles in force, state; the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.accounts.models import Account, Grant
from marketplace.accounts.permissions import ROLES, is_role, role
from marketplace.accounts.schemas import AccountQuery
from marketplace.accounts.service import directory
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import filters_of, needs, page_of
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area_name, moment

pages: Final = Pages("admin_accounts", __name__, url_prefix="/admin/accounts")

TONES: Final = {"active": "good", "disabled": "quiet", "locked": "warn"}


@pages.show("", needs("accounts.people"))
def listing(session: Session, actor: Actor) -> Response:
    """The list, latest first."""
    # Who administers the whole country also sees accounts of no organisation, which lie in no area.
    begun = None if own_area(actor) == WHOLE_COUNTRY else own_area(actor)
    asked = Listing(beginning_with(AccountQuery, area=begun))
    filters = filters_of(asked.args)
    found = directory.accounts_seen(actor, **filters)
    if wanted_format():
        rows = all_rows(session, found.order_by(Account.id.desc()))
        roles = directory.roles_of(session, [row.Account.id for row in rows])
        return list_file(_("账号"), _headings(), [_line(row, roles[row.Account.id]) for row in rows])
    page = page_of(
        session,
        found,
        keys=[Account.id],
        key_of=lambda row: [row.Account.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/accounts/list.html",
        fragment="results",
        listing=asked,
        page=page,
        roles=directory.roles_of(session, [row.Account.id for row in page.items]),
        role_called=role_title,  # `role_title` is a word of every page: what the chosen role is called
        role_choices=role_choices(),
        tabs=[("", _("全部"), asked.address(status=None), None)]
        + [
            (code, label(title), asked.address(status=code), None)
            for code, title in directory.ACCOUNT_STATUSES.items()
        ],
        status_of=lambda account: directory.status_of(account, utcnow()),
        statuses=directory.ACCOUNT_STATUSES,
        tones=TONES,
    )


def role_title(code: str) -> str:
    """What a role is called; the code of one that an older version knew."""
    return label(role(code).title_zh) if is_role(code) else code


def role_choices() -> list[tuple[str, str]]:
    """The roles for a choice."""
    return [(one.code, label(one.title_zh)) for one in ROLES]


def _headings() -> list[str]:
    return [_("登录名"), _("姓名(岗位)"), _("单位"), _("角色"), _("状态"), _("开立")]


def _line(row: Any, held: Sequence[Grant]) -> list[Any]:
    return [
        row.Account.login,
        row.display_name,
        row.organisation_name,
        "、".join(f"{role_title(one.role)} {area_name(one.area_code)}" for one in held),
        label(directory.ACCOUNT_STATUSES[directory.status_of(row.Account, utcnow())]),
        moment(row.Account.created_at),
    ]
