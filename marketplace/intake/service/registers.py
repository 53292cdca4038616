"""What a batch needs to know of the registers, read at once: products, producers, certificates, organisations, channel."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.catalogue.models import Channel
from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.certification.service.active import certificates_when
from marketplace.intake.rules.rows import SaleRow
from marketplace.producers.models import Producer, Product

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Places:
    """An organisation with its places in the tree by date."""

    organisation: Organisation
    places: Sequence[OrganisationPlace]

    def path_on(self, day: date) -> str:
        """Its place on a Shanghai day; its own number where it had none."""
        found = next((one.path for one in self.places if day in one.valid), None)
        return found or str(self.organisation.organisation_no)


@dataclass(frozen=True, slots=True)
class Registers:
    """Everything the rows of one batch can refer to."""

    channel: Channel
    by_catalogue_no: Mapping[str, Sequence[uuid.UUID]]
    by_number: Mapping[int, uuid.UUID]
    by_gtin: Mapping[str, Sequence[uuid.UUID]]
    products: Mapping[uuid.UUID, Product]
    producers: Mapping[uuid.UUID, Producer]
    by_uscc: Mapping[str, Sequence[Producer]]
    certificates: Mapping[tuple[uuid.UUID, datetime], Sequence[CertificateFacts]]  # as of each sale
    organisations: Mapping[str, Places]
    points: Mapping[str, uuid.UUID]  # code of a point of sale to which goods are transferred → its id

    def candidates(self, row: SaleRow) -> list[uuid.UUID]:
        """The products that the row's number can mean: its catalogue number before ours, ours before its bar code."""
        if row.catalogue_no is not None:
            found = self.by_catalogue_no.get(row.catalogue_no, ())
        elif row.product_no is not None:
            known = self.by_number.get(row.product_no)
            found = () if known is None else (known,)
        else:
            found = self.by_gtin.get(row.gtin or "", ())
        return list(dict.fromkeys(found))


def read_registers(session: Session, channel: Channel, rows: Collection[SaleRow]) -> Registers:
    """At most seven statements, however many rows. Certificates are held FOR SHARE until the transaction ends."""
    catalogue = {row.catalogue_no for row in rows} - {None}
    numbers = {row.product_no for row in rows} - {None}
    gtins = {row.gtin for row in rows} - {None}
    listed = session.execute(
        select(Certificate.catalogue_no, Certificate.product_id).where(
            Certificate.catalogue_no.in_(catalogue)
        )
    ).all()
    products = session.scalars(
        select(Product).where(
            or_(
                Product.id.in_({product_id for _, product_id in listed}),
                Product.product_no.in_(numbers),
                Product.gtin.in_(gtins),
            )
        )
    ).all()
    suppliers = {row.supplier_uscc for row in rows} - {None}
    producers = session.scalars(
        select(Producer).where(
            or_(Producer.id.in_({one.producer_id for one in products}), Producer.uscc.in_(suppliers))
        )
    ).all()
    by_catalogue_no = _grouped(listed)
    by_number = {one.product_no: one.id for one in products}
    by_gtin = _grouped((one.gtin, one.id) for one in products if one.gtin is not None)
    found = Registers(
        channel=channel,
        by_catalogue_no=by_catalogue_no,
        by_number=by_number,
        by_gtin=by_gtin,
        products={one.id: one for one in products},
        producers={one.id: one for one in producers},
        by_uscc=_grouped((one.uscc, one) for one in producers if one.uscc is not None),
        certificates={},
        organisations=_organisations(
            session, ({row.buyer_uscc for row in rows} | {row.broker_uscc for row in rows}) - {None}
        ),
        points=_points(session, {row.transfer_to for row in rows} - {None}),
    )
    asked = {(product_id, row.sold_at) for row in rows for product_id in found.candidates(row)}
    return replace(found, certificates=certificates_when(session, asked, lock=True)) if asked else found


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _points(session: Session, codes: Collection[str | None]) -> dict[str, uuid.UUID]:
    if not codes:
        return {}
    return dict(session.execute(select(Channel.code, Channel.id).where(Channel.code.in_(codes))).all())


def _organisations(session: Session, codes: Collection[str | None]) -> dict[str, Places]:
    if not codes:
        return {}
    found = session.scalars(select(Organisation).where(Organisation.uscc.in_(codes))).all()
    places: dict[uuid.UUID, list[OrganisationPlace]] = {one.id: [] for one in found}
    for place in session.scalars(
        select(OrganisationPlace).where(OrganisationPlace.organisation_id.in_(places))
    ):
        places[place.organisation_id].append(place)
    return {one.uscc: Places(one, places[one.id]) for one in found if one.uscc is not None}
