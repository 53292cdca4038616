"""A point of sale of any kind that reports in any shape: what tests of the shapes stand on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.models import Channel
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.manifests import Manifest
from marketplace.intake.rules.signatures import sign
from marketplace.intake.service import keys
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.receive import receive_signed
from marketplace.producers.models import Product
from tests.catalogue_world import World
from tests.support.reporting_device import next_uscc

TERMS: Mapping[str, Mapping[str, Any]] = {
    "zone": {"host_name": "演示超市"},
    "fair": {"event_name": "演示展销会"},
    "wholesale_market": {"market_name": "演示市场"},
    "broadcast": {"programme_name": "演示直播间"},
    "special_station": {"station_name": "演示站"},
    "special_train": {"train_no": "演示1号"},
}


@dataclass
class Shop:
    """Sends tables in the shape of its adapter; certified goods of `supplier_uscc` are to be had."""

    session: Session
    channel: Channel
    adapter: str
    product: Product
    catalogue_no: str
    supplier_uscc: str
    secret: bytes
    sequence: int = 0

    def row(self, **changes: str) -> dict[str, str]:
        """The example of the shape, of the certified goods."""
        cells = adapter_of(self.adapter).cells
        shown = {cell.column: cell.example for cell in cells.values() if cell.example}
        own = {"认定目录编号": self.catalogue_no, "供应商统一社会信用代码": self.supplier_uscc, "规格": ""}
        own |= {name: "" for name in ("商品条码", "国际条码") if name in cells}
        return shown | {name: text for name, text in own.items() if name in cells} | changes

    def report(self, *rows: Mapping[str, str], total_fen: int, above: Sequence[str] = ()) -> Batch:
        """A CSV in GB18030, signed, sent and read."""
        self.sequence += 1
        out = io.StringIO(newline="")
        columns = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.writer(out)
        writer.writerows([[line] for line in above])
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in rows)
        body = out.getvalue().encode("gb18030")
        values: dict[str, Any] = {
            "channel": self.channel.code,
            "device": "D1",
            "sequence": self.sequence,
            "format": "csv",
            "rows": len(rows),
            "sha256": hashlib.sha256(body).hexdigest(),
            "total_fen": total_fen,
        }
        raw = json.dumps(values).encode()
        signature = f"k=1,s={sign(self.secret, raw, body).hex()}"
        batch = receive_signed(self.session, Manifest(**values), raw, body, signature)
        process_batch(self.session, {"batch_id": str(batch.id)})
        self.session.expire_all()
        return batch

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


def open_shop(session: Session, adapter: str, kind: str = "", **channel: Any) -> Shop:
    """A point of sale of the adapter's first kind, its key version 1 and device D1."""
    world = World(session)
    kind = kind or adapter_of(adapter).channel_kinds[0]
    producer = world.producer(uscc=next_uscc())
    product = world.product(producer)
    certificate = world.certificate(product)
    point = world.channel(kind, **{"terms": TERMS.get(kind, {})} | channel)
    _, secret = keys.make_key(session, system_actor(), point.code)
    keys.register_device(session, system_actor(), point.code, code="D1", adapter=adapter)
    return Shop(
        session, point, adapter, product, certificate.catalogue_no, str(producer.uscc), bytes.fromhex(secret)
    )


def open_operated_hall() -> Shop:
    """A hall of an operator of its own that reports receipts, committed; its own session is over."""
    with db.transaction() as session:
        operator = World(session).organisation("channel_operator")
        opened = open_shop(session, "pos_hall", operator_id=operator.id)
        session.flush()
        session.expunge_all()
        return opened
