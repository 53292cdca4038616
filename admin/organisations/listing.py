"""Organisations that one may see, by number, as a file too."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.accounts.codes import FISCAL_TIERS, ORGANISATION_KINDS, SECTORS
from marketplace.accounts.models import Organisation
from marketplace.accounts.schemas import OrganisationQuery
from marketplace.accounts.service import organisations
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.web.kit import (
    Listing,
    Pages,
    all_rows,
    choices,
    label,
    list_file,
    note,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area

pages: Final = Pages("admin_organisations", __name__, url_prefix="/admin/organisations")

STATUSES: Final = {"active": note("在用"), "closed": note("已注销")}


@pages.show("", needs("accounts.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The list."""
    asked = Listing(beginning_with(OrganisationQuery, area=own_area(actor)))
    args = asked.args
    found = organisations.listing(
        actor, kind=args["kind"], area=args["area"], uscc=args["uscc"] or None, named=args["named"]
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(Organisation.organisation_no))
        return list_file(_("单位"), _headings(), [_line(one) for (one,) in rows])
    page = page_of(
        session,
        found,
        keys=[Organisation.organisation_no],
        key_of=lambda row: [row.organisation_no],
        args=args,
    )
    return render(
        "admin/organisations/list.html",
        fragment="results",
        listing=asked,
        page=page,
        kinds=ORGANISATION_KINDS,
        choices=choices(ORGANISATION_KINDS),
        tiers=FISCAL_TIERS,
        sectors=SECTORS,
        statuses=STATUSES,
        may_register=actor.may("accounts.register"),
    )


def _headings() -> list[str]:
    return [
        _("编号"), _("名称"), _("类型"), _("统一社会信用代码"), _("区划"), _("财政级次"), _("条线"), _("状态"),
    ]  # fmt: skip


def _line(one: Organisation) -> list[Any]:
    return [
        one.organisation_no,
        one.name,
        label(ORGANISATION_KINDS[one.kind]),
        one.uscc,
        area(one.area_code),
        label(FISCAL_TIERS[one.fiscal_tier]) if one.fiscal_tier else None,
        label(SECTORS[one.sector]) if one.sector else None,
        _(STATUSES[one.status]),
    ]
