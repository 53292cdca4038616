"""Which orders the receipts of a batch could be for, in a few statements for hundreds of receipts. Nothing is locked here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Row, any_, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from marketplace.accounts.models import Organisation
from marketplace.core.clock import day_of, day_start
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments.models import DeclaredPayer, Receipt
from marketplace.payments.rules.payers import codes_in, payer_key, payer_variants
from marketplace.payments.service.collection import supervised_among

OrderRow = Row[*tuple[Any, ...]]
ReceiptRow = Receipt | Row[*tuple[Any, ...]]
OPEN_STATES = ("unpaid", "partly_paid")
#: What of a receipt its candidates are found by.
LOOKED_AT = (
    "id", "holder_id", "memo", "payer_name", "payer_key", "open_fen", "amount_fen", "arrived_at", "statement_id", "reference",
)  # fmt: skip
_FOUND = select(
    SalesOrder.id,
    SalesOrder.number,
    SalesOrder.checkout_id,
    SalesOrder.buyer_id,
    SalesOrder.budget_unit_id,
    SalesOrder.producer_organisation_id,
    (SalesOrder.total_fen - SalesOrder.deducted_fen - SalesOrder.paid_fen + SalesOrder.owed_back_fen).label(
        "due_fen"
    ),
)


@dataclass
class Candidates:
    """Orders by receipt (their codes, in the order of the memo) and by payer; who may pay for whom."""

    by_code: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    by_payer: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    payers: set[str] = field(default_factory=set)  # keys of payers with any open order of the holder
    by_hand: frozenset[uuid.UUID] = frozenset()  # receipts that may be the same as one recorded by hand
    supervised: frozenset[uuid.UUID] = frozenset()
    names: dict[uuid.UUID, set[str]] = field(
        default_factory=dict
    )  # organisation → keys of the names it pays under

    @property
    def order_ids(self) -> frozenset[uuid.UUID]:
        """Every order that is a candidate of any receipt."""
        return frozenset(
            one for several in (*self.by_code.values(), *self.by_payer.values()) for one in several
        )

    def payers_of(self, order: SalesOrder) -> frozenset[str]:
        """The names, as they are compared, of who may pay an order: its buyer, the buyer's budget unit, declared ones."""
        names = set(self.names.get(order.buyer_id, ()))
        names.add(payer_key(order.buyer_name))
        if order.budget_unit_id is not None:
            names |= self.names.get(order.budget_unit_id, set())
        return frozenset(names)


def find_candidates(session: Session, receipts: Sequence[ReceiptRow]) -> Candidates:
    """Everything that could be decided for the receipts, read at once."""
    found = Candidates()
    coded = _by_code(session, receipts, found)
    without = [one for one in receipts if one.id not in found.by_code]
    named = _by_payer(session, without, found)
    rows = [*coded, *named]
    _who_may_pay(session, rows, found)
    found.supervised = supervised_among(session, found.order_ids)
    found.by_hand = _by_hand(session, receipts)
    return found


def _among(column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """As `in_`, with all values as one parameter: thousands of parameters cost the client more than the server needs."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def _by_code(session: Session, receipts: Sequence[ReceiptRow], found: Candidates) -> list[OrderRow]:
    """Orders whose number, or whose checkout's number, stands in a memo; of a checkout those of the holder."""
    codes = {one.id: codes_in(one.memo) for one in receipts}
    every = {code for several in codes.values() for code in several}
    rows: list[OrderRow] = []
    orders: dict[str, list[OrderRow]] = {}
    if numbers := [code for code in every if code.startswith("D")]:
        for row in session.execute(_FOUND.where(_among(SalesOrder.number, numbers))):
            orders.setdefault(row.number, []).append(row)
            rows.append(row)
    if numbers := [code for code in every if code.startswith("C")]:
        statement = (
            _FOUND.add_columns(Checkout.number.label("checkout_number"))
            .join(Checkout, Checkout.id == SalesOrder.checkout_id)
            .where(_among(Checkout.number, numbers))
            .order_by(SalesOrder.order_no)
        )
        for row in session.execute(statement):
            orders.setdefault(row.checkout_number, []).append(row)
            rows.append(row)
    for receipt in receipts:
        mine = [
            row
            for code in codes[receipt.id]
            for row in orders.get(code, ())
            if code.startswith("D") or receipt.holder_id in (None, row.producer_organisation_id)
        ]
        if mine:
            found.by_code[receipt.id] = list(dict.fromkeys(row.id for row in mine))
    return rows


def _by_payer(session: Session, receipts: Sequence[ReceiptRow], found: Candidates) -> list[OrderRow]:
    """Open orders of whoever a receipt's payer is: the organisation of that name, or the one that declared it."""
    names = {one.payer_name for one in receipts if one.payer_key}
    if not names:
        return []
    buyers = buyers_named(session, names)
    keys: dict[uuid.UUID, set[str]] = {}
    for key, ids in buyers.items():
        for buyer_id in ids:
            keys.setdefault(buyer_id, set()).add(key)
    if not keys:
        return []
    statement = _FOUND.where(
        _among(SalesOrder.buyer_id, keys), SalesOrder.payment_state.in_(OPEN_STATES)
    ).order_by(SalesOrder.order_no)
    holders = {one.holder_id for one in receipts}
    if None not in holders:
        statement = statement.where(SalesOrder.producer_organisation_id.in_(list(holders)))
    rows: list[OrderRow] = list(session.execute(statement))
    found.payers.update(key for row in rows for key in keys[row.buyer_id])
    fitting = _fitting(rows, {one.open_fen for one in receipts})
    for row in fitting:
        for key in keys[row.buyer_id]:
            found.by_payer.setdefault(key, []).append(row.id)
    return fitting


def _fitting(rows: Sequence[OrderRow], amounts: set[int]) -> list[OrderRow]:
    """The orders that are worth locking: what is due on one, or on its checkout, is an amount that arrived."""
    sums: dict[uuid.UUID, int] = {}
    for row in rows:
        sums[row.checkout_id] = sums.get(row.checkout_id, 0) + row.due_fen
    return [row for row in rows if row.due_fen in amounts or sums[row.checkout_id] in amounts]


def buyers_named(session: Session, names: Iterable[str]) -> Mapping[str, set[uuid.UUID]]:
    """Organisations by the names under which they pay (as `payer_key`): their own, and those they declared.

    Whose own name it is comes before who declared it: nobody takes another's money by a declaration.
    """
    wanted = set(names)
    variants = {variant for name in wanted for variant in payer_variants(name)}
    found: dict[str, set[uuid.UUID]] = {}
    for buyer_id, name in session.execute(
        select(Organisation.id, Organisation.name).where(_among(Organisation.name, variants))
    ):
        found.setdefault(payer_key(name), set()).add(buyer_id)
    declared = select(DeclaredPayer.buyer_id, DeclaredPayer.payer_key).where(
        _among(DeclaredPayer.payer_key, {payer_key(name) for name in wanted}),
        DeclaredPayer.ended_at.is_(None),
    )
    own = frozenset(found)
    for buyer_id, key in session.execute(declared):
        if key not in own:
            found.setdefault(key, set()).add(buyer_id)
    return found


def _who_may_pay(session: Session, rows: Sequence[OrderRow], found: Candidates) -> None:
    """Read the names under which the buyers of the orders, and their budget units, pay."""
    ids = {row.buyer_id for row in rows} | {row.budget_unit_id for row in rows} - {None}
    if not ids:
        return
    for organisation_id, name in session.execute(
        select(Organisation.id, Organisation.name).where(_among(Organisation.id, ids))
    ):
        found.names.setdefault(organisation_id, set()).add(payer_key(name))
    declared = select(DeclaredPayer.buyer_id, DeclaredPayer.payer_key).where(
        _among(DeclaredPayer.buyer_id, ids), DeclaredPayer.ended_at.is_(None)
    )
    for buyer_id, key in session.execute(declared):
        found.names.setdefault(buyer_id, set()).add(key)


def _by_hand(session: Session, receipts: Sequence[ReceiptRow]) -> frozenset[uuid.UUID]:
    """Receipts of a statement that has no serial, of the same account, day and amount as one that was recorded by hand.

    Nothing else tells whether they are one: a person must say. With the bank's serial the unique key does.
    """
    hashed = [one for one in receipts if one.statement_id is not None and len(one.reference) > 40]
    if not hashed:
        return frozenset()
    other = aliased(Receipt)
    days = {one.id: day_of(one.arrived_at) for one in hashed}
    first, last = min(days.values()), max(days.values())
    rows = session.execute(
        select(other.holder_id, other.amount_fen, other.arrived_at).where(
            other.statement_id.is_(None),
            other.arrived_at >= day_start(first),
            other.arrived_at < day_start(last + timedelta(days=1)),
            tuple_(other.holder_id, other.amount_fen).in_(
                {(one.holder_id, one.amount_fen) for one in hashed if one.holder_id is not None}
            ),
        )
    )
    known = {(holder, amount, day_of(at)) for holder, amount, at in rows}
    return frozenset(one.id for one in hashed if (one.holder_id, one.amount_fen, days[one.id]) in known)
