"""Households of one's area on a day, masked; and those that several producers say they help."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.beneficiaries.models import Household
from marketplace.beneficiaries.rules import FILE_STANDARDS, FILE_STATUSES, MONITOR_STATUSES, MONITOR_TYPES
from marketplace.beneficiaries.schemas import HouseholdListArgs
from marketplace.beneficiaries.service import behind, masked
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs, page_of
from marketplace.core.http.paging import Page
from marketplace.web.kit import Listing, Pages, all_rows, choices, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area

pages: Final = Pages("admin_households", __name__, url_prefix="/admin/households")

TONES: Final = {"registered": "warn", "graduated": "good", "never": "info", "removed": "quiet"}
# What the templates of households say of codes.
TITLES: Final[dict[str, Any]] = {
    "standards": FILE_STANDARDS,
    "statuses": FILE_STATUSES,
    "monitor_types": MONITOR_TYPES,
    "monitor_statuses": MONITOR_STATUSES,
    "tones": TONES,
}


@pages.show("", needs("beneficiaries.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The list by number; as a file with the same masks."""
    asked = Listing(beginning_with(HouseholdListArgs, area=own_area(actor)))
    args = asked.args
    on = args["on"] or today()
    found = masked.households_on(
        actor, on, area=args["area"], file_status=args["file_status"], monitored=args["monitored"]
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(Household.household_no))
        return list_file(_("农户"), _headings(), [_line(*row) for row in rows])
    page = _page(session, found, args)
    return render(
        "admin/households/list.html",
        fragment="results",
        listing=asked,
        page=page,
        rows=[masked.masked(row[0], row[1]) for row in page.items],
        on=on,
        choices=choices(FILE_STATUSES),
        may_read=actor.may(masked.PERSONAL),
        may_edit=actor.may("beneficiaries.edit"),
        **TITLES,
    )


@pages.show("/overlaps", needs("beneficiaries.read"))
def overlaps(session: Session, actor: Actor) -> Response:
    """Households that stand in rosters in force of more than one producer."""
    asked = Listing(beginning_with(HouseholdListArgs, area=own_area(actor)))
    on = asked.args["on"] or today()
    page = _page(session, behind.helped_by_several(actor, on, area=asked.args["area"]), asked.args)
    return render(
        "admin/households/overlaps.html",
        fragment="results",
        listing=asked,
        page=page,
        rows=[(masked.masked(row[0], row[1]), row.agreements, row.producers) for row in page.items],
        on=on,
        **TITLES,
    )


def _page(session: Session, found: Select[*tuple[Any, ...]], args: dict[str, Any]) -> Page[Any]:
    return page_of(
        session,
        found,
        keys=[Household.household_no],
        key_of=lambda row: [row[0].household_no],
        args=args,
        scalars=False,
    )


def _headings() -> list[str]:
    return [
        _("户编号"),
        _("所在村"),
        _("户主"),
        _("建档标准"),
        _("建档状态"),
        _("监测"),
        _("人口"),
        _("劳动力"),
    ]


def _line(household: Household, standing: Any) -> list[Any]:
    one = masked.masked(household, standing)
    return [
        one.household_no,
        area(one.area_code),
        one.head_name,
        label(FILE_STANDARDS[one.file_standard]),
        label(FILE_STATUSES[standing.file_status]) if standing else None,
        label(MONITOR_STATUSES[standing.monitor_status]) if standing else None,
        standing.members if standing else None,
        standing.labour if standing else None,
    ]
