"""Agreements of one's area: all, and those with a version that waits for the county."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.own_area import beginning_with, own_area
from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.beneficiaries.models import Agreement, AgreementVersion
from marketplace.beneficiaries.rules import VERSION_TITLES
from marketplace.beneficiaries.schemas import AgreementListArgs
from marketplace.beneficiaries.service import lists
from marketplace.core.actor import Actor
from marketplace.core.http import needs, page_of
from marketplace.web.agreements_shown import TONES, mode_title
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area, day, households

pages: Final = Pages("admin_agreements", __name__, url_prefix="/admin/agreements")


@pages.show("", needs("agreements.read"))
def listing(session: Session, actor: Actor) -> Response:
    """The list by number, each with its newest version."""
    asked = Listing(beginning_with(AgreementListArgs, area=own_area(actor)))
    args = asked.args
    found = lists.with_newest(
        lists.agreements(
            actor,
            area=args["area"],
            producer_id=args["producer_id"],
            mode=args["mode"],
            state=args["state"],
        )
    )
    if wanted_format():
        rows = all_rows(session, found.order_by(Agreement.agreement_no))
        return list_file(_("利益联结协议"), _headings(), [_line(*row) for row in rows])
    page = page_of(
        session,
        found,
        keys=[Agreement.agreement_no],
        key_of=lambda row: [row.Agreement.agreement_no],
        args=args,
        scalars=False,
    )
    return render(
        "admin/agreements/list.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=[("", _("全部"), asked.address(state=None), None)]
        + [(code, label(title), asked.address(state=code), None) for code, title in VERSION_TITLES.items()],
        modes=[(mode.code, label(mode.title_zh)) for mode in LINKAGE_MODES],
        mode_title=mode_title,
        version_titles=VERSION_TITLES,
        tones=TONES,
    )


def _headings() -> list[str]:
    return [
        _("编号"), _("协议"), _("模式"), _("主体"), _("审定县区"), _("版本"), _("状态"), _("生效"), _("截止"),
        _("花名册"),
    ]  # fmt: skip


def _line(agreement: Agreement, producer: str, version: AgreementVersion | None) -> list[Any]:
    return [
        agreement.number,
        agreement.title,
        mode_title(agreement.mode),
        producer,
        area(agreement.area_code),
        version.version if version else None,
        label(VERSION_TITLES[version.state]) if version else None,
        day(version.valid.lower) if version else None,
        day(version.valid.upper) if version and version.valid.upper else None,
        households(version.households) if version else None,
    ]
