"""What orders tell the slices above them: lines that now count, and counted lines whose money went back.

Facts are published in the transaction that makes them true (`core.facts`), in batches: one for all lines of an order that
count together, one for all lines of a refund. A counted line carries every dimension of a ledger entry as it was frozen at
purchase, so nobody who hears of it needs to ask what an order looked like. Intake publishes the same facts for sales made
elsewhere, with `source` intake.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a ledger entry freezes of a line beside its own ids, amounts and instants. Lines that agree in it may share one.

    `goods_class`, `certificate_id`, `scheme` and `schemes` are as of the sale. `levy_bp` is what the channel's operator owes on
    ordinary goods. Areas have as many digits as they were registered with.
    """

    # goods
    goods_class: str
    goods_class_reason: str | None
    certificate_id: uuid.UUID | None
    scheme: str | None
    schemes: tuple[str, ...]
    product_name: str
    category_code: str
    producer_id: uuid.UUID
    producer_name: str
    producer_kind: str
    origin_area: str
    # channel
    channel_id: uuid.UUID
    channel_kind: str
    channel_area: str
    levy_bp: int
    # buyer
    buyer_id: uuid.UUID | None
    buyer_path: str
    buyer_kind: str
    buyer_area: str
    buyer_sector: str | None
    budget_unit_id: uuid.UUID | None
    reserve_year: int | None
    fund_source: str | None
    participation_mode: str
    purchase_kind: str
    broker_id: uuid.UUID | None
    helper_area: str | None
    is_demo: bool


@dataclass(
    slots=True, kw_only=True
)  # not frozen: a batch makes thousands, and frozen ones take twice the time
class CountedLine:
    """A line that counts, with everything that a ledger entry freezes. Amounts in fen, quantity in thousandths."""

    line_id: uuid.UUID
    product_id: uuid.UUID
    order_id: uuid.UUID | None
    sale_fen: int
    quantity_milli: int
    weight_g: int | None
    sold_at: datetime
    counted_at: datetime
    frozen: Frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCounted:
    """Lines whose counting policy is now satisfied. Their event is the same for a replay: the order, or the intake batch."""

    source: str  # order | intake
    event_id: uuid.UUID
    lines: tuple[CountedLine, ...]
    # By line, where lines of several batches are told at once: the event of each that is not `event_id`.
    events: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    def event_of(self, line_id: uuid.UUID) -> uuid.UUID:
        """The event that made the line count."""
        return self.events.get(line_id, self.event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversedLine:
    """The part of a counted line that went back: positive fen, thousandths and grams, never more than was counted."""

    line_id: uuid.UUID
    product_id: uuid.UUID
    sale_fen: int
    quantity_milli: int
    weight_g: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesReversed:
    """Counted lines whose money is confirmed returned at `reversed_at`; that month takes the reversal.

    `event_id` is the refund. Dimensions are those of the entries that `line_id` has; only product and amounts are said again.
    """

    source: str  # order | intake
    event_id: uuid.UUID
    reversed_at: datetime
    reason: str
    lines: tuple[ReversedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOwed:
    """More was received for an order than it now owes: `amount_fen` must go back because of one return.

    Payments writes the refund; the money counts as returned only when that is confirmed.
    """

    order_id: uuid.UUID
    return_id: uuid.UUID
    amount_fen: int
    reason: str  # cancellation | rejection | return
    requested_at: datetime
    requested_by: uuid.UUID | None
    requested_by_person: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """An order of a checkout: who owes whom how much (fen)."""

    order_id: uuid.UUID
    buyer_id: uuid.UUID
    producer_organisation_id: uuid.UUID
    total_fen: int
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPlaced:
    """All orders of one checkout, in the transaction that writes them."""

    checkout_id: uuid.UUID
    placed_at: datetime
    orders: tuple[PlacedOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRevalued:
    """An order is worth `delta_fen` more (freight) or, negative, less (cancelled, rejected, returned) than before.

    `event_id` is what changed it, the same for a replay: the return, or the order itself when all of it was called off.
    """

    order_id: uuid.UUID
    buyer_id: uuid.UUID
    producer_organisation_id: uuid.UUID
    delta_fen: int
    reason: str
    event_id: uuid.UUID
    at: datetime
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReattributed:
    """An order is now another budget unit's. `line_ids` are its lines that counted; the dimensions are the new ones.

    What leaves the old unit is the event `event_id`, what arrives at the new one `arrival_id`; both the same for a replay. The
    reserve year stays.
    """

    order_id: uuid.UUID
    event_id: uuid.UUID
    arrival_id: uuid.UUID
    at: datetime
    reason: str
    line_ids: tuple[uuid.UUID, ...]
    budget_unit_id: uuid.UUID
    buyer_area: str
    buyer_sector: str | None
    buyer_path: str
    participation_mode: str
    helper_area: str | None
