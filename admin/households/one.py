"""One household, masked: its standings by day, the agreements behind it, and who has read it in full and why."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from admin.households.listing import TITLES
from marketplace.beneficiaries.service import behind, masked
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs
from marketplace.web.agreements_shown import mode_title
from marketplace.web.kit import Pages, note, render

pages: Final = Pages("admin_household", __name__, url_prefix="/admin/households")

#: What the trail calls the ways of reading a household in full.
READINGS: Final = {
    "beneficiaries.household.unmask": note("查看完整信息"),
    "attribution.passbook.read": note("查看对账单"),
    "beneficiaries.household.look_up": note("按身份证号查找"),
}


@pages.show("/<int:household_no>", needs("beneficiaries.read"))
def one(session: Session, actor: Actor, household_no: int) -> Response:
    """The household."""
    household = masked.get_masked(session, actor, household_no)
    day = today()
    return render(
        "admin/households/one.html",
        household=household,
        standings=masked.history(session, actor, household_no)[::-1],
        agreements=[
            (row, row.AgreementVersion.valid.lower <= day and not _is_over(row.AgreementVersion, day))
            for row in behind.agreements_of(session, actor, household_no)
        ],
        readings=behind.readings(session, actor, household_no),
        reading_titles=READINGS,
        mode_title=mode_title,
        may_edit=actor.may_on("beneficiaries.edit", area=household.area_code),
        may_read=actor.may_on(masked.PERSONAL, area=household.area_code),
        **TITLES,
    )


def _is_over(version: object, day: object) -> bool:
    upper = version.valid.upper  # type: ignore[attr-defined]
    return upper is not None and upper <= day
