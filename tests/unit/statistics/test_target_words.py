"""A target's published words as a figure, or as words with the reason; nothing is guessed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.sheets.cells import CellRefused
from marketplace.statistics.targets.measures import by_words
from marketplace.statistics.targets.reading import TargetFigure, read_figure


@pytest.mark.parametrize(
    ("text", "unit", "column_unit", "figure"),
    [
        ("1000亿元以上", "fen", None, TargetFigure(10_000_000_000_000, qualifier="at_least")),
        (
            "约115.04亿元(由121.69/105.78%反推)",
            "fen",
            None,
            TargetFigure(1_150_400_000_000, qualifier="about"),
        ),
        ("3到5万元", "fen", None, TargetFigure(3_000_000, 5_000_000, "range")),
        ("880", "fen", "万元", TargetFigure(880_000_000)),
        ("不低于30%", "bp", None, TargetFigure(3_000, qualifier="at_least")),
        (
            "原则上不低于本单位年度食堂食材采购总金额的30%",
            "bp",
            None,
            TargetFigure(3_000, qualifier="at_least"),
        ),
        ("不低于10%,鼓励15%", "bp", None, TargetFigure(1_000, qualifier="at_least")),
        (
            "不低于15%且金额原则上不低于上年",
            "bp",
            None,
            TargetFigure(1_500, qualifier="at_least", relative_to="previous_year"),
        ),
        ("12.5%", "bp", None, TargetFigure(1_250)),
        ("1.5万台", "count", None, TargetFigure(15_000)),
        ("1000个左右", "count", None, TargetFigure(1_000, qualifier="about")),
        ("不少于50台", "count", None, TargetFigure(50, qualifier="at_least")),
    ],
)
def test_what_says_one_figure_is_read_with_how_sure_it_is(
    text: str, unit: str, column_unit: str | None, figure: TargetFigure
) -> None:
    assert read_figure(text, unit, column_unit) == figure


@pytest.mark.parametrize(
    ("text", "unit", "figure"),
    [
        ("不低于去年", "fen", TargetFigure(None, None, "at_least", "previous_year", "relative")),
        ("比上年增长20%", "fen", TargetFigure(None, None, "exact", "previous_year", "relative")),
        ("全覆盖", "count", TargetFigure(reason="no_number")),
        ("全覆盖", "fen", TargetFigure(reason="no_number")),
        ("尽力而为", "bp", TargetFigure(reason="no_number")),
        ("18个线上、90个线下(共108个)", "count", TargetFigure(reason="several_amounts")),
        ("21个地级以上市各1个以上", "count", TargetFigure(reason="several_amounts")),
        ("不低于10%,不高于20%", "bp", TargetFigure(reason="several_amounts")),
        ("50亿元、60亿元", "fen", TargetFigure(reason="several_amounts")),
        ("40亿元", "", TargetFigure(reason="not_measured")),
    ],
)
def test_what_says_no_one_figure_keeps_its_words_and_the_reason(
    text: str, unit: str, figure: TargetFigure
) -> None:
    assert read_figure(text, unit) == figure


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("-5亿元", "fen", "amount_negative"),
        ("5亿美元", "fen", "amount_other_currency"),
        ("1.2.3亿元", "fen", "amount_malformed_number"),
        ("5000", "fen", "unit_missing"),
        ("30", "bp", "unit_missing"),
        ("130%", "bp", "out_of_range"),
        ("33.333%", "bp", "out_of_range"),
        ("1.5台", "count", "out_of_range"),
        ("0台", "count", "out_of_range"),
        ("3箱", "count", "amount_unknown_words"),
    ],
)
def test_a_figure_that_cannot_be_read_is_refused(text: str, unit: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        read_figure(text, unit)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("销售扶贫产品金额", "aid_sales"),
        ("消费扶贫总金额", "consumption_aid_amount"),
        ("消费扶贫专柜", "points_counter"),
        ("线上/线下专区", "other"),
        ("预留年度食堂食材采购份额", "reserve_ratio"),
        ("消费扶贫专柜、专馆、专区和社会扶贫网广东馆", "other"),
    ],
)
def test_an_indicator_is_one_of_ours_only_where_its_words_say_so(words: str, code: str) -> None:
    assert by_words(words).code == code


@given(st.text(max_size=40), st.sampled_from(["fen", "count", "bp", ""]))
def test_any_text_is_read_kept_or_refused_and_never_crashes(text: str, unit: str) -> None:
    with suppress(CellRefused):
        figure = read_figure(text, unit)
        assert (figure.amount is None) == (figure.reason is not None)
