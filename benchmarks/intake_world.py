"""Counters with keys and devices, certified goods of producers under agreements, and the signed batches that the devices send."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from benchmarks.people import organisation_row, rows
from benchmarks.world import World, write
from marketplace.accounts.models import Organisation
from marketplace.beneficiaries.models import Agreement, AgreementProduct, AgreementVersion
from marketplace.catalogue.models import Channel
from marketplace.certification.models import Certificate
from marketplace.core.clock import utcnow
from marketplace.core.identifiers import build_uscc
from marketplace.core.ids import uuid7
from marketplace.core.privacy import Cell, vault
from marketplace.intake.models import ChannelKey, Device
from marketplace.intake.rules.signatures import SECRET_BYTES
from marketplace.producers.models import Producer

CHANNELS: Final = 100
FEWEST_CHANNELS: Final = 10
#: Of a smaller run: as many batches wait for a turn at each counter as in the whole one, if that leaves so many counters.
DEVICES_EACH: Final = 100
PRODUCERS: Final = 200
LISTINGS_EACH: Final = 10
#: Every so many counters owe a levy on ordinary goods; every so many products have an agreement behind all of their sales.
LEVIED: Final = 2
LINKED: Final = 2


@dataclass(frozen=True, slots=True)
class Goods:
    """A certified product as a cabinet names it."""

    catalogue_no: str
    supplier_uscc: str
    name: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class Sender:
    """A device, its channel and the channel's secret."""

    channel: str
    device: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Counters:
    """What was written: the world that is browsed, devices of all counters, and what stands in them."""

    world: World
    senders: Sequence[Sender]
    goods: Sequence[Goods]


def write_counters(session: Session, devices: int) -> Counters:
    """Fill an empty, migrated database; a counter has as many devices as the next."""
    world = write(session, producers=PRODUCERS, listings_each=LISTINGS_EACH, buyers=1)
    goods = _goods(session)
    _agreements(session)
    return Counters(world, list(_senders(session, devices)), goods)


def _goods(session: Session) -> list[Goods]:
    codes = {}
    for number, producer_id in enumerate(session.scalars(select(Producer.id).order_by(Producer.name))):
        codes[producer_id] = build_uscc(f"93441403DEM0{number:04d}")
        session.execute(update(Producer).where(Producer.id == producer_id).values(uscc=codes[producer_id]))
    listed = session.execute(
        select(Certificate.catalogue_no, Certificate.producer_id, Certificate.product_name).order_by(
            Certificate.catalogue_no
        )
    )
    return [
        Goods(number, codes[producer_id], name, 2_000 + 100 * (turn * 7919 % 97))
        for turn, (number, producer_id, name) in enumerate(listed)
    ]


def _agreements(session: Session) -> None:
    """Every `LINKED`th product gives a tenth of its sales to households."""
    now = utcnow()
    found = session.execute(
        select(Certificate.product_id, Certificate.producer_id).order_by(Certificate.catalogue_no)
    ).all()
    for number, (product_id, producer_id) in enumerate(found[::LINKED], 1):
        agreement = {
            "id": uuid7(),
            "agreement_no": number,
            "number": f"BENCH{number:06d}",
            "producer_id": producer_id,
            "mode": "sales_rebate",
            "title": "基准协议",
            "area_code": "441403",
            "created_at": now,
        }
        version = {
            "id": uuid7(),
            "version_no": number,
            "agreement_id": agreement["id"],
            "agreement_no": number,
            "version": 1,
            "mode": "sales_rebate",
            "terms": {"rebate_bp": 1000},
            "valid": Range(now.date() - timedelta(days=300), None, bounds="[)"),
            "state": "approved",
            "share_unit": "股",
            "shares_total": 1,
            "households": 1,
            "created_at": now,
            "approved_at": now,
        }
        covered = {
            "version_id": version["id"],
            "product_id": product_id,
            "linked_bp": 10_000,
            "basis": "raw_material",
            "evidence": "基准",
        }
        rows(session, Agreement, [agreement])
        rows(session, AgreementVersion, [version])
        rows(session, AgreementProduct, [covered])


def _senders(session: Session, devices: int) -> Iterator[Sender]:
    now = utcnow()
    operator = organisation_row("operator", "基准柜企", "440100", now)
    rows(session, Organisation, [operator])
    channels, keys, machines = [], [], []
    counters = min(CHANNELS, max(FEWEST_CHANNELS, devices // DEVICES_EACH))
    for number in range(counters):
        code, secret, channel_id, key_id = (
            f"GUI{number:04d}",
            secrets.token_bytes(SECRET_BYTES),
            uuid7(),
            uuid7(),
        )
        levied = {"levy_bp": 100, "levy_from": "2020-05-01"} if number % LEVIED == 0 else {}
        channels.append(
            {
                "id": channel_id,
                "code": code,
                "kind": "counter",
                "name": f"基准专柜{number}",
                "area_code": "440106",
                "operator_id": operator["id"],
                "terms": levied,
                "opened_on": date(2020, 1, 1),
                "created_at": now,
            }
        )
        keys.append(
            {
                "id": key_id,
                "channel_id": channel_id,
                "version": 1,
                "secret_enc": vault().encrypt(Cell("intake.channel_key", "secret_enc", key_id), secret.hex()),
                "made_at": now,
            }
        )
        for device in range(number, devices, counters):
            machine = f"GZ{device:06d}"  # not the letter of our own order numbers: no rule takes its sales for one of these
            machines.append(
                {
                    "id": uuid7(),
                    "channel_id": channel_id,
                    "code": machine,
                    "adapter": "cabinet",
                    "registered_at": now,
                    "last_sequence": 0,
                }
            )
            yield Sender(code, machine, secret)
    rows(session, Channel, channels)
    rows(session, ChannelKey, keys)
    rows(session, Device, machines)
