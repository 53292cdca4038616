"""How a counted line is split over the agreements behind its product: pure arithmetic of fen, thousandths and grams.

Source: docs/rules.md, "Linked share of a sale" and "Refunds in the ledger".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.beneficiaries.linkage import SaleFacts, linkage_mode
from marketplace.core.money import BP, split_fen

UNLINKED: Final = 0  # version_no of the row for what no agreement covers
_LAST: Final = 2**62  # ties of a split go to agreements by number, to the unlinked rest last


@dataclass(frozen=True)
class Linkage:
    """An agreement version that stands behind a product at an instant; `linked_bp` of the product's sales are its."""

    version_no: int
    agreement_no: int
    mode: str
    terms: Mapping[str, Any]
    linked_bp: int


@dataclass(slots=True)  # not frozen, nor is Part: as orders.facts.CountedLine
class Amounts:
    """Of a whole line: fen, thousandths of the selling unit, grams (None where weight has no meaning)."""

    sale_fen: int
    quantity_milli: int
    weight_g: int | None

    def minus(self, other: Amounts) -> Amounts:
        """What is left when `other` goes back."""
        weight = None if self.weight_g is None else self.weight_g - (other.weight_g or 0)
        return Amounts(self.sale_fen - other.sale_fen, self.quantity_milli - other.quantity_milli, weight)


@dataclass(slots=True)
class Part:
    """One agreement version's part of a line (or the unlinked rest, without linkage). Benefit is of the whole line."""

    linkage: Linkage | None
    linked_bp: int
    sale_fen: int
    quantity_milli: int
    weight_g: int | None
    benefit_fen: int

    @property
    def version_no(self) -> int:
        """The agreement version, or UNLINKED."""
        return self.linkage.version_no if self.linkage is not None else UNLINKED


def split_line(amounts: Amounts, linkages: Sequence[Linkage]) -> list[Part]:
    """Split a line over `linkages`; the parts sum exactly to it, the unlinked rest included.

    Shares are `linked_bp` out of 10,000; where agreements overlap beyond the whole they share it in proportion and nothing
    is unlinked. Largest remainder, ties by ascending agreement number. Benefit comes from the *whole* line by each contract's
    own formula. A linkage of 0 bp that owes nothing leaves no part.
    """
    if not linkages:
        return [Part(None, BP, amounts.sale_fen, amounts.quantity_milli, amounts.weight_g, 0)]
    if len(linkages) == 1 and linkages[0].linked_bp == BP:
        benefit = benefit_of(amounts, linkages[0])
        return [Part(linkages[0], BP, amounts.sale_fen, amounts.quantity_milli, amounts.weight_g, benefit)]
    ordered = sorted(linkages, key=lambda link: link.agreement_no)
    rest_bp = max(0, BP - sum(link.linked_bp for link in ordered))
    weights = [link.linked_bp for link in ordered] + [rest_bp]
    keys = [link.agreement_no for link in ordered] + [_LAST]
    sales = split_fen(amounts.sale_fen, weights, keys)
    quantities = split_fen(amounts.quantity_milli, weights, keys)
    grams: Sequence[int | None] = (
        [None] * len(weights) if amounts.weight_g is None else split_fen(amounts.weight_g, weights, keys)
    )
    parts = [
        Part(link, link.linked_bp, sales[i], quantities[i], grams[i], benefit_of(amounts, link))
        for i, link in enumerate(ordered)
    ]
    kept = [part for part in parts if part.linked_bp or part.benefit_fen]
    if rest_bp:
        kept.append(Part(None, rest_bp, sales[-1], quantities[-1], grams[-1], 0))
    return kept


def benefit_of(amounts: Amounts, linkage: Linkage) -> int:
    """Fen that the whole line owes to the agreement's pool by its terms; 0 for modes that accrue by the month."""
    facts = SaleFacts(amounts.sale_fen, amounts.quantity_milli, amounts.weight_g or 0)
    return linkage_mode(linkage.mode).accrue_sale(linkage.terms, facts)
