"""What differs between two versions of an agreement: terms, days, products with their shares of sales, households on the roster.

Of the roster only numbers of households: how many came and how many left.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.beneficiaries.models import AgreementProduct, AgreementVersion
from marketplace.beneficiaries.roster import unpack
from marketplace.beneficiaries.service.lists import VersionView


@dataclass(frozen=True)
class Change:
    """A term that differs: its name in the mode's schema, what it was, what it is; None for nothing."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """Of a version against `version`, the one that it replaces.

    `linked`: the share of a product's sales (bp), None where it is not covered.
    """

    version: int
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


def differences(views: Sequence[VersionView]) -> list[Difference | None]:
    """Of each of an agreement's versions, newest first, against the one that it replaces; None where it replaces none.

    That is the approved version in force on the day before its first one, else the newest approved before it: what was
    refused, or never handed in, was never in force.
    """
    found: list[Difference | None] = []
    for place, view in enumerate(views):
        approved = [one for one in views[place + 1 :] if one.version.state == "approved"]
        first = view.version.valid.lower
        in_force = [one for one in approved if first is None or _holds_until(one.version, first)]
        replaced = next(iter(in_force or approved), None)
        found.append(None if replaced is None else difference(replaced, view))
    return found


def difference(before: VersionView, after: VersionView) -> Difference:
    """What `after` says otherwise than `before`."""
    old, new = before.version, after.version
    was, now = unpack(old.roster_bitmap), unpack(new.roster_bitmap)
    return Difference(
        version=old.version,
        terms=_terms(old, new),
        linked=_linked(before.products, after.products),
        households_added=len(now - was),
        households_gone=len(was - now),
        village_bp=None if old.village_bp == new.village_bp else (old.village_bp, new.village_bp),
    )


def _holds_until(version: AgreementVersion, day: date) -> bool:
    """Whether a version holds on the day, or ended on it as its successor was approved."""
    begins, ends = version.valid.lower, version.valid.upper
    return (begins is None or begins < day) and (ends is None or ends >= day)


def _terms(old: AgreementVersion, new: AgreementVersion) -> list[Change]:
    return [
        Change(name, old.terms.get(name), new.terms.get(name))
        for name in sorted({*old.terms, *new.terms})
        if old.terms.get(name) != new.terms.get(name)
    ]


def _linked(
    before: Sequence[AgreementProduct], after: Sequence[AgreementProduct]
) -> dict[uuid.UUID, tuple[int | None, int | None]]:
    was = {one.product_id: one.linked_bp for one in before}
    now = {one.product_id: one.linked_bp for one in after}
    return {key: (was.get(key), now.get(key)) for key in sorted({*was, *now}) if was.get(key) != now.get(key)}
