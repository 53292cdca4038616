"""A file of sales by hand: the template, trying it out, handing it in."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from admin.intake.batches import channel_choices
from marketplace.core.actor import Actor
from marketplace.core.http import needs
from marketplace.intake.rules.adapters import reporting_adapter, reporting_adapters
from marketplace.intake.rules.manifests import MOST_BYTES
from marketplace.intake.rules.templates import template_cells
from marketplace.intake.schemas.uploads import UploadFormIn
from marketplace.intake.service import uploads
from marketplace.intake.service.receipts import OUTCOME_TITLES
from marketplace.web.kit import Form, Pages, done, label, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import chosen_file

pages: Final = Pages("admin_uploads", __name__, url_prefix="/admin/intake/uploads")

TONES: Final = {
    "accepted": "good",
    "duplicate": "quiet",
    "corrected": "info",
    "quarantined": "warn",
    "passed_over": "quiet",
    "refused": "bad",
}


@pages.form("/new", needs("intake.submit"), UploadFormIn)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Choose the channel, the shape, the file."""
    form.fill({name: request.args[name] for name in ("channel", "adapter") if request.args.get(name)})
    return _show(session, actor, form)


@new.trial
def try_out(session: Session, actor: Actor, form: Form, body: dict[str, Any]) -> Response:
    """What would become of each row; nothing is kept."""
    found = uploads.preview(session, actor, body["channel"], body["adapter"], _content())
    return _show(session, actor, form, found)


@new.submit
def hand_in(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Take it; the same rows again add nothing."""
    handed = uploads.hand_in(session, actor, body["channel"], body["adapter"], _content())
    said = _("同样的内容此前已上传,没有重复入账") if handed.known else _("文件已收到,正在处理")
    return done(f"/admin/intake/batches/{handed.batch.number}", said, "note" if handed.known else "good")


def _content() -> bytes:
    return chosen_file(MOST_BYTES).content


def _show(session: Session, actor: Actor, form: Form, found: uploads.Preview | None = None) -> Response:
    known = {one.code for one in reporting_adapters()}
    wanted = form.value("adapter")
    counts: dict[str, int] = {}
    for row in found.rows if found else ():
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return render(
        "admin/intake/upload.html",
        fragment="preview",
        form=form,
        channels=channel_choices(session, actor),
        adapters=[(one.code, label(one.title)) for one in reporting_adapters()],
        columns=template_cells(reporting_adapter(wanted)) if wanted in known else [],
        adapter=wanted if wanted in known else "",
        preview=found,
        counts=counts,
        outcomes=OUTCOME_TITLES,
        tones=TONES,
    )
