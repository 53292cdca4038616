"""Certificates of a producer with the days that are left, and the way to renew in time."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.rules.standing import STANDINGS, standing_at
from marketplace.certification.rules.validity import renewal_is_open
from marketplace.certification.service import holding
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.http import page_of
from marketplace.core.http.paging import PageArgs
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, needs, render, wanted_format
from marketplace.web.kit import say as _

pages: Final = Pages("producers_certificates", __name__, url_prefix="/producer/certificates")
TONES: Final = {"active": "good", "not_yet_valid": "info", "suspended": "warn", "revoked": "bad"}


@pages.show("", needs("certification.read"))
def list_certificates(session: Session, actor: Actor) -> Response:
    """Those that end last come first."""
    listing = Listing(PageArgs)
    found = holding.certificates_held(actor)
    if wanted_format():
        rows = [
            (one.catalogue_no, label(schemes()[one.scheme].title), one.product_name, one.spec,
             one.valid_from.isoformat(), one.valid_to.isoformat(), label(STANDINGS[standing_at(one, utcnow())]))
            for (one,) in all_rows(session, found.order_by(Certificate.valid_to.desc(), Certificate.id.desc()))
        ]  # fmt: skip
        headings = [_("目录编号"), _("名录"), _("产品"), _("规格"), _("生效"), _("到期"), _("状态")]
        return list_file(_("证书"), headings, rows)
    page = page_of(
        session,
        found,
        keys=(Certificate.valid_to, Certificate.id),
        key_of=lambda row: (row.valid_to, row.id),
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/certificates.html",
        fragment="results",
        listing=listing,
        page=page,
        shown=[_shown(one) for one in page.items],
        titles=STANDINGS,
        tones=TONES,
        scheme_of=schemes(),
    )


def _shown(certificate: Certificate) -> dict[str, Any]:
    """A certificate with its standing now, the days left, and whether it may be renewed."""
    day, standing = today(), standing_at(certificate, utcnow())
    left = (certificate.valid_to - day).days
    return {
        "row": certificate,
        "standing": standing,
        "left": left if standing in ("active", "suspended") else None,
        "ends_soon": 0 <= left <= holding.ENDS_SOON.days,
        "may_renew": standing == "active" and renewal_is_open(certificate.valid_to, day),
    }
