"""A cabinet that reports: what tests of intake stand on."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor, system_actor
from marketplace.core.identifiers import build_uscc
from marketplace.intake.models import Batch, Device, RowOutcome
from marketplace.intake.rules.manifests import Manifest
from marketplace.intake.rules.signatures import sign
from marketplace.intake.service import keys
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.receive import keep_batch, receive_signed
from marketplace.producers.models import Product
from tests.catalogue_world import World

_numbers = itertools.count(1)


@dataclass
class Cabinet:
    """A counter with a certified product inside, and the key with which it signs."""

    session: Session
    channel: Channel
    product: Product
    catalogue_no: str
    supplier_uscc: str
    secret: bytes
    device: str = "GZ0001"
    sequence: int = 0
    sent: list[Batch] = field(default_factory=list)

    def row(self, order_ref: str = "A1", **changes: Any) -> dict[str, Any]:
        """A sale of one box for 49 yuan at noon of 2020-10-01, as the cabinet's interface says it."""
        values: dict[str, Any] = {
            "orderno": order_ref,
            "paytm": "2020-10-01 11:30:00",
            "payamt": "49.00",
            "qty": "1",
            "fpgoodsmark": "1",
            "fpwthirdpartyid": self.catalogue_no,
            "goodsname": "百香果",
            "suppliercode": self.supplier_uscc,
            "salechnltp": "02",
            "containerid": self.device,
        }
        return {name: value for name, value in (values | changes).items() if value is not None}

    def manifest(self, body: bytes, rows: int, total_fen: int, **changes: Any) -> tuple[Manifest, bytes]:
        values: dict[str, Any] = {
            "channel": self.channel.code,
            "device": self.device,
            "sequence": self.sequence,
            "format": "jsonl",
            "rows": rows,
            "sha256": hashlib.sha256(body).hexdigest(),
            "total_fen": total_fen,
        }
        values |= changes
        return Manifest(**values), json.dumps(values).encode()

    def send(self, *rows: dict[str, Any], sequence: int | None = None, total_fen: int | None = None) -> Batch:
        """One batch, signed and packed, received; `process` reads it."""
        self.sequence = self.sequence + 1 if sequence is None else sequence
        body = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
        total = sum_fen(rows) if total_fen is None else total_fen
        manifest, raw = self.manifest(body, len(rows), total)
        packed = gzip.compress(body)
        signature = f"k=1,s={sign(self.secret, raw, packed).hex()}"
        batch = receive_signed(self.session, manifest, raw, packed, signature)
        self.sent.append(batch)
        return batch

    def process(self, batch: Batch) -> Batch:
        process_batch(self.session, {"batch_id": str(batch.id)})
        self.session.expire_all()
        return batch

    def report(self, *rows: dict[str, Any], **changes: Any) -> Batch:
        """Sent and read."""
        return self.process(self.send(*rows, **changes))

    def outcomes(self, batch: Batch) -> list[tuple[int, str, str | None]]:
        found = self.session.execute(
            select(RowOutcome.row_no, RowOutcome.outcome, RowOutcome.reason)
            .where(RowOutcome.batch_id == batch.id)
            .order_by(RowOutcome.row_no, RowOutcome.attempt)
        )
        return [tuple(row) for row in found]

    def ledger(self) -> dict[str, int]:
        """Goods class → fen in the books for this channel."""
        rows = self.session.execute(
            select(Entry.goods_class, func.sum(Entry.sale_fen))
            .where(Entry.channel_id == self.channel.id)
            .group_by(Entry.goods_class)
        )
        return {name: int(fen) for name, fen in rows if fen}


def sum_fen(rows: tuple[dict[str, Any], ...]) -> int:
    """Σ of the amounts of sale rows, as a cabinet would say it; what it cannot read counts as nothing."""
    total = 0
    for row in rows:
        yuan, _, rest = str(row.get("payamt", "0")).partition(".")
        if row.get("tradetp", "1") == "1" and yuan.isdecimal():
            total += int(yuan) * 100 + int((rest or "0").ljust(2, "0")[:2])
    return total


def manifest_header(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def manifest_in(header: str) -> tuple[Manifest, bytes]:
    """What a header says, and its bytes."""
    raw = base64.b64decode(header)
    return Manifest(**json.loads(raw)), raw


def next_uscc() -> str:
    """A producer's credit code that no other test has."""
    return build_uscc(f"93469025MA5{next(_numbers):05d}")


def open_cabinet(session: Session, actor: Actor | None = None, **channel: Any) -> Cabinet:
    """A counter in 广州 with key version 1 and the device GZ0001."""
    world, who = World(session), actor or system_actor()
    producer = world.producer(uscc=next_uscc())
    product = world.product(producer)
    certificate = world.certificate(product)
    counter = world.channel("counter", **channel)
    _, secret = keys.make_key(session, who, counter.code)
    keys.register_device(session, who, counter.code, code="GZ0001", adapter="cabinet")
    return Cabinet(
        session,
        counter,
        product,
        certificate.catalogue_no,
        str(producer.uscc),
        bytes.fromhex(secret),
    )


def keep_by_hand(session: Session, actor: Actor, manifest: Manifest, body: bytes) -> Batch:
    """A batch that a person hands in for a device under a number of its own."""
    device = session.scalars(
        select(Device)
        .join(Channel, Channel.id == Device.channel_id)
        .where(Channel.code == manifest.channel, Device.code == manifest.device)
    ).one()
    return keep_batch(session, device, None, manifest, body, actor=actor)
