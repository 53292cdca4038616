"""Rows that were kept apart: why, what they said, put right, looked at again, or dropped with the reason."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.batches import SETTLED, channel_choices, shown_reasons, told
from admin.intake.places import tabs
from marketplace.core.actor import Actor
from marketplace.core.http import PageArgs, needs, page_of
from marketplace.core.http.fields import Line, OneOf
from marketplace.intake.models import RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.cells import NUMBER_CELL
from marketplace.intake.rules.rows import REASONS
from marketplace.intake.schemas.batches import DropIn, MendIn
from marketplace.intake.service import quarantine, reading
from marketplace.web.kit import Form, Listing, Pages, done, note, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_quarantine", __name__, url_prefix="/admin/intake/quarantine")

#: Written into the record of who only had it looked at again.
AS_IT_WAS: Final = note("原样重试")


class KeptApartArgs(PageArgs):
    """Rows of one channel, kept apart for one reason."""

    channel = Line(40, load_default=None)
    reason = OneOf(tuple(REASONS), load_default=None)


@pages.show("", needs("intake.submit"))
def listing(session: Session, actor: Actor) -> Response:
    """Rows of my channels that wait for people, newest first."""
    asked = Listing(KeptApartArgs)
    page = page_of(
        session,
        reading.rows_kept_apart(actor, asked.args["channel"], asked.args["reason"]),
        keys=[RowOutcome.id],
        key_of=lambda row: [row.RowOutcome.id],
        args=asked.args,
        descending=True,
        scalars=False,
    )
    return render(
        "admin/intake/quarantine.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        reasons=REASONS,
        reason_choices=shown_reasons(),
        channels=channel_choices(session, actor),
    )


@pages.form("/<uuid:row_id>", needs("intake.submit"), MendIn)
def one(session: Session, actor: Actor, form: Form, row_id: uuid.UUID) -> Response:
    """One row: its reason, what it said column by column, and what can be done about it."""
    return _show(session, actor, form, Form(DropIn), row_id)


@one.submit
def mend(session: Session, actor: Actor, body: dict[str, Any], row_id: uuid.UUID) -> Response:
    """Put columns right; the row is looked at again like any row. Only what was changed is written."""
    row, _batch, _channel = reading.row_kept_apart(session, actor, row_id)
    shown = _shown(row)
    changed = {name: text for name, text in body["changes"].items() if text != shown.get(name, "")}
    newest = quarantine.mend(session, actor, row_id, changed or _as_it_was(row), body["opinion"])
    return _looked_at(newest)


@pages.action("/<uuid:row_id>/retry", needs("intake.submit"))
def retry(session: Session, actor: Actor, row_id: uuid.UUID) -> Response:
    """Have the row looked at again as it is: what it waited for may have come."""
    row, _batch, _channel = reading.row_kept_apart(session, actor, row_id)
    return _looked_at(quarantine.mend(session, actor, row_id, _as_it_was(row), AS_IT_WAS))


@pages.form("/<uuid:row_id>/dropping", needs("intake.submit"), DropIn)
def dropping(session: Session, actor: Actor, form: Form, row_id: uuid.UUID) -> Response:
    """The same page, after a dropping that was refused."""
    return _show(session, actor, Form(MendIn), form, row_id)


@dropping.submit
def drop(session: Session, actor: Actor, body: dict[str, Any], row_id: uuid.UUID) -> Response:
    """Decide that the row is none of ours."""
    quarantine.drop(session, actor, row_id, body["opinion"])
    return done("/admin/intake/quarantine", _("已剔除"))


def _looked_at(newest: RowOutcome) -> Response:
    if newest.settled_at is not None:
        return done("/admin/intake/quarantine", _("已更正入账"))
    return done(f"/admin/intake/quarantine/{newest.id}", _("仍不能入账,请看新的原因"), "note")


def _shown(row: RowOutcome) -> dict[str, str]:
    """What each column said; a number that a spreadsheet may have spoiled is left to be written anew."""
    return {name: "" if text.startswith(NUMBER_CELL) else text for name, text in told(row.record)}


def _as_it_was(row: RowOutcome) -> dict[str, str]:
    return dict(told(row.record)[:1])


def _show(session: Session, actor: Actor, form: Form, drop_form: Form, row_id: uuid.UUID) -> Response:
    row, batch, channel = reading.row_kept_apart(session, actor, row_id)
    adapter = adapter_of(batch.adapter)
    form.fill(changes=_shown(row))
    drop_form.prefix = "d"
    spoilt = {
        name: text.removeprefix(NUMBER_CELL)
        for name, text in told(row.record)
        if text.startswith(NUMBER_CELL)
    }
    return render(
        "admin/intake/row.html",
        form=form,
        drop_form=drop_form,
        row=row,
        batch=batch,
        channel=channel,
        adapter=adapter.title,
        cells=list(adapter.cells.values()),
        strange=[(name, text) for name, text in told(row.record) if name not in adapter.cells],
        spoilt=spoilt,
        told=told(row.record),
        reasons=REASONS,
        settled=SETTLED,
        batch_path=f"/admin/intake/batches/{quote(batch.number)}",
    )
