"""Pairings: who helps whom on a day."""

from __future__ import annotations

from datetime import date

from marketplace.core import pairings


def pairs(found: tuple[pairings.Pairing, ...]) -> list[tuple[str, str, str]]:
    return [(p.helper, p.helped, p.kind) for p in found]


def test_guangzhou_helps_meizhou_and_so_its_counties() -> None:
    assert pairs(pairings.helpers_of("441481", date(2020, 9, 12))) == [("440100", "441400", "省内对口帮扶")]


def test_zhongshan_helps_zhaotong_until_2021_then_liupanshui() -> None:
    before = pairs(pairings.helped_by("442000", date(2020, 9, 12)))
    after = pairs(pairings.helped_by("442000", date(2021, 9, 12)))
    assert ("442000", "530600", "东西部协作") in before
    assert ("442000", "520200", "东西部协作") not in before
    assert ("442000", "520200", "东西部协作") in after
    assert ("442000", "530600", "东西部协作") not in after


def test_the_last_day_of_a_pairing_counts_and_the_next_does_not() -> None:
    assert ("440600", "513400", "东西部协作") in pairs(pairings.helpers_of("513425", date(2021, 4, 7)))
    assert pairings.helpers_of("513425", date(2021, 4, 8)) == ()


def test_the_nearest_area_comes_first() -> None:
    assert [p.helper for p in pairings.helpers_of("522731", date(2022, 12, 8))] == [
        "440103",
        "440100",
        "440000",
    ]
    assert [p.helped for p in pairings.helped_by("441302", date(2022, 6, 1))] == [
        "522327",
        "522300",
        "450000",
        "520000",
    ]


def test_nobody_is_recorded_as_helping_an_area_without_pairing() -> None:
    assert pairings.helpers_of("440106", date(2020, 9, 12)) == ()


def test_every_pairing_has_a_known_kind_and_a_basis() -> None:
    assert len(pairings.all_pairings()) == 20
    assert {p.kind for p in pairings.all_pairings()} <= set(pairings.KINDS)
    assert all(p.basis for p in pairings.all_pairings())
