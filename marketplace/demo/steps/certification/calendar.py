"""The days on which each wave of applications reaches each state: working days, a notice five of them long."""

from __future__ import annotations

from datetime import date
from typing import Final

#: state reached → the day on which it is, for each wave.
OLD: Final = {
    "submitted": date(2018, 5, 7), "township_reviewed": date(2018, 5, 8), "sector_reviewed": date(2018, 5, 10),
    "county_proposed": date(2018, 5, 14), "in_public_notice": date(2018, 5, 15), "county_decided": date(2018, 5, 22),
    "city_reviewed": date(2018, 5, 24), "published": date(2018, 5, 28),
}  # fmt: skip
LOCAL: Final = {
    "submitted": date(2019, 11, 4), "township_reviewed": date(2019, 11, 5), "sector_reviewed": date(2019, 11, 7),
    "county_proposed": date(2019, 11, 11), "in_public_notice": date(2019, 11, 12), "county_decided": date(2019, 11, 19),
    "city_reviewed": date(2019, 11, 21), "published": date(2019, 11, 25),
}  # fmt: skip
NATIONAL: Final = {
    "submitted": date(2020, 2, 17), "township_reviewed": date(2020, 2, 18), "sector_reviewed": date(2020, 2, 20),
    "county_proposed": date(2020, 2, 24), "in_public_notice": date(2020, 2, 25), "county_decided": date(2020, 3, 3),
    "city_reviewed": date(2020, 3, 6), "province_rechecked": date(2020, 3, 12), "record_filing": date(2020, 3, 18),
    "published": date(2020, 3, 25),
}  # fmt: skip
#: A product sent back for correction goes the chain again a week later; a renewal is applied for in the last 90 days.
AGAIN: Final = {
    "submitted": date(2019, 11, 18), "township_reviewed": date(2019, 11, 19), "sector_reviewed": date(2019, 11, 21),
    "county_proposed": date(2019, 11, 25), "in_public_notice": date(2019, 11, 26), "county_decided": date(2019, 12, 3),
    "city_reviewed": date(2019, 12, 5), "published": date(2019, 12, 9),
}  # fmt: skip
RENEWAL: Final = {
    "submitted": date(2020, 3, 9), "township_reviewed": date(2020, 3, 10), "sector_reviewed": date(2020, 3, 12),
    "county_proposed": date(2020, 3, 16), "in_public_notice": date(2020, 3, 17), "county_decided": date(2020, 3, 24),
    "city_reviewed": date(2020, 3, 26), "published": date(2020, 3, 30),
}  # fmt: skip
