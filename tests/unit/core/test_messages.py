import pytest

from marketplace.core import messages


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh"),
        ("*", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("en;q=0.8,zh;q=0.9", "zh"),
        ("fr-FR,fr;q=0.9", "zh"),
        ("fr,en;q=0.5", "en"),
        ("en;q=0", "zh"),
        ("en;q=nonsense", "zh"),
        (";;;,,,\x00", "zh"),
        ("x" * 100_000, "zh"),
    ],
)
def test_chinese_unless_english_is_wanted_more(header: str, locale: str) -> None:
    assert messages.negotiate(header) == locale


def test_a_sentence_is_filled_from_the_refusal_and_never_half_filled() -> None:
    code, chinese = "unknown_measure", "没有指标 x"
    filled = messages.problem_detail(code, chinese, "en", {"known": ["a", "b"]}, default_code="bad_request")
    assert filled == "There is no such measure; known: a, b."
    bare = messages.problem_detail(code, chinese, "en", {}, default_code="bad_request")
    assert bare == "The request cannot be read"
    assert messages.problem_detail(code, chinese, "zh", {}, default_code="bad_request") == chinese


def test_braces_in_a_value_are_shown_as_they_are() -> None:
    said = messages.problem_detail(
        "unknown_view", "", "en", {"known": ["{0}", "{known}"]}, default_code="bad_request"
    )
    assert said == "There is no such view; known: {0}, {known}."


def test_sentences_of_one_shape_keep_what_the_library_filled_in() -> None:
    assert messages.text("Length must be between 1 and 20.", "zh") == "长度应为 1 至 20"
    assert messages.text("应为 0 至 10 之间的整数", "en") == "Must be a whole number from 0 to 10."
    assert messages.text("Must be one of: a, b.", "zh") == "应为以下之一:a, b"
    assert messages.text("nobody knows this", "zh") == "nobody knows this"


def test_names_are_never_translated() -> None:
    assert messages.title("梅州市", "en") == "梅州市"
    assert messages.title("不含深圳市", "en") == "without 深圳市"
    assert messages.title("销售额", "en") == "Sales"
    assert messages.title("销售额", "zh") == "销售额"
