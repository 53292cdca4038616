"""Issuing certificates (签发): what is due, as one batch of the catalogue."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.certification.models import Application
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.schemas.certificates import CertificateIssueIn
from marketplace.certification.service import queues
from marketplace.certification.service.issue import issue_certificates
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import needs
from marketplace.web.kit import Form, Pages, done, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_issuing", __name__, url_prefix="/admin/certificates")

MOST: Final = 200


@pages.form("/issue", needs("certification.issue"), CertificateIssueIn)
def issue(session: Session, actor: Actor, form: Form) -> Response:
    """What waits for a certificate, and the batch it becomes."""
    due = session.scalars(
        queues.due_for(actor, kinds=("issue",))
        .order_by(Application.scheme, Application.area_code, Application.number)
        .limit(MOST)
    ).all()
    form.fill(valid_from=today())
    ticked = {*request.form.getlist("numbers")} or {row.number for row in due}
    return render(
        "admin/certificates/issue.html", form=form, due=due, ticked=ticked, schemes=schemes(), most=MOST
    )


@issue.submit
def sign(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """All of them, or none."""
    issued = issue_certificates(
        session,
        actor,
        numbers=body["numbers"],
        batch=body["batch"],
        opinion=body["opinion"],
        valid_from=body["valid_from"],
    )
    return done("/admin/certificates", _("已签发 {count} 份证书", count=len(issued)))
