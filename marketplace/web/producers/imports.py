"""A product list as a file: first looked through row by row, then taken in."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.producers.schemas import ImportOptionsIn
from marketplace.producers.service.imports import ImportOptions, job
from marketplace.web.kit import Form, Pages, done, hats, needs, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.rows import listed
from marketplace.web.kit.uploads import chosen_file

pages: Final = Pages("producers_imports", __name__, url_prefix="/producer/imports")

STATES: Final = {
    "queued": note("正在核对"),
    "validated": note("已核对,未导入"),
    "imported": note("已导入"),
    "refused": note("未导入"),
}


@pages.form("/new", needs("producers.import"), ImportOptionsIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the file."""
    return render("producers/import_form.html", form=form.fill(dry_run=True))


@new.submit
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """A job looks through it within seconds."""
    sent = chosen_file()
    # The file is the organisation's for which one acts, whoever opened the account.
    asking = replace(actor, organisation_id=hats.organisation(actor))
    kept = job.ask(session, asking, sent.name, sent.content, ImportOptions(**body))
    return done(f"/producer/imports/{kept.id}", _("文件已收到"))


@pages.show("/<uuid:import_id>", needs("producers.import"))
def one(session: Session, actor: Actor, import_id: uuid.UUID) -> Response:
    """How it went: every bad cell by row and column."""
    kept = job.get(session, actor, import_id)
    errors, more = listed(kept.errors)
    return render(
        "producers/import.html",
        kept=kept,
        title=STATES[kept.state],
        errors=errors,
        more=more,
    )
