"""The lines of a purchase plan: typed in, or read from a file."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response, request
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.files import MAX_BYTES
from marketplace.core.http import require_version
from marketplace.core.http.locale import request_locale
from marketplace.orders.buying.api.plans import refuse_rows
from marketplace.orders.buying.rules.plan import FUND_TITLES, PLAN
from marketplace.orders.buying.schemas.plan import PlanLinesIn
from marketplace.orders.buying.service import plan_files, plans
from marketplace.producers import categories
from marketplace.web.kit import Form, NoFields, Pages, choices, done, list_file, needs, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import meant, put_in_place

pages: Final = Pages("buyers_plan_lines", __name__)
_PARTS: Final = ("category_code", "fund_source", "amount_fen", "month", "quarter")
_SPARE: Final = 5
_MOST_TYPED: Final = 40
_LEVELS: Final = 4  # digits of a category that is offered; a file may name narrower ones


class LinesForm(PlanLinesIn):
    """The API's lines; rows left blank are none."""

    @pre_load
    def only_meant(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Leave out blank rows."""
        return meant(data, "lines", _PARTS)


@pages.form("/purchase-plans/<uuid:plan_id>/lines", needs("orders.place"), LinesForm)
def writing(session: Session, actor: Actor, form: Form, plan_id: uuid.UUID) -> Response:
    """The lines as they are, with some blank ones."""
    return _show(session, actor, form, Form(NoFields), plan_id)


@writing.submit
def write(session: Session, actor: Actor, body: dict[str, Any], plan_id: uuid.UUID) -> Response:
    """Replace the lines of a draft."""
    plan = plans.locked(session, actor, plan_id)
    require_version(plan.row_version)
    plans.set_lines(session, actor, plan, body["lines"])
    return done(f"/purchase-plans/{plan_id}", _("计划已保存"))


@pages.form("/purchase-plans/<uuid:plan_id>/lines-file", needs("orders.place"), NoFields)
def reading(session: Session, actor: Actor, form: Form, plan_id: uuid.UUID) -> Response:
    """The lines, after a file that was refused."""
    return _show(session, actor, Form(LinesForm), form, plan_id)


@reading.submit
def read(session: Session, actor: Actor, body: dict[str, Any], plan_id: uuid.UUID) -> Response:
    """Replace the lines by those of a file: all rows or none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("file_empty", "请选择文件", pointer="/file")
    plan = plans.locked(session, actor, plan_id)
    lines, errors = plan_files.read_lines(sent.stream.read(MAX_BYTES + 1))
    refuse_rows(errors)
    plans.set_lines(session, actor, plan, lines)
    return done(f"/purchase-plans/{plan_id}", _("已导入 {count} 行", count=len(lines)))


@pages.show("/purchase-plans/lines-template", needs("orders.place"))
def template(session: Session, actor: Actor) -> Response:
    """An empty sheet with the columns that are read."""
    return list_file(_("采购计划"), [column.title for column in plan_files.COLUMNS], [])


def _show(session: Session, actor: Actor, form: Form, upload: Form, plan_id: uuid.UUID) -> Response:
    plan = plans.locked(session, actor, plan_id)
    if not PLAN.may(plan.state, "submitted"):
        raise Conflict("plan_closed", "采购计划已提交，不能修改", state=plan.state)
    lines = [line for line, _used in plans.execution(session, plan)[0]]
    put_in_place(form, "lines", _PARTS, _MOST_TYPED)
    upload.prefix = "f-file"
    is_english = request_locale() == "en"
    return render(
        "buyers/plan_lines.html",
        form=form.fill(lines=lines, version=plan.row_version),
        upload=upload,
        plan=plan,
        rows=min(len(lines) + _SPARE, _MOST_TYPED),
        too_many=len(lines) > _MOST_TYPED,
        categories=[
            (code, (one.title_en if is_english else categories.path_zh(code)))
            for code, one in categories.all_categories().items()
            if len(code) <= _LEVELS
        ],
        funds=choices(FUND_TITLES),
    )
