"""Several who report the same goods: a platform, a county, a hall; each with its own channel, key and device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.actor import system_actor
from marketplace.core.identifiers import build_uscc
from marketplace.core.models import Job
from marketplace.intake.models import Batch, DuplicateCase, ForeignSale
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.rows import RowRefused
from marketplace.intake.service import keys
from marketplace.intake.service.duplicates.follow import follow
from marketplace.intake.service.duplicates.notice import JOB
from tests.catalogue_world import World
from tests.support.reporting_device import Cabinet

BUYER = build_uscc("11440100MB2C0001")
UNION = build_uscc("81440100MB2C0002")


@dataclass
class Reporter(Cabinet):
    """A point of sale that reports in the shape of its adapter; what its batches leave to be done is done at once."""

    adapter: str = "county_register"

    def send(self, *rows: dict[str, Any], sequence: int | None = None, total_fen: int | None = None) -> Batch:
        return super().send(
            *rows, sequence=sequence, total_fen=self._total(rows) if total_fen is None else total_fen
        )

    def process(self, batch: Batch) -> Batch:
        done = super().process(batch)
        do_follow_ups(self.session)
        return done

    def _total(self, rows: tuple[dict[str, Any], ...]) -> int:
        total = 0
        for row in rows:
            try:
                read = adapter_of(self.adapter).read({name: str(value) for name, value in row.items()})
            except RowRefused:
                continue
            total += read.amount_fen if read.action == "sale" else 0
        return total

    def row(self, order_ref: str = "A1", **changes: Any) -> dict[str, Any]:
        """A sale of one box for 49 yuan to a school on 2020-09-30, in the words of this reporter."""
        values = _ROWS[self.adapter](self, order_ref)
        return {name: value for name, value in (values | changes).items() if value is not None}

    def sale(self, order_ref: str = "A1", line_ref: str = "1") -> ForeignSale:
        """The sale as it stands."""
        self.session.expire_all()
        return self.session.scalars(
            select(ForeignSale).where(
                ForeignSale.channel_id == self.channel.id,
                ForeignSale.order_ref == order_ref,
                ForeignSale.line_ref == line_ref,
                ForeignSale.state != "superseded",
            )
        ).one()


def do_follow_ups(session: Session) -> None:
    """The jobs that batches and decisions left, in this transaction."""
    while True:
        job = session.scalars(
            select(Job).where(Job.kind == JOB, Job.state == "ready").order_by(Job.id)
        ).first()
        if job is None:
            return
        follow(session, job.payload)
        job.state = "done"
        session.flush()


def _platform(one: Reporter, order_ref: str) -> dict[str, Any]:
    return {
        "订单编号": order_ref,
        "下单时间": "2020-09-30 09:00:00",
        "订单状态": "已完成",
        "实付金额(元)": "49.00",
        "数量": "1",
        "商品名称": "百香果",
        "认定目录编号": one.catalogue_no,
        "供应商统一社会信用代码": one.supplier_uscc,
        "预算单位统一社会信用代码": BUYER,
    }


def _county(one: Reporter, order_ref: str) -> dict[str, Any]:
    return {
        "台账编号": order_ref,
        "成交时间": "2020-09-30 10:00:00",
        "金额(元)": "49.00",
        "数量": "1",
        "商品名称": "百香果",
        "认定目录编号": one.catalogue_no,
        "供应商统一社会信用代码": one.supplier_uscc,
        "采购人统一社会信用代码": BUYER,
    }


def _standard(one: Reporter, order_ref: str) -> dict[str, Any]:
    return {
        "order_ref": order_ref,
        "sold_at": "2020-09-30 11:00:00",
        "amount_fen": "4900",
        "quantity": "1",
        "catalogue_no": one.catalogue_no,
        "goods_name": "百香果",
        "supplier_uscc": one.supplier_uscc,
    }


_ROWS: dict[str, Callable[[Reporter, str], dict[str, Any]]] = {
    "platform_832": _platform,
    "county_register": _county,
    "standard": _standard,
}


def open_reporter(like: Cabinet, kind: str, adapter: str, **channel: Any) -> Reporter:
    """Another point of sale with the same goods, key version 1 and the device GZ0001."""
    world = World(like.session)
    point = world.channel(kind, **channel)
    _, secret = keys.make_key(like.session, system_actor(), point.code)
    keys.register_device(like.session, system_actor(), point.code, code="GZ0001", adapter=adapter)
    return Reporter(
        like.session,
        point,
        like.product,
        like.catalogue_no,
        like.supplier_uscc,
        bytes.fromhex(secret),
        adapter=adapter,
    )


def books(session: Session) -> int:
    """Fen of everything that was reported, as the ledger has it."""
    return int(
        session.scalar(select(func.coalesce(func.sum(Entry.sale_fen), 0)).where(Entry.source == "intake"))
        or 0
    )


def cases(session: Session, state: str | None = None) -> list[DuplicateCase]:
    """All cases, in the order in which they were found."""
    statement = select(DuplicateCase).order_by(
        DuplicateCase.found_at, DuplicateCase.round, DuplicateCase.first
    )
    if state is not None:
        statement = statement.where(DuplicateCase.state == state)
    return list(session.scalars(statement.execution_options(populate_existing=True)))
