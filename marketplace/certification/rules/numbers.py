"""The catalogue number (目录编号): ``<county 6>-<year 4>-<batch 2>-<sequence 4>``, such as 450922-2020-03-0017.

A convention of this project (no national grammar is published); unique per scheme. It is the one number that may be read apart.
Source: docs/rules.md, "Catalogue number".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from marketplace.core.errors import Invalid

_GRAMMAR: Final = re.compile(r"([1-8]\d{5})-(20\d{2})-(\d{2})-(\d{4})", re.ASCII)


@dataclass(frozen=True)
class CatalogueNumber:
    """The four parts: county code (6 digits), year, batch of that year (1-99), sequence in the batch (1-9999)."""

    area_code: str
    year: int
    batch: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.area_code}-{self.year:04d}-{self.batch:02d}-{self.sequence:04d}"


def catalogue_number(area_code: str, year: int, batch: int, sequence: int) -> CatalogueNumber:
    """The number of these parts; `Invalid` (code ``catalogue_no``) when one is out of its range."""
    return parse_catalogue_number(f"{area_code[:6]}-{year:04d}-{batch:02d}-{sequence:04d}")


def parse_catalogue_number(text: str) -> CatalogueNumber:
    """Read a number; `Invalid` (code ``catalogue_no``) when it does not follow the grammar."""
    matched = _GRAMMAR.fullmatch(text)
    if matched is None or int(matched[3]) == 0 or int(matched[4]) == 0:
        raise Invalid("catalogue_no", "目录编号应为 6位区划-4位年份-2位批次-4位序号", pointer="catalogue_no")
    return CatalogueNumber(matched[1], int(matched[2]), int(matched[3]), int(matched[4]))
