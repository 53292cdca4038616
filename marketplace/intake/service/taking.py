"""Rows of one channel become sales, refunds, corrections and steps of sales, each once. The channel is locked by the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Final

import orjson

from marketplace.core.clock import day_of
from marketplace.core.ids import uuid7
from marketplace.intake.rules.rows import SINCE, RowRefused, SaleRow
from marketplace.intake.service.books import take_back
from marketplace.intake.service.desk import Desk, Taken
from marketplace.intake.service.duplicates.said import what_is_said
from marketplace.intake.service.matching import match
from marketplace.intake.service.sales import Sale

# Within a batch a sale comes before what is said of it.
_ORDER: Final = {"sale": 0, "correction": 1, "refund": 2, "cancellation": 3}

_SAID: Final = sorted(one.name for one in fields(SaleRow) if one.name != "facts")
_SAID_BY: Final = attrgetter(*_SAID)
# Of rows that say nothing of what came later, which are most of a till's.
_SAID_EARLY: Final = [name for name in _SAID if name not in SINCE]
_SAID_EARLY_BY: Final = attrgetter(*_SAID_EARLY)
_LATER_BY: Final = attrgetter(*SINCE)
_NOTHING_LATER: Final = tuple(SINCE.values())


def take_rows(desk: Desk, rows: Sequence[tuple[int, SaleRow]]) -> Taken:
    """Take the rows of a batch onto its desk; what became of each. Nothing is written yet but what was taken back."""
    taken = Taken()
    for number, row in sorted(rows, key=lambda one: (_ORDER[one[1].action], one[0])):
        try:
            _one(desk, number, row, taken)
        except RowRefused as error:
            taken.refused.append((number, error.refused))
    return taken


def digest_of(row: SaleRow) -> bytes:
    """What a row says, as 32 bytes; its state left out, for a sale moves on and is the same sale."""
    if _LATER_BY(row) == _NOTHING_LATER:
        values = dict(zip(_SAID_EARLY, _SAID_EARLY_BY(row), strict=True))
    else:
        values = dict(zip(_SAID, _SAID_BY(row), strict=True))
        for name, unsaid in SINCE.items():
            if values[name] == unsaid:
                del values[name]
    return hashlib.sha256(orjson.dumps(values)).digest()


def _one(desk: Desk, number: int, row: SaleRow, taken: Taken) -> None:
    _check_time(desk, row)
    digest = digest_of(row)
    known = desk.reports.get(row.report_key)
    if known is not None:
        if known != digest:
            raise RowRefused("differs")
        moved_on = row.action == "sale" and _advance(desk, row)
        (taken.accepted if moved_on else taken.duplicate).append(number)
        return
    place = (desk.sequence, number)
    is_overtaken = row.action == "correction" and place < desk.said_at.get(_known_sale(desk, row).id, (0, 0))
    sale = _known_sale(desk, row) if is_overtaken else _DO[row.action](desk, row)
    if row.action == "correction" and not is_overtaken:
        desk.said_at[sale.id] = place
    desk.reports[row.report_key] = digest
    desk.said.append(
        (desk.channel_id, *row.report_key, digest, desk.batch_id, number, sale.id)  # as OF_REPORT
    )
    if is_overtaken:
        taken.overtaken.append(number)
    else:
        (taken.corrected if row.action == "correction" else taken.accepted).append(number)


def _check_time(desk: Desk, row: SaleRow) -> None:
    if row.sold_at > desk.latest:
        raise RowRefused("future")
    if day_of(row.sold_at) < desk.opened_on:
        raise RowRefused("too_old")
    if row.amount_fen == 0 and row.action != "cancellation":
        raise RowRefused("out_of_range")


def _advance(desk: Desk, row: SaleRow) -> bool:
    """The same sale, further on; False when that was known. It never goes back."""
    sale = desk.sales[row.key]
    if sale.state != "waiting" or row.facts <= set(sale.facts):
        return False
    sale.facts = sorted(row.facts.union(sale.facts))
    desk.note(sale)
    return True


@lru_cache(maxsize=200)
def _listed(facts: frozenset[str]) -> list[str]:
    """Facts as a sale has them: one list for all sales of which the same is known, which nobody changes."""
    return sorted(facts)


def _new_sale(desk: Desk, row: SaleRow, revision: int = 1) -> Sale:
    matched = match(desk.registers, row)
    sale = Sale(
        id=next(desk.ids),
        channel_id=desk.channel_id,
        order_ref=row.order_ref,
        line_ref=row.line_ref,
        revision=revision,
        batch_id=desk.batch_id,
        state="waiting",
        counting_policy=matched.counting_policy,
        facts=_listed(row.facts),
        product_id=matched.product_id,
        sale_fen=row.amount_fen,
        quantity_milli=row.quantity_milli,
        weight_g=matched.weight_g,
        refunded_fen=0,
        refunded_milli=0,
        sold_at=row.sold_at,
        counted_at=None,
        frozen=matched.frozen,
        duplicate_of=None,
        booked_fen=0,
        booked_milli=0,
        **what_is_said(desk.registers, row),
        particulars=desk.registers.kept_once(row.particulars),
    )
    desk.sales[row.key] = sale
    desk.new[sale.id] = sale
    return sale


def _refund(desk: Desk, row: SaleRow) -> Sale:
    sale = _known_sale(desk, row)
    if row.sold_at < sale.sold_at:
        raise RowRefused("too_old")
    fen, milli = sale.refunded_fen + row.amount_fen, sale.refunded_milli + row.quantity_milli
    if fen > sale.sale_fen or milli > sale.quantity_milli:
        raise RowRefused("above_sale")
    if sale.state == "counted":
        take_back(
            desk.session,
            sale,
            row.amount_fen,
            row.quantity_milli,
            event_id=uuid7(),
            at=row.sold_at,
            reason="return",
        )
    sale.refunded_fen, sale.refunded_milli = fen, milli
    desk.note(sale)
    return sale


def _cancellation(desk: Desk, row: SaleRow) -> Sale:
    """Called off: what is left of the sale goes back, when we hear of it. What was never reported is no sale."""
    sale = desk.sales.get(row.key)
    if sale is None:
        raise RowRefused("no_sale")
    left_fen, left_milli = sale.sale_fen - sale.refunded_fen, sale.quantity_milli - sale.refunded_milli
    if sale.state == "counted" and left_fen:
        take_back(
            desk.session, sale, left_fen, left_milli,
            event_id=uuid7(), at=desk.batch.received_at, reason="return",
        )  # fmt: skip
    sale.refunded_fen, sale.refunded_milli = sale.sale_fen, sale.quantity_milli
    desk.note(sale)
    return sale


def _correction(desk: Desk, row: SaleRow) -> Sale:
    """The sale as it should have been said: the old one is taken back whole, another revision stands in its place."""
    old = _known_sale(desk, row)
    if row.amount_fen < old.refunded_fen or row.quantity_milli < old.refunded_milli:
        raise RowRefused("above_sale")
    left_fen, left_milli = old.sale_fen - old.refunded_fen, old.quantity_milli - old.refunded_milli
    if old.state == "counted" and left_fen:
        take_back(
            desk.session,
            old,
            left_fen,
            left_milli,
            event_id=uuid7(),
            at=desk.batch.received_at,
            reason="correction",
        )
    old.state = "superseded"
    desk.note(old)
    new = _new_sale(desk, row, old.revision + 1)
    new.facts = sorted(row.facts.union(old.facts))
    new.refunded_fen, new.refunded_milli = old.refunded_fen, old.refunded_milli
    return new


def _known_sale(desk: Desk, row: SaleRow) -> Sale:
    sale = desk.sales.get(row.key)
    if sale is None:
        raise RowRefused("sale_unknown")
    return sale


_DO: Final[Mapping[str, Callable[[Desk, SaleRow], Sale]]] = {
    "sale": _new_sale,
    "refund": _refund,
    "correction": _correction,
    "cancellation": _cancellation,
}
