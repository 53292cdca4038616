"""Counts of households and people, and package sizes, as published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.counts import UNITS, parse_counts
from marketplace.core.specs import MAX_MILLIGRAMS, Spec, parse_spec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("226名贫困户", [(226, None, "exact", "household")]),
        ("244戶貧困戶", [(244, None, "exact", "household")]),
        ("50戶農戶", [(50, None, "exact", "household")]),
        ("2908户11632人", [(2908, None, "exact", "household"), (11632, None, "exact", "person")]),
        ("33个省定贫困村、81个分散村", [(33, None, "exact", "village"), (81, None, "exact", "village")]),
        ("4000多户贫困户,首批67家企业", [(4000, None, "over", "household")]),
        ("一百多户村民", [(100, None, "over", "household")]),
        ("带动鹅石村全体贫困户", []),
        ("数百户", []),
        ("贫困户5.6万人", [(56_000, None, "exact", "person")]),
        ("60606人次", [(60_606, None, "exact", "person_time")]),
        ("近300万农户", [(3_000_000, None, "nearly", "household")]),
        ("6.8万贫困户25.23万人", [(68_000, None, "exact", "household"), (252_300, None, "exact", "person")]),
        ("131条村、5969户", [(131, None, "exact", "village"), (5969, None, "exact", "household")]),
        ("110条对口帮扶贫困村", [(110, None, "exact", "village")]),
        ("贫困户30多人", [(30, None, "over", "person")]),
        ("3502名困难人口", [(3502, None, "exact", "person")]),
        ("三四十户", [(30, 40, "range", "household")]),
        ("30人以上", [(30, None, "at_least", "person")]),
        ("120亩茶园,村集体年13万元以上,带动39户贫困户年人均增收1400元左右", [(39, None, "exact", "household")]),
        ("1.5户", []),
        ("", []),
        (None, []),
    ],
)  # fmt: skip
def test_counts_of_people_keep_their_unit(
    text: str | None, expected: list[tuple[int, int | None, str, str]]
) -> None:
    found = [(c.value, c.upper, c.qualifier, c.unit) for c in parse_counts(text)]
    assert found == expected


def test_the_printed_classifier_stays_beside_a_count_of_households() -> None:
    assert [count.word for count in parse_counts("226名贫困户,贫困户5.6万人")] == ["名", "人"]


@given(st.text(alphabet="0123456789.,几数一二三百千万多近约户人名次贫困村个条农民均以上左右", max_size=40))
def test_no_text_makes_the_counter_crash(text: str) -> None:
    for count in parse_counts(text):
        assert count.unit in UNITS
        assert count.value >= 0


@pytest.mark.parametrize(
    ("text", "weight_mg", "upper_mg", "volume_ml", "pieces", "per"),
    [
        ("5斤", 2_500_000, None, None, None, None),
        ("5斤装", 2_500_000, None, None, None, None),
        ("2.5kg", 2_500_000, None, None, None, None),
        ("2500g", 2_500_000, None, None, None, None),
        ("5公斤", 5_000_000, None, None, None, None),
        ("三斤", 1_500_000, None, None, None, None),
        ("半斤", 250_000, None, None, None, None),
        ("二两", 100_000, None, None, None, None),
        ("70g*2", 140_000, None, None, 2, None),
        ("125克x2袋", 250_000, None, None, 2, None),
        ("28g*10袋", 280_000, None, None, 10, None),
        ("12克/袋", 12_000, None, None, None, "袋"),
        ("8.5-9.5斤(3-4个装)", 4_250_000, 4_750_000, None, None, None),
        ("5升(约10斤)", 5_000_000, None, 5_000, None, None),
        ("500ml", None, None, 500, None, None),
        ("2个装(约5.5斤)", 2_750_000, None, None, 2, None),
        ("24枚(90-110g)", 90_000, 110_000, None, 24, "枚"),
        ("9枚标准装", None, None, None, 9, None),
        ("12枚(75#)", None, None, None, 12, None),
        ("1斤(约16颗)", 500_000, None, None, 16, None),
        ("10斤(70-80#)", 5_000_000, None, None, None, None),
        ("0.5g", 500, None, None, None, None),
    ],
)
def test_a_published_package_size_is_read(
    text: str, weight_mg: int | None, upper_mg: int | None, volume_ml: int | None, pieces: int | None, per: str | None
) -> None:  # fmt: skip
    assert parse_spec(text) == Spec(text, weight_mg, upper_mg, volume_ml, pieces, per)


@pytest.mark.parametrize(
    ("text", "reason"), [("", "empty"), (None, "empty"), ("大礼包", "no_size"), ("5" * 121, "too_long")]
)
def test_a_package_without_size_says_so(text: str | None, reason: str) -> None:
    assert parse_spec(text) == Spec(text or "", reason=reason)


def test_a_weight_in_whole_grams_is_given_in_grams_too() -> None:
    assert parse_spec("5斤").weight_g == 2_500
    assert parse_spec("0.5g").weight_g is None


@given(st.text(alphabet="0123456789.*x-~(约)斤克gkml升毫袋枚个装/半两三", max_size=30))
def test_no_text_makes_the_size_reader_crash(text: str) -> None:
    spec = parse_spec(text)
    assert spec.weight_mg is None or 0 < spec.weight_mg <= MAX_MILLIGRAMS
    assert spec.upper_mg is None or (spec.weight_mg is not None and spec.weight_mg < spec.upper_mg)
