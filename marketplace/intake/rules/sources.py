"""Who may speak of a sale, in the order in which they are believed, and the other numbers of `intake/duplicates.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

_DATA: Final[dict[str, Any]] = tomllib.loads(
    resources.files("marketplace.intake").joinpath("duplicates.toml").read_text("utf-8")
)
OWN_ORDER: Final = "own_order"
PLATFORM: Final = "platform_export"
DEVICE: Final = "channel_device"
BY_HAND: Final = "hand_upload"

#: How many days apart two reports of one sale may be dated, and what else is counted in days.
DAYS: Final[dict[str, int]] = _DATA["days"]
#: How many reports are compared with one.
MOST_CANDIDATES: Final[int] = _DATA["most"]["candidates"]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of reporter; of two the one with the lower rank stands in the ledger."""

    code: str
    rank: int
    zh: str
    en: str


SOURCES: Final[dict[str, Source]] = {
    one["code"]: Source(one["code"], rank, one["zh"], one["en"]) for rank, one in enumerate(_DATA["source"])
}


def source_of(adapter_source: str, *, is_by_hand: bool) -> Source:
    """Who speaks: what the adapter says; a person who hands in for a device is not the device."""
    return SOURCES[BY_HAND if is_by_hand and adapter_source == DEVICE else adapter_source]
