"""What a line may be called at an instant: the certificate's ends, the supplier, the spec, the channel, the origin."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.rules.areas import is_assisted
from marketplace.catalogue.rules.eligibility import (
    GoodsFacts,
    Verdict,
    classify,
    decided_by,
    next_turn,
    same_spec,
    valid_schemes,
)
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.core.clock import shanghai

PRODUCER, AGENT, OTHER = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
CERTIFICATE = CertificateFacts(
    id=uuid.UUID(int=9),
    certificate_no=9,
    scheme="national_2020",
    producer_id=PRODUCER,
    spec="5斤/箱",
    valid_from=date(2020, 9, 12),
    valid_to=date(2022, 9, 11),
    suspended=False,
    void_from=None,
    revoked=False,
)
GOODS = GoodsFacts(origin_area="469025", spec="5斤/箱", seller_id=PRODUCER, seller_agent_of_id=None)
HALL = channel_kind("hall_online")
NOON = shanghai(2020, 10, 1, 12)


def verdict(
    certificate: CertificateFacts = CERTIFICATE, goods: GoodsFacts = GOODS, at: datetime = NOON
) -> tuple[str, str | None]:
    found = classify(goods, [certificate], HALL, at)
    return found.goods_class, found.reason


def test_a_certificate_in_force_makes_certified_aid_until_its_last_day() -> None:
    assert classify(GOODS, [CERTIFICATE], HALL, NOON) == Verdict(
        "certified_aid",
        None,
        "area_produce",
        CERTIFICATE.id,
        "national_2020",
        ("national_2020",),
        date(2022, 9, 11),
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (shanghai(2020, 9, 11, 23, 59, 59), ("area_produce", "certificate_not_yet_valid")),
        (shanghai(2020, 9, 12), ("certified_aid", None)),
        (shanghai(2022, 9, 11, 23, 59, 59), ("certified_aid", None)),
        (shanghai(2022, 9, 12), ("area_produce", "certificate_expired")),
    ],
)
def test_both_days_of_validity_are_inclusive_shanghai_days(
    at: datetime, expected: tuple[str, str | None]
) -> None:
    assert verdict(at=at) == expected


def test_a_suspended_or_revoked_certificate_does_not_count() -> None:
    assert verdict(replace(CERTIFICATE, suspended=True)) == ("area_produce", "certificate_suspended")
    for revoked in (True, False):  # revoked, or amended: either is void
        void = replace(CERTIFICATE, void_from=NOON, revoked=revoked)
        assert verdict(void) == ("area_produce", "certificate_revoked")
    later = shanghai(2020, 10, 1, 12, 0, 1)
    assert verdict(replace(CERTIFICATE, void_from=later)) == ("certified_aid", None)


def test_only_the_certified_producer_or_its_registered_agent_sells_certified_aid() -> None:
    assert verdict(goods=replace(GOODS, seller_id=OTHER)) == ("area_produce", "supplier_mismatch")
    agent = replace(GOODS, seller_id=AGENT, seller_agent_of_id=PRODUCER)
    assert verdict(goods=agent) == ("certified_aid", None)
    agent_of_another = replace(GOODS, seller_id=AGENT, seller_agent_of_id=OTHER)
    assert verdict(goods=agent_of_another) == ("area_produce", "supplier_mismatch")


def test_another_spec_is_not_what_was_certified() -> None:
    assert verdict(goods=replace(GOODS, spec="10斤/箱")) == ("area_produce", "spec_mismatch")
    assert verdict(goods=replace(GOODS, spec=" 5 斤／箱 ")) == ("certified_aid", None)
    assert same_spec("250g×12", "250G X 12")
    assert not same_spec("250g×12", "250g×10")


def test_goods_without_certificate_are_area_produce_or_ordinary_by_origin() -> None:
    assert classify(GOODS, [], HALL, NOON) == Verdict("area_produce", "no_certificate", "area_produce")
    guangzhou = replace(GOODS, origin_area="440106")
    assert classify(guangzhou, [], HALL, NOON) == Verdict("ordinary", "no_certificate", "ordinary")


def test_quality_marks_and_832_admission_never_make_aid() -> None:
    for scheme in ("zhenpin", "vegetable_basket", "platform_832"):
        assert verdict(replace(CERTIFICATE, scheme=scheme)) == ("area_produce", "no_certificate")


def test_a_scheme_counts_only_from_its_own_first_day() -> None:
    early = replace(
        CERTIFICATE, scheme="assoc_2024", valid_from=date(2023, 1, 1), valid_to=date(2025, 12, 31)
    )
    assert verdict(early, at=shanghai(2023, 12, 31, 12)) == ("area_produce", "no_certificate")
    assert verdict(early, at=shanghai(2024, 1, 1)) == ("certified_aid", None)


def test_of_several_certificates_the_national_one_leads_and_all_schemes_are_kept() -> None:
    city = replace(
        CERTIFICATE, id=uuid.UUID(int=4), certificate_no=4, scheme="city_local", valid_to=date(2023, 1, 1)
    )
    found = classify(GOODS, [city, CERTIFICATE], HALL, NOON)
    assert (found.certificate_id, found.scheme) == (CERTIFICATE.id, "national_2020")
    assert found.schemes == ("national_2020", "city_local")
    assert found.aid_until == date(2023, 1, 1)


def test_a_renewal_that_follows_without_a_gap_prolongs_the_name() -> None:
    renewal = replace(
        CERTIFICATE, certificate_no=10, valid_from=date(2022, 9, 12), valid_to=date(2024, 9, 11)
    )
    late = replace(renewal, valid_from=date(2022, 9, 13))
    suspended = replace(renewal, suspended=True)
    assert classify(GOODS, [CERTIFICATE, renewal], HALL, NOON).aid_until == date(2024, 9, 11)
    assert classify(GOODS, [CERTIFICATE, late], HALL, NOON).aid_until == date(2022, 9, 11)
    assert classify(GOODS, [CERTIFICATE, suspended], HALL, NOON).aid_until == date(2022, 9, 11)


def test_an_amendment_that_begins_later_ends_the_name_the_day_before() -> None:
    amended = replace(CERTIFICATE, void_from=shanghai(2021, 3, 1))
    assert classify(GOODS, [amended], HALL, NOON).aid_until == date(2021, 2, 28)
    other_spec = replace(CERTIFICATE, certificate_no=10, spec="10斤/箱", valid_from=date(2021, 3, 1))
    assert classify(GOODS, [amended, other_spec], HALL, NOON).aid_until == date(2021, 2, 28)
    same_spec_again = replace(CERTIFICATE, certificate_no=10, valid_from=date(2021, 3, 1))
    assert classify(GOODS, [amended, same_spec_again], HALL, NOON).aid_until == date(2022, 9, 11)


def test_the_nearest_miss_is_told() -> None:
    expired = replace(CERTIFICATE, certificate_no=1, valid_to=date(2020, 9, 30))
    other_spec = replace(CERTIFICATE, certificate_no=2, spec="10斤/箱")
    assert classify(GOODS, [expired, other_spec], HALL, NOON).reason == "spec_mismatch"


def test_what_a_channel_does_not_accept_is_sold_without_the_name() -> None:
    class CityOnly(type(HALL)):  # type: ignore[misc]
        accepted_schemes = ("city_local",)

    found = classify(GOODS, [CERTIFICATE], CityOnly(), NOON)
    assert (found.goods_class, found.reason) == ("area_produce", "scheme_not_accepted")


NEXT = replace(CERTIFICATE, valid_from=date(2022, 9, 12), valid_to=date(2024, 9, 11))
AMENDED = replace(CERTIFICATE, void_from=shanghai(2021, 3, 1))
NEVER = replace(NEXT, void_from=shanghai(2022, 9, 12), revoked=True)


@pytest.mark.parametrize(
    ("certificates", "at", "turns_on"),
    [
        ([], NOON, None),
        ([CERTIFICATE], shanghai(2020, 9, 11, 23, 59, 59), date(2020, 9, 12)),
        ([CERTIFICATE], shanghai(2020, 9, 12), date(2022, 9, 12)),
        ([CERTIFICATE], shanghai(2022, 9, 11, 23, 59, 59), date(2022, 9, 12)),
        ([CERTIFICATE], shanghai(2022, 9, 12), None),
        ([NEXT, CERTIFICATE], shanghai(2022, 9, 12), date(2024, 9, 12)),
        ([AMENDED, NEXT], NOON, date(2021, 3, 1)),
        ([AMENDED, NEXT], shanghai(2021, 3, 1), date(2022, 9, 12)),
        ([NEVER], NOON, None),
    ],
)
def test_goods_turn_on_the_first_day_of_a_certificate_and_on_the_day_after_its_last(
    certificates: list[CertificateFacts], at: datetime, turns_on: date | None
) -> None:
    assert next_turn(certificates, at) == turns_on


def test_admission_asks_for_certificates_in_force_of_any_scheme() -> None:
    listed = replace(CERTIFICATE, scheme="platform_832")
    suspended = replace(CERTIFICATE, scheme="provincial", suspended=True)
    assert valid_schemes([listed, suspended], NOON) == frozenset({"platform_832"})
    assert valid_schemes([listed], shanghai(2022, 9, 12)) == frozenset()


@pytest.mark.parametrize(
    ("origin", "day", "assisted"),
    [
        ("469025", date(2020, 9, 12), True),
        ("530602", date(2020, 9, 12), True),
        ("530602", date(2021, 9, 12), False),
        ("520203", date(2021, 9, 12), True),
        ("441481", date(2020, 9, 12), True),
        ("440106", date(2020, 9, 12), False),
        ("441421", date(2020, 9, 12), True),
    ],
)
def test_assisted_areas_are_the_paired_and_the_listed_ones_on_that_day(
    origin: str, day: date, assisted: bool
) -> None:
    assert is_assisted(origin, day) is assisted


_DAYS = st.dates(date(2019, 6, 1), date(2023, 6, 1))
_CERTIFICATES = st.lists(
    st.builds(
        lambda number, scheme, first, days, suspended, void, revoked: replace(
            CERTIFICATE,
            id=uuid.UUID(int=number),
            certificate_no=number,
            scheme=scheme,
            valid_from=first,
            valid_to=first + timedelta(days=days),
            suspended=suspended,
            void_from=void and shanghai(void.year, void.month, void.day, 11),
            revoked=revoked,
        ),
        st.integers(1, 9),
        st.sampled_from(["national_2020", "city_local", "zhenpin"]),
        _DAYS,
        st.integers(0, 900),
        st.booleans(),
        st.none() | _DAYS,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one.certificate_no,
)


@given(
    _CERTIFICATES, st.sampled_from(["469025", "440305", "513426"]), st.lists(_DAYS, min_size=12, max_size=12)
)
def test_sales_for_which_all_that_decides_is_the_same_have_the_same_verdict(
    certificates: list[CertificateFacts], origin: str, days: list[date]
) -> None:
    goods = replace(GOODS, origin_area=origin)
    verdicts: dict[object, Verdict] = {}
    for day in days:
        at = shanghai(day.year, day.month, day.day, 12)
        verdict = classify(goods, certificates, HALL, at)
        assert verdicts.setdefault(decided_by(origin, certificates, at), verdict) == verdict
