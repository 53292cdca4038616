"""Households as they were on a day, counted one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

HEADS = (
    "households",
    "persons",
    "file",
    "persons_file",
    "gd_relative",
    "monitored",
    "ordinary",
    "low_income",
)


@dataclass(frozen=True)
class State:
    """What a household is from a day on."""

    since: date
    file_status: str
    is_monitored: bool
    members: int
    is_low_income: bool | None


@dataclass
class Home:
    """A household: where it lives, by which standard it is on file, its history."""

    village: str
    standard: str
    states: list[State] = field(default_factory=list)

    def on(self, day: date) -> State | None:
        """Its state on a day."""
        found = [one for one in self.states if one.since <= day]
        return max(found, key=lambda one: one.since) if found else None


def heads(homes: dict[int, Home], numbers: Iterable[int], day: date) -> dict[str, int]:
    """Distinct households of `numbers` by what they are on the day."""
    found = dict.fromkeys(HEADS, 0)
    for number in set(numbers):
        home = homes[number]
        state = home.on(day)
        found["households"] += 1
        if state is None:
            continue
        on_file = state.file_status in ("registered", "graduated")
        national = on_file and home.standard == "national_registered"
        found["persons"] += state.members
        found["file"] += national
        found["persons_file"] += state.members if national else 0
        found["gd_relative"] += on_file and home.standard == "gd_relative"
        found["monitored"] += state.is_monitored
        found["ordinary"] += state.file_status == "never" and not state.is_monitored
        found["low_income"] += state.is_low_income is True
    return found
