"""What differs between two versions of an agreement: terms, days, products with their shares of sales, households on the roster.

Of the roster only numbers of households: how many came and how many left.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import AgreementProduct, AgreementVersion
from marketplace.beneficiaries.roster import unpack
from marketplace.beneficiaries.service.lists import VersionView


@dataclass(frozen=True)
class Change:
    """One thing that differs: its title, what it was, what it is; None for nothing. Shares in basis points."""

    title: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """Of a version against the one before it. `linked`: the share of a product's sales (bp), None where it is not covered."""

    terms: Sequence[Change]
    linked: Mapping[uuid.UUID, tuple[int | None, int | None]]
    households_added: int
    households_gone: int
    village_bp: tuple[int, int] | None

    @property
    def is_none(self) -> bool:
        """Whether nothing differs but the days."""
        return not (
            self.terms or self.linked or self.households_added or self.households_gone or self.village_bp
        )


def difference(before: VersionView, after: VersionView) -> Difference:
    """What `after` says otherwise than `before`."""
    old, new = before.version, after.version
    was, now = unpack(old.roster_bitmap), unpack(new.roster_bitmap)
    return Difference(
        terms=_terms(old, new),
        linked=_linked(before.products, after.products),
        households_added=len(now - was),
        households_gone=len(was - now),
        village_bp=None if old.village_bp == new.village_bp else (old.village_bp, new.village_bp),
    )


def term_titles(mode: str) -> dict[str, str]:
    """The titles of a mode's terms, by field; the unit stands in the title."""
    return {
        name: str(field.metadata.get("description", name))
        for name, field in linkage_mode(mode).terms_schema().fields.items()
    }


def _terms(old: AgreementVersion, new: AgreementVersion) -> list[Change]:
    titles = term_titles(new.mode)
    return [
        Change(titles.get(name, name), old.terms.get(name), new.terms.get(name))
        for name in sorted({*old.terms, *new.terms})
        if old.terms.get(name) != new.terms.get(name)
    ]


def _linked(
    before: Sequence[AgreementProduct], after: Sequence[AgreementProduct]
) -> dict[uuid.UUID, tuple[int | None, int | None]]:
    was = {one.product_id: one.linked_bp for one in before}
    now = {one.product_id: one.linked_bp for one in after}
    return {key: (was.get(key), now.get(key)) for key in sorted({*was, *now}) if was.get(key) != now.get(key)}
