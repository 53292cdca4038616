"""认定目录: the certified catalogue, one certificate, and its check by number."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate
from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.schemas.certificates import CertificateListArgs
from marketplace.certification.service import public as service
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import page_of
from marketplace.core.http.fields import StrictInteger
from marketplace.core.http.paging import MAX_PAGE
from marketplace.core.qr import qr_svg
from marketplace.web.kit import Listing, Pages, all_rows, label, list_file, public, render, wanted_format
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import area
from marketplace.web.public.tones import STANDING_TONES

pages = Pages("certified", __name__)


class CatalogueQuery(CertificateListArgs):
    """The API's filters; the page begins with everything ever certified, each with its standing."""

    only_active = fields.Boolean(load_default=False)
    page_size = StrictInteger(minimum=1, maximum=MAX_PAGE, load_default=20)  # a phone shows each as a card


class NumberQuery(Schema):
    """A number as printed on a certificate."""

    number = fields.String(load_default="", validate=validate.Length(max=60))


@pages.show("/certified", public())
def catalogue(session: Session, actor: Actor | None) -> Response:
    """The catalogue with filters."""
    listing = Listing(CatalogueQuery)
    asked = listing.args
    at = utcnow()
    names = ("scheme", "area_code", "product_id", "only_active")
    found = service.catalogue(at, **{name: asked[name] for name in names})
    if wanted_format():
        return _file(session, found, at)
    page = page_of(
        session,
        found,
        keys=(Certificate.scheme, Certificate.catalogue_no),
        key_of=lambda row: (row[0].scheme, row[0].catalogue_no),
        args=asked,
        scalars=False,
    )
    titles = {code: label(scheme.title) for code, scheme in schemes().items()}
    cities = {code: area(code) for code in service.cities_of_catalogue(session)}
    return render(
        "public/certified.html",
        fragment="results",
        listing=listing,
        page=page,
        certificates=[service.public_certificate(row, name, at) for row, name in page.items],
        schemes=titles,
        cities=cities,
        chips=[
            (titles.get(text) or cities.get(text) or text, without)
            for _name, text, without in listing.chips("scheme", "area_code")
        ],
        tones=STANDING_TONES,
    )


def _file(session: Session, found: Select[Certificate, str], at: datetime) -> Response:
    """The catalogue as a file, in its own order, small counts masked."""
    headings = [
        _("目录编号"),
        _("名录"),
        _("产品"),
        _("规格"),
        _("带贫主体"),
        _("产地"),
        _("有效期"),
        _("带动农户"),
        _("状态"),
    ]
    ordered = found.order_by(Certificate.scheme, Certificate.catalogue_no)
    told = [service.public_certificate(row, name, at) for row, name in all_rows(session, ordered)]
    rows = [
        (
            one["catalogue_no"],
            label(one["scheme_title"]),
            one["product_name"],
            one["spec"],
            one["producer_name"],
            one["area_name"],
            f"{one['valid_from']} – {one['valid_to']}",
            label(one["households_helped"]),
            label(one["standing_title"]),
        )
        for one in told
    ]
    return list_file(_("认定目录"), headings, rows)


@pages.show("/certified/<uuid:certificate_id>", public())
def certificate(session: Session, actor: Actor | None, certificate_id: uuid.UUID) -> Response:
    """One certificate with its standing now; the QR code on it leads to the trace page of its product."""
    row, producer_name = service.certificate_row(session, certificate_id)
    shown = service.public_certificate(row, producer_name, utcnow())
    return render(
        "public/certificate.html",
        certificate=shown,
        notice_no=service.notices_showing(session, [row]).get(row.id),
        qr=qr_svg(f"{request.url_root}trace/{row.product_id}"),
        tones=STANDING_TONES,
        statement=FREE_OF_CHARGE,
    )


@pages.show("/certificates", public())
def check(session: Session, actor: Actor | None) -> Response:
    """证书查询: what is known of a number."""
    listing = Listing(NumberQuery)
    number = listing.args["number"].strip()
    found: list[dict[str, Any]] = []
    if number:
        at = utcnow()
        found = [
            service.public_certificate(row, name, at)
            for row, name in service.certificates_numbered(session, number)
        ]
    return render(
        "public/certificate_check.html",
        listing=listing,
        number=number,
        found=found,
        tones=STANDING_TONES,
        nothing=_("没有编号为“{number}”的证书", number=number),
    )
