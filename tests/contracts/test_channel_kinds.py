"""Every channel kind keeps the same promises, whichever it is."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from marketplace.catalogue import channels
from marketplace.catalogue.channels import (
    CHANNEL_KINDS,
    REPORTING_KINDS,
    ChannelKind,
    ListingFacts,
    channel_kind,
)
from marketplace.certification.rules.schemes import schemes
from marketplace.core.errors import Invalid, InvalidMany

FOLDER = Path(channels.__file__).parent
EVERY_KIND = pytest.mark.parametrize("kind", CHANNEL_KINDS, ids=lambda kind: kind.code)


def test_there_are_the_kinds_of_the_four_channels_and_of_the_others_in_order() -> None:
    assert [(kind.code, kind.title_zh, kind.group, kind.feed_code) for kind in CHANNEL_KINDS] == [
        ("counter", "专柜", "counter", "02"),
        ("hall_online", "专馆(线上)", "hall", "03"),
        ("hall_offline", "专馆(线下)", "hall", "03"),
        ("zone", "专区", "zone", "01"),
        ("platform_832", "832平台", "platform_832", "03"),
        ("special_train", "专列", "other", "00"),
        ("special_station", "专站", "other", "00"),
        ("wholesale_market", "市场批发", "other", "00"),
        ("fair", "展销", "other", "00"),
        ("direct_supply", "直供", "other", "00"),
        ("village_outlet", "网点", "other", "00"),
        ("broadcast", "广电", "other", "00"),
    ]


def test_every_kind_is_one_file_of_its_own_name() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "protocol", "sites"}
    kinds = (*CHANNEL_KINDS, *REPORTING_KINDS)
    assert files == {kind.code for kind in kinds}
    assert all(type(kind).__module__.endswith(f".{kind.code}") for kind in kinds)


@EVERY_KIND
def test_a_kind_is_found_by_its_code_and_has_titles_in_both_languages(kind: ChannelKind) -> None:
    assert channel_kind(kind.code) is kind
    assert re.fullmatch(r"[a-z][a-z0-9_]+", kind.code)
    assert re.search(r"[\u4e00-\u9fff]", kind.title_zh)
    assert kind.title_en.isascii()
    assert kind.group in channels.GROUP_TITLES


@EVERY_KIND
def test_a_kind_accepts_only_schemes_that_count_and_names_only_known_sites(kind: ChannelKind) -> None:
    assert all(schemes()[code].counts_as_aid != "none" for code in kind.accepted_schemes)
    assert set(kind.site_kinds) <= set(channels.SITE_KINDS)
    assert kind.site_kinds


@EVERY_KIND
def test_example_terms_are_stored_as_json_and_read_back_the_same(kind: ChannelKind) -> None:
    stored = kind.parse_terms(kind.example_terms)
    assert stored == dict(kind.example_terms)
    assert kind.parse_terms(json.loads(json.dumps(stored))) == stored


@EVERY_KIND
def test_unknown_terms_are_refused_by_name(kind: ChannelKind) -> None:
    with pytest.raises(InvalidMany) as refused:
        kind.parse_terms({**kind.example_terms, "nonsense": 1})
    assert refused.value.code == "terms_invalid"
    assert [problem.pointer for problem in refused.value.fields] == ["/terms/nonsense"]


@EVERY_KIND
def test_whoever_may_list_may_list_with_everything_in_order(kind: ChannelKind) -> None:
    everything = ListingFacts(valid_schemes=frozenset(schemes()), is_832_supplier=True)
    assert kind.may_list(everything) is None


@EVERY_KIND
def test_a_levy_is_between_nothing_and_the_whole(kind: ChannelKind) -> None:
    terms = kind.parse_terms(kind.example_terms)
    assert 0 <= kind.levy_bp(terms, date(2020, 9, 12)) <= 10_000


def test_only_the_832_platform_asks_for_admission_and_for_public_buyers() -> None:
    nothing = ListingFacts(valid_schemes=frozenset({"national_2020"}), is_832_supplier=False)
    assert {kind.code: kind.may_list(nothing) for kind in CHANNEL_KINDS if kind.may_list(nothing)} == {
        "platform_832": "not_admitted_832"
    }
    listed = ListingFacts(valid_schemes=frozenset({"platform_832"}), is_832_supplier=False)
    assert channel_kind("platform_832").may_list(listed) is None
    assert [kind.code for kind in CHANNEL_KINDS if not kind.accepts_buyer("enterprise")] == ["platform_832"]
    assert channel_kind("platform_832").accepts_buyer("budget_unit")
    assert channel_kind("platform_832").accepts_buyer("union")
    assert channel_kind("platform_832").accepts_buyer("individual", for_budget_unit=True)


def test_nothing_is_listed_at_a_platform_that_only_reports() -> None:
    everything = ListingFacts(valid_schemes=frozenset(schemes()), is_832_supplier=True)
    assert [(kind.code, kind.may_list(everything)) for kind in REPORTING_KINDS] == [
        ("lower_platform", "no_point_of_sale")
    ]


def test_a_counter_levies_from_the_first_agreed_day_on() -> None:
    counter = channel_kind("counter")
    terms = counter.parse_terms({"levy_bp": 100, "levy_from": "2020-05-01"})
    assert counter.levy_bp(terms, date(2020, 4, 30)) == 0
    assert counter.levy_bp(terms, date(2020, 5, 1)) == 100
    assert counter.levy_bp(counter.parse_terms({}), date(2020, 5, 1)) == 0


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"levy_bp": 10_001, "levy_from": "2020-05-01"}, "/terms/levy_bp"),
        ({"levy_bp": -1, "levy_from": "2020-05-01"}, "/terms/levy_bp"),
        ({"levy_bp": 1.0, "levy_from": "2020-05-01"}, "/terms/levy_bp"),
        ({"levy_bp": 100}, "/terms/levy_from"),
        ({"levy_bp": 100, "levy_from": "yesterday"}, "/terms/levy_from"),
        ({"cabinet_no": ""}, "/terms/cabinet_no"),
    ],
)
def test_a_bad_levy_is_refused_by_name(terms: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidMany) as refused:
        channel_kind("counter").parse_terms(terms)
    assert [problem.pointer for problem in refused.value.fields] == [pointer]


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        channel_kind("bazaar")
    assert refused.value.code == "unknown_channel_kind"
