"""Reading published amounts: every real cell of the published tables, then the edges of the grammar."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.core.money import MAX_FEN
from marketplace.core.qualifiers import QUALIFIERS
from marketplace.core.rmb import capital_figures

PUBLISHED = Path(__file__).parents[2] / "data" / "published_amounts.csv"


def published_cells() -> list[dict[str, str]]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("cell", published_cells(), ids=lambda cell: cell["text"][:30] or "blank")
def test_a_published_cell_reads_as_reviewed(cell: dict[str, str]) -> None:
    amount = parse_money(cell["text"], cell["column_unit"])
    expected = Amount(
        raw_text=cell["text"],
        value_fen=int(cell["value_fen"]) if cell["value_fen"] else None,
        upper_fen=int(cell["upper_fen"]) if cell["upper_fen"] else None,
        qualifier=cell["qualifier"] or "exact",
        unit=cell["unit"] or "元",
        reason=cell["reason"] or None,
    )
    assert amount == expected


@pytest.mark.parametrize(
    ("text", "value_fen", "upper_fen", "qualifier"),
    [
        ("约500万元", 500_000_000, None, "about"),
        ("1亿8600万元", 18_600_000_000, None, "exact"),
        ("1億8600萬元", 18_600_000_000, None, "exact"),
        ("3万亿元", 300_000_000_000_000, None, "exact"),
        ("2000元到4500元", 200_000, 450_000, "range"),
        ("三四千元", 300_000, 400_000, "range"),
        ("3-5万元", 3_000_000, 5_000_000, "range"),
        ("9000-1万元", 900_000, 1_000_000, "range"),
        ("80到100元", 8_000, 10_000, "range"),
        ("超过了千万", 1_000_000_000, None, "over"),
        ("近万元", 1_000_000, None, "nearly"),
        ("不低于50万元", 50_000_000, None, "at_least"),
        ("50万元(含)以上", 50_000_000, None, "at_least"),
        ("不超过3万元", 3_000_000, None, "at_most"),
        ("大概3900多亿元", 39_000_000_000_000, None, "over"),
        ("突破20亿元", 200_000_000_000, None, "over"),
        ("１２．５元", 1_250, None, "exact"),
        ("1,234,567.89元", 123_456_789, None, "exact"),
        ("¥98.00", 9_800, None, "exact"),
        ("5角", 50, None, "exact"),
        ("一千万零五百元", 1_000_050_000, None, "exact"),
        ("一百零五元", 10_500, None, "exact"),
        ("十五万", 15_000_000, None, "exact"),
        ("两千三百元", 230_000, None, "exact"),
        ("3.5千元", 350_000, None, "exact"),
        ("0", 0, None, "exact"),
    ],
)
def test_a_written_amount_is_read_to_the_fen(
    text: str, value_fen: int, upper_fen: int | None, qualifier: str
) -> None:
    amount = parse_money(text)
    assert (amount.value_fen, amount.upper_fen, amount.qualifier, amount.reason) == (
        value_fen,
        upper_fen,
        qualifier,
        None,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "empty"),
        ("   ", "empty"),
        ("NaN", "no_number"),
        ("Infinity", "no_number"),
        ("1e5", "unknown_words"),
        ("0x10", "unknown_words"),
        ("1_000", "unknown_words"),
        ("٣元", "foreign_digits"),
        ("५००", "foreign_digits"),
        ("5²", "foreign_digits"),
        ("-5", "negative"),
        ("−5元", "negative"),
        ("¥-5", "negative"),
        ("1万5", "ambiguous_number"),
        ("一百五元", "ambiguous_number"),
        ("3到三十万元", "ambiguous_number"),
        ("1,23元", "malformed_number"),
        ("1.2.3元", "malformed_number"),
        ("1.5亿8600万元", "malformed_number"),
        ("8600万1亿元", "ambiguous_number"),
        ("5百3千元", "malformed_number"),
        ("二〇二〇", "malformed_number"),
        ("4500到2000元", "range_reversed"),
        ("100-100元", "range_reversed"),
        ("超过5万元以下", "contradictory"),
        ("近300多万元", "contradictory"),
        ("887.5万+170万=1057.5万元", "several_amounts"),
        ("1元到2元到3元", "several_amounts"),
        ("1053万美元", "other_currency"),
        ("0.001元", "below_fen"),
        ("99999999999亿元", "too_large"),
        ("不低于去年", "no_number"),
        ("价" * 201, "too_long"),
    ],
)
def test_what_cannot_be_read_keeps_its_words_and_says_why(text: str | None, reason: str) -> None:
    assert parse_money(text) == Amount(raw_text=text or "", reason=reason)


def test_the_unit_of_the_column_holds_for_bare_figures_only() -> None:
    assert parse_money("880", "万元").value_fen == 880_000_000
    assert parse_money("880万", "万元").value_fen == 880_000_000
    assert parse_money("880元", "万元").value_fen == 88_000
    assert parse_money("3-5", "万元").upper_fen == 5_000_000


def test_a_rate_keeps_what_it_is_per() -> None:
    assert parse_money("2.4元/公斤").unit == "元/公斤"
    assert parse_money("≥105.75万元/年") == Amount("≥105.75万元/年", 105_750_000, None, "at_least", "元/年")


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_crash_or_answer_half(text: str) -> None:
    amount = parse_money(text)
    assert (amount.value_fen is None) == (amount.reason is not None)
    assert amount.reason is None or amount.reason in REASONS_ZH
    assert amount.qualifier in QUALIFIERS


@given(st.text(alphabet="0123456789.,-~元万亿千百十零一二三五多余约超近到以上以下/年(", max_size=25))
def test_no_near_amount_makes_the_reader_crash_or_answer_half(text: str) -> None:
    amount = parse_money(text)
    assert (amount.value_fen is None) == (amount.reason is not None)
    assert amount.upper_fen is None or (amount.value_fen is not None and amount.value_fen < amount.upper_fen)


@given(st.integers(min_value=0, max_value=MAX_FEN))
def test_capital_figures_read_back_as_the_same_amount(amount_fen: int) -> None:
    assert parse_money(capital_figures(amount_fen)).value_fen == amount_fen


@pytest.mark.parametrize(
    ("amount_fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (1_000_000_000_000_00, "壹万亿元整"),
        (1_000_200_000_000_00, "壹万零贰亿元整"),
        (10_000_000_500, "壹亿零伍元整"),
        (-9_800, "负玖拾捌元整"),
    ],
)
def test_capital_figures_follow_the_rules_for_vouchers(amount_fen: int, words: str) -> None:
    assert capital_figures(amount_fen) == words


def test_capital_figures_refuse_an_amount_beyond_the_trade() -> None:
    with pytest.raises(ValueError, match="out of range"):
        capital_figures(MAX_FEN + 1)
