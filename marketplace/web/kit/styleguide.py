"""/styleguide: every part of the kit with invented content, to look at. Not there in production."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs
from marketplace.core.http.endpoint import public
from marketplace.core.http.fields import BasisPoints, Day, Fen, Line, OneOf, Prose, StrictInteger
from marketplace.web.kit.charts import Chart, Series
from marketplace.web.kit.forms import Form
from marketplace.web.kit.listing import Listing
from marketplace.web.kit.pages import Pages
from marketplace.web.kit.render import done, render
from marketplace.web.kit.tiles import GUANGDONG, Area
from marketplace.web.kit.words import say as _

pages = Pages("styleguide", __name__)
_MONTHS: Final = tuple(f"2020-{month:02d}" for month in range(1, 13))
_SALES: Final = (
    31_200_000, 28_400_000, 52_100_000, 61_800_000, 74_500_000, 80_300_000,
    91_700_000, 118_200_000, 164_900_000, 151_300_000, 139_600_000, 188_000_000,
)  # fmt: skip


class SampleIn(Schema):
    """Fields of every kind."""

    name = Line(60, required=True)
    price_fen = Fen(required=True, minimum=1)
    rate_bp = BasisPoints(load_default=None, allow_none=True)
    quantity = StrictInteger(minimum=1, maximum=9999, required=True)
    day = Day(load_default=None, allow_none=True)
    kind = OneOf(("own", "shared"), required=True)
    terms = fields.String(load_default="later", validate=validate.OneOf(("first", "later")))
    agreed = fields.Boolean(load_default=False)
    remark = Prose(500, load_default="")


class SampleQuery(PageArgs):
    """Filters of a list."""

    q = fields.String(load_default="")
    kind = fields.String(load_default="")


def _context() -> dict[str, Any]:
    """What the page shows besides the form; figures are invented."""
    return {
        "listing": Listing(SampleQuery),
        "page": Page([1, 2, 3], "next"),
        "instant": datetime(2020, 9, 12, 2, 30, tzinfo=UTC),
        "day_shown": date(2020, 8, 18),
        "chart_bar": Chart(
            "bar", _("每月销售额"), _("月份"), _MONTHS, [Series(_("销售额"), _SALES)], unit="fen"
        ),
        "chart_line": Chart(
            "line",
            _("订单数"),
            _("月份"),
            _MONTHS,
            [
                Series("2019", [value // 900_000 for value in _SALES]),
                Series("2020", [value // 500_000 for value in _SALES]),
            ],
        ),
        "chart_pie": Chart(
            "pie",
            _("渠道占比"),
            _("渠道"),
            [_("专柜"), _("专馆"), _("专区"), _("平台")],
            [Series(_("销售额"), (61_000_000, 84_000_000, 122_000_000, 240_000_000))],
            unit="fen",
        ),
        "areas": [
            Area(code, (index * 7_919) % 97 * 1_000_000, f"{(index * 7_919) % 97}", "/styleguide")
            for index, code in enumerate(GUANGDONG)
        ],
    }


@pages.form("/styleguide", public(), SampleIn)
def styleguide(session: Session, actor: Actor | None, form: Form) -> Response:
    """The parts of the kit."""
    return render("kit/styleguide.html", form=form, **_context())


@styleguide.submit
def try_out(session: Session, actor: Actor | None, body: dict[str, Any]) -> Response:
    """Say that the sample form was taken."""
    return done("/styleguide", _("已提交:{name}", name=body["name"]))
