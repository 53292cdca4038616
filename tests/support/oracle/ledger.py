"""What stands in the books: a piece for each line and agreement, by the rules of docs/ledger.md, in lists and dictionaries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from marketplace.core.clock import day_of, next_period, period_days, period_of
from marketplace.orders.facts import CountedLine
from tests.support.oracle.arithmetic import of_bp
from tests.support.oracle.pieces import Amounts, Deal, Grown, Kept, Piece, Version, parts


@dataclass
class Ledger:
    """The plain books. `assisted` says whether goods of an origin come from an assisted area on a day."""

    assisted: Callable[[str, date], bool]
    versions: list[Version] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    paid: list[tuple[Version, str, int, int]] = field(default_factory=list)  # of, month, household, fen
    work: dict[tuple[int, str], int] = field(default_factory=dict)  # days by agreement and month
    void: dict[uuid.UUID, datetime] = field(default_factory=dict)
    closed: str | None = None
    reported_anew: set[str] = field(default_factory=set)

    def open_month(self, own: str) -> str:
        """The month in whose books an event of month `own` stands."""
        return own if self.closed is None or own > self.closed else next_period(self.closed)

    def sell(self, line: CountedLine) -> Deal:
        """A line counts: split over what is in force when it was sold."""
        day = day_of(line.sold_at)
        goods_class, why, schemes, certificate = (
            line.frozen.goods_class, line.frozen.goods_class_reason, line.frozen.schemes, line.frozen.certificate_id,
        )  # fmt: skip
        if certificate in self.void and self.void[certificate] <= line.sold_at:
            goods_class, why = self._uncertified(line), "certificate_revoked"
            schemes, certificate = (), None
        found = [one for one in self.versions if one.product == line.product_id and one.holds(day)]
        own = period_of(line.counted_at)
        month = self.open_month(own)
        deal = Deal(
            line, sorted(found, key=lambda one: one.agreement), own, line.sale_fen, line.quantity_milli // 1000,
            certificate, goods_class, why, schemes,
        )  # fmt: skip
        for version, amounts in parts(deal).items():
            self.pieces.append(
                self._piece(deal, version, amounts, "sale", month, own, day_of(line.counted_at))
            )
        self.deals.append(deal)
        return deal

    def take_back(self, deal: Deal, fen: int, units: int, at: datetime, reason: str = "return") -> None:
        """What goes back is the line as it was, less the line as it is now left. A line told twice is corrected."""
        kind = "correction" if reason == "duplicate" else "refund"
        before = parts(deal)
        deal.fen, deal.units = deal.fen - fen, deal.units - units
        after = parts(deal)
        month = self.open_month(period_of(at))
        for version in before:
            change = tuple(
                None if was is None else (now or 0) - was
                for now, was in zip(after.get(version, (0, 0, 0, 0)), before[version], strict=True)
            )
            if any(change):
                piece = self._piece(deal, version, change, kind, month, deal.month, day_of(at))  # type: ignore[arg-type]
                self.pieces.append(replace(piece, reason=reason))

    def revoke(self, certificate: uuid.UUID, at: datetime, since: datetime) -> None:
        """Lines sold under it since then leave their class."""
        self.void[certificate] = since
        month = self.open_month(period_of(at))
        for deal in self.deals:
            if deal.certificate != certificate or deal.line.sold_at < since:
                continue
            found = parts(deal)
            for version, (fen, milli, grams, benefit) in found.items():
                back = (-fen, -milli, None if grams is None else -grams, -benefit)
                self.pieces.append(
                    self._piece(deal, version, back, "correction", month, deal.month, day_of(at))
                )
            deal.goods_class = self._uncertified(deal.line)
            deal.why, deal.schemes, deal.certificate = "certificate_revoked", (), None
            for version, amounts in found.items():
                self.pieces.append(
                    self._piece(deal, version, amounts, "correction", month, deal.month, day_of(at))
                )

    def report_work(self, agreement: int, month: str, days: int) -> None:
        """Days worked in a month; of a closed one the next close takes the difference."""
        self.work[agreement, month] = days
        if self.closed is not None and month <= self.closed:
            self.reported_anew.add(month)

    def close(self, month: str) -> None:
        """Wages by the days reported, pools, what villages keep of them."""
        self._grow(month)
        pools: dict[tuple[int, str], int] = defaultdict(int)
        for piece in self.pieces:
            if piece.version is not None and piece.month <= month:
                pools[piece.version.number, piece.adjusts or piece.month] += piece.benefit
        for one in self.grown:
            pools[one.version.number, one.earned] += one.fen
        touched = {
            (piece.version.number, piece.adjusts or piece.month)
            for piece in self.pieces
            if piece.version is not None and piece.month == month
        } | {(one.version.number, one.earned) for one in self.grown if one.month == month}
        for version in self.versions:
            for earned in sorted(earned for number, earned in touched if number == version.number):
                before = sum(k.fen for k in self.kept if (k.version, k.earned) == (version, earned))
                whole = of_bp(pools[version.number, earned], version.village_bp)
                self.kept.append(Kept(version, month, earned, whole - before))
        self.closed = month

    def _grow(self, month: str) -> None:
        """Wages of the month, and what later reports change of earlier ones."""
        for earned in [*sorted(self.reported_anew), month]:
            first, after = period_days(earned)
            paid_by_day = [
                one
                for one in self.versions
                if one.mode == "employment"
                and one.since < after
                and (one.until is None or one.until > max(first, one.since))
            ]
            newest = {one.agreement: one for one in sorted(paid_by_day, key=lambda one: one.since)}
            for version in paid_by_day:
                is_last = newest[version.agreement] is version
                days = self.work.get((version.agreement, earned), 0) if is_last else 0
                due = days * version.day_wage_fen
                known = sum(one.fen for one in self.grown if (one.version, one.earned) == (version, earned))
                if due != known:
                    self.grown.append(Grown(version, earned, month, due - known))

    def _uncertified(self, line: CountedLine) -> str:
        return "area_produce" if self.assisted(line.frozen.origin_area, day_of(line.sold_at)) else "ordinary"

    def _piece(
        self,
        deal: Deal,
        version: Version | None,
        amounts: Amounts,
        kind: str,
        month: str,
        belongs: str,
        day: date,
    ) -> Piece:
        fen, milli, grams, benefit = amounts
        return Piece(
            deal.line, kind, month, belongs if belongs != month else None, day, version, fen, milli, grams,
            benefit, deal.goods_class, deal.why, deal.schemes,
        )  # fmt: skip
