"""What a batch needs to know of the registers, read at once: products, producers, certificates, organisations, channel.

Plain values, not mapped rows: a batch reads thousands of them and writes none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.catalogue.models import Channel
from marketplace.catalogue.rules.eligibility import Verdict
from marketplace.certification.models import Certificate
from marketplace.certification.service.active import HeldCertificates, certificates_held
from marketplace.core.arrays import many_texts, many_uuids
from marketplace.intake.rules.rows import SaleRow
from marketplace.orders.facts import Frozen
from marketplace.producers.models import Producer, Product

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """Columns of a `Product` that a sale asks for."""

    id: uuid.UUID
    producer_id: uuid.UUID
    product_no: int
    gtin: str | None
    name: str
    category_code: str
    spec: str
    net_weight_g: int | None
    origin_area: str


@dataclass(frozen=True, slots=True)
class KnownProducer:
    """Columns of a `Producer` that a sale asks for."""

    id: uuid.UUID
    name: str
    uscc: str | None
    entity_kind: str
    agent_of_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class PointOfSale:
    """Columns of a `Channel` that a sale asks for."""

    id: uuid.UUID
    kind: str
    area_code: str
    terms: Mapping[str, Any]
    is_demo: bool


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

    channel: PointOfSale
    by_catalogue_no: Mapping[str, Sequence[KnownProduct]]
    by_number: Mapping[int, Sequence[KnownProduct]]
    by_gtin: Mapping[str, Sequence[KnownProduct]]
    producers: Mapping[uuid.UUID, KnownProducer]
    by_uscc: Mapping[str, Sequence[KnownProducer]]
    certificates: HeldCertificates
    organisations: Mapping[str, Places]
    points: Mapping[str, uuid.UUID]  # code of a point of sale to which goods are transferred → its id
    # Worked out before, by what decides; days of a month mostly come to the same, so it is kept once.
    buyers: dict[tuple[Any, ...], Mapping[str, Any]] = field(default_factory=dict)
    places: dict[date, Mapping[str, Any]] = field(default_factory=dict)
    policies: dict[date, str] = field(default_factory=dict)
    verdicts: dict[tuple[Any, ...], Verdict] = field(default_factory=dict)
    frozen: dict[tuple[Any, ...], Frozen] = field(default_factory=dict)
    said: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    once: dict[Any, Any] = field(default_factory=dict)

    def candidates(self, row: SaleRow) -> Sequence[KnownProduct]:
        """The products that the row's number can mean: its catalogue number before ours, ours before its bar code."""
        if row.catalogue_no is not None:
            return self.by_catalogue_no.get(row.catalogue_no, ())
        if row.product_no is not None:
            return self.by_number.get(row.product_no, ())
        return self.by_gtin.get(row.gtin or "", ())

    def kept_once(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same object for equal values, so that what is equal is known by its id."""
        found: Mapping[str, Any] = self.once.setdefault(tuple(values.items()), values)
        return found


_CATALOGUE: Final = select(Certificate.catalogue_no, Certificate.product_id).where(
    Certificate.catalogue_no == any_(many_texts("numbers"))
)
_PRODUCTS: Final = select(*(Product.__table__.c[one.name] for one in fields(KnownProduct))).where(
    or_(
        Product.id == any_(many_uuids("ids")),
        Product.product_no == any_(bindparam("numbers", type_=ARRAY(BigInteger()))),
        Product.gtin == any_(many_texts("gtins")),
    )
)
_PRODUCERS: Final = select(*(Producer.__table__.c[one.name] for one in fields(KnownProducer))).where(
    or_(
        Producer.id == any_(many_uuids("ids")),
        Producer.uscc == any_(many_texts("codes")),
    )
)


def read_registers(session: Session, channel: Channel, rows: Collection[SaleRow]) -> Registers:
    """At most seven statements, however many rows. Certificates are held FOR SHARE until the transaction ends."""
    connection = session.connection()
    listed = connection.execute(_CATALOGUE, {"numbers": _said(row.catalogue_no for row in rows)}).all()
    wanted = {
        "ids": {product_id for _, product_id in listed},
        "numbers": _said(row.product_no for row in rows),
        "gtins": _said(row.gtin for row in rows),
    }
    products = [KnownProduct(*row) for row in connection.execute(_PRODUCTS, wanted)]
    wanted = {
        "ids": {one.producer_id for one in products},
        "codes": _said(row.supplier_uscc for row in rows),
    }
    producers = [KnownProducer(*row) for row in connection.execute(_PRODUCERS, wanted)]
    buyers = _said(code for row in rows for code in (row.buyer_uscc, row.broker_uscc))
    by_id = {one.id: one for one in products}
    numbers = _grouped(dict.fromkeys((number, by_id[product_id]) for number, product_id in listed))
    return Registers(
        channel=PointOfSale(channel.id, channel.kind, channel.area_code, channel.terms, channel.is_demo),
        by_catalogue_no=numbers,
        by_number=_grouped((one.product_no, one) for one in products),
        by_gtin=_grouped((one.gtin, one) for one in products if one.gtin is not None),
        producers={one.id: one for one in producers},
        by_uscc=_grouped((one.uscc, one) for one in producers if one.uscc is not None),
        certificates=certificates_held(session, by_id, lock=True) if by_id else HeldCertificates(()),
        organisations=_organisations(session, buyers),
        points=_points(session, _said(row.transfer_to for row in rows)),
    )


def _said(values: Iterable[V | None]) -> list[V]:
    """What rows name, each once."""
    return list(dict.fromkeys(value for value in values if value is not None))


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _points(session: Session, codes: Sequence[str]) -> dict[str, uuid.UUID]:
    if not codes:
        return {}
    return dict(session.execute(select(Channel.code, Channel.id).where(Channel.code.in_(codes))).all())


def _organisations(session: Session, codes: Sequence[str]) -> dict[str, Places]:
    if not codes:
        return {}
    found = session.scalars(select(Organisation).where(Organisation.uscc.in_(codes))).all()
    places: dict[uuid.UUID, list[OrganisationPlace]] = {one.id: [] for one in found}
    for place in session.scalars(
        select(OrganisationPlace).where(OrganisationPlace.organisation_id.in_(places))
    ):
        places[place.organisation_id].append(place)
    return {one.uscc: Places(one, places[one.id]) for one in found if one.uscc is not None}
