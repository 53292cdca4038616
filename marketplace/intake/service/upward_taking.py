"""A batch of a lower instance is read: counted entries in chain order, or a sealed month. All of it or nothing is taken.

Nothing of it is judged again and nothing enters the ledger: the source counted it, and its own ledger holds it (docs/adr/0024).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from marketplace.core import signing
from marketplace.core.actor import area_prefix
from marketplace.core.clock import utcnow
from marketplace.core.db import table_of
from marketplace.core.errors import BadRequest, DomainError, Invalid
from marketplace.core.http import strict_json
from marketplace.core.ids import uuid7
from marketplace.intake.models import Batch, UpwardEntry, UpwardSource, UpwardTotal
from marketplace.intake.rules.manifests import kept_content
from marketplace.intake.rules.upward import Fed, read_lines
from marketplace.intake.rules.upward_totals import read_total
from marketplace.intake.service.upward_sources import signers_of

log = structlog.get_logger(__name__)
SEALED: Final = {"sealed", "public_key", "signature"}
"""The columns of the one row by which a sealed month travels."""


def take_batch(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """The job of a received batch of a lower instance; done twice it is done once."""
    batch = session.get_one(Batch, uuid.UUID(payload["batch_id"]))
    source = session.scalars(
        select(UpwardSource)
        .where(UpwardSource.device_id == batch.device_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(batch, with_for_update=True)
    if batch.state != "received":
        return {"state": batch.state}
    try:
        records = _records(batch)
        if len(records) == 1 and isinstance(records[0], dict) and set(records[0]) == SEALED:
            _take_total(session, batch, source, records[0])
        else:
            _take_entries(session, batch, source, records)
    except DomainError as error:
        batch.state, batch.refusal = "refused", error.code
        log.warning("upward_batch_refused", source=source.source, batch=batch.number, reason=error.code)
    else:
        batch.state, batch.accepted = "done", batch.row_count
    batch.done_at = utcnow()
    session.flush()
    return {"state": batch.state}


def _records(batch: Batch) -> list[Any]:
    lines = [line for line in kept_content(batch.content).split(b"\n") if line]
    if batch.format != "jsonl" or len(lines) != batch.row_count:
        raise Invalid("batch_rows", "行数与清单不符")
    try:
        return [strict_json.loads(line) for line in lines]
    except BadRequest as error:
        raise Invalid("upward_row", "有一行不是记录") from error


def _take_entries(session: Session, batch: Batch, source: UpwardSource, records: Sequence[Any]) -> None:
    fed = read_lines(records, source.position, bytes(source.hash))
    _check_scope(source, fed)
    total = sum(one.row["sale_fen"] for one in fed if one.row.get("kind") == "sale")
    if total != batch.total_fen:
        raise Invalid("batch_total", "金额合计与清单不符")
    session.execute(insert(table_of(UpwardEntry)), [_columns(source, batch, one) for one in fed])
    source.position, source.hash = fed[-1].position, fed[-1].hash


def _check_scope(source: UpwardSource, fed: Sequence[Fed]) -> None:
    """A source is the source of the points of sale in its area, and of no other: so nothing comes from two sides."""
    digits = area_prefix(source.area_code)
    for one in fed:
        if one.row["withheld"] is None and not one.row["channel_area"].startswith(digits):
            raise Invalid("upward_scope", f"第 {one.position} 笔的销售点不在该上报方辖区")


def _columns(source: UpwardSource, batch: Batch, fed: Fed) -> dict[str, Any]:
    names = [column.name for column in table_of(UpwardEntry).columns]
    day = fed.row.get("counted_on")
    return {name: fed.row.get(name) for name in names} | {
        "source_id": source.id,
        "batch_id": batch.id,
        "entry_hash": bytes.fromhex(fed.row["entry_hash"]),
        "hash": fed.hash,
        "counted_on": None if day is None else date.fromisoformat(day),
    }


def _take_total(session: Session, batch: Batch, source: UpwardSource, record: dict[str, Any]) -> None:
    """A sealed month: signed by a key of the source, and the next version of its month or a later one."""
    content, public_key, signature = _sealed(record)
    if public_key not in signers_of(session, source.id) or not signing.is_signed(
        content, signature, public_key
    ):
        raise Invalid("upward_signature", "月度汇总的签名无效,或其公钥未登记")
    total = read_total(content)
    period, version = total.head["period"], total.head["version"]
    newest = session.scalar(
        select(func.max(UpwardTotal.version)).where(
            UpwardTotal.source_id == source.id, UpwardTotal.period == period
        )
    )
    if total.head["source"] != source.source or version <= (newest or 0) or batch.total_fen:
        raise Invalid("upward_version", "月度汇总不属于该上报方,或已有更新的版本")
    session.add(
        UpwardTotal(
            id=uuid7(),
            source_id=source.id,
            period=period,
            version=version,
            batch_id=batch.id,
            content=content,
            public_key=public_key,
            signature=signature,
            received_at=batch.received_at,
        )
    )


def _sealed(record: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    try:
        return (
            record["sealed"].encode(),
            bytes.fromhex(record["public_key"]),
            bytes.fromhex(record["signature"]),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise Invalid("upward_total", "月度汇总的内容不符合约定") from error
