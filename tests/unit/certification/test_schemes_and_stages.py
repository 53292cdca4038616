"""Who may apply, which office decides next, and where sales under a scheme count."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from marketplace.accounts.permission_titles import PERMISSIONS
from marketplace.accounts.permissions import ROLES
from marketplace.certification.rules.schemes import STATE_TITLES, scheme_of, schemes
from marketplace.certification.rules.stages import is_clerical, machine_of, state_before_notice
from marketplace.core.errors import IllegalTransition, Invalid

CHAINS = {
    "national_2020": (
        "township_reviewed sector_reviewed county_proposed in_public_notice county_decided city_reviewed "
        "province_rechecked record_filing published"
    ),
    "provincial": (
        "township_reviewed sector_reviewed county_proposed in_public_notice county_decided city_reviewed "
        "province_rechecked published"
    ),
    "city_local": (
        "township_reviewed sector_reviewed county_proposed in_public_notice county_decided city_reviewed published"
    ),
    "assoc_2024": "county_decided association_rechecked association_audited in_public_notice published",
    "platform_832": "county_recommended platform_reviewed published",
    "zhenpin": "city_reviewed in_public_notice published",
    "vegetable_basket": "county_recommended city_reviewed in_public_notice published",
}
AFTER_2024 = date(2024, 1, 1)


def test_each_scheme_has_its_own_chain_of_stages() -> None:
    assert {
        code: " ".join(step.state for step in scheme.steps) for code, scheme in schemes().items()
    } == CHAINS


@pytest.mark.parametrize("code", CHAINS)
def test_the_machine_walks_the_chain_and_nothing_skips_a_stage(code: str) -> None:
    machine = machine_of(code)
    path = ["draft", "submitted", *CHAINS[code].split()]
    for here, (current, target) in enumerate(pairwise(path)):
        assert machine.may(current, target)
        for later in path[here + 2 :]:
            with pytest.raises(IllegalTransition):
                machine.require(current, later)
    assert machine.terminal == {"published", "rejected", "withdrawn"}


@pytest.mark.parametrize("code", CHAINS)
def test_a_returned_application_may_only_be_submitted_again_or_withdrawn(code: str) -> None:
    assert machine_of(code).transitions["returned"] == ("submitted", "withdrawn")
    assert machine_of(code).transitions["rejected"] == ()


def test_every_review_may_return_or_reject_and_a_notice_may_be_held() -> None:
    table = machine_of("national_2020").transitions
    assert table["submitted"] == ("township_reviewed", "returned", "rejected", "withdrawn")
    assert table["county_proposed"] == ("in_public_notice",)
    assert table["in_public_notice"] == (
        "county_decided",
        "objection_open",
        "county_proposed",  # the notice was withdrawn
        "returned",
        "rejected",
    )
    assert table["objection_open"] == ("in_public_notice", "returned", "rejected", "county_proposed")
    assert table["record_filing"] == ("published",)
    assert machine_of("zhenpin").transitions["in_public_notice"] == (
        "published",
        "objection_open",
        state_before_notice(scheme_of("zhenpin")),
    )


@pytest.mark.parametrize(
    ("from_state", "to_state", "expected"),
    [
        ("county_proposed", "in_public_notice", True),
        ("in_public_notice", "objection_open", True),
        ("objection_open", "in_public_notice", True),
        ("in_public_notice", "county_proposed", True),
        ("objection_open", "county_proposed", True),
        ("sector_reviewed", "county_proposed", False),
        ("in_public_notice", "county_decided", False),
        ("objection_open", "returned", False),
    ],
)
def test_hanging_up_and_taking_down_a_notice_are_no_judgement_but_what_leads_on_is(
    from_state: str, to_state: str, expected: bool
) -> None:
    assert is_clerical(scheme_of("national_2020"), from_state, to_state) is expected


@pytest.mark.parametrize("code", CHAINS)
def test_a_scheme_with_a_notice_says_whether_the_first_day_counts(code: str) -> None:
    terms = scheme_of(code).notice
    assert (terms is None) == ("in_public_notice" not in CHAINS[code])
    assert terms is None or terms.first_day_counts is True


def test_whoever_takes_a_step_of_some_chain_may_enter_the_route_of_decisions_and_nobody_else() -> None:
    decided = {
        step.permission
        for scheme in schemes().values()
        for step in scheme.steps
        if step.kind in ("review", "decision", "filing")
    }
    assert {role.code for role in ROLES if role.permissions & decided} == {
        role.code for role in ROLES if "certification.decide" in role.permissions
    }


def test_whoever_decides_on_revocations_may_propose_them_so_two_of_an_office_are_enough() -> None:
    deciding = {role.code for role in ROLES if "certification.revoke" in role.permissions}
    proposing = {role.code for role in ROLES if "certification.revoke_propose" in role.permissions}
    assert deciding == {"county_officer", "city_officer", "province_officer", "association_reviewer"}
    assert proposing == deciding | {"sector_reviewer"}


def test_every_state_of_every_machine_has_a_title() -> None:
    assert {state for code in CHAINS for state in machine_of(code).states} == set(STATE_TITLES)


def test_the_step_due_names_level_permission_and_kind() -> None:
    scheme = scheme_of("national_2020")
    first = scheme.step_after("submitted")
    assert first is not None
    assert (first.state, first.level, first.permission, first.kind, first.limit_days) == (
        "township_reviewed",
        "town",
        "certification.township_review",
        "review",
        5,
    )
    assert scheme.step_to("province_rechecked") == scheme.step_after("city_reviewed")
    for nothing_due in ("draft", "published", "returned", "rejected", "withdrawn", "objection_open"):
        assert scheme.step_after(nothing_due) is None


def test_the_national_list_admits_the_22_provinces_of_the_centre_and_west_only() -> None:
    national = scheme_of("national_2020")
    assert len(national.places) == 22
    assert national.admits_place("450922")
    assert not national.admits_place("441403")
    assert scheme_of("city_local").admits_place("441403")
    assert not scheme_of("city_local").admits_place("450922")
    assert scheme_of("provincial").admits_place("441403")


def test_trading_firms_and_single_households_apply_for_no_aid_scheme() -> None:
    for scheme in schemes().values():
        if scheme.counts_as_aid != "none":
            assert not {"trading_agent", "individual_business"} & set(scheme.applicant_kinds)


def test_marks_of_quality_and_the_832_listing_never_make_aid_sales() -> None:
    aid = {code for code, scheme in schemes().items() if scheme.makes_certified_aid(AFTER_2024)}
    assert aid == {"national_2020", "provincial", "city_local", "assoc_2024"}
    assert [code for code, scheme in schemes().items() if scheme.counts_in_reserve] == ["platform_832"]


def test_a_scheme_counts_in_the_reports_of_its_own_reach_and_from_its_own_day() -> None:
    national, provincial, city = scheme_of("national_2020"), scheme_of("provincial"), scheme_of("city_local")
    day = date(2020, 9, 12)
    assert national.counts_in("", "450922", day)
    assert national.counts_in("4514", "450922", day)
    assert not provincial.counts_in("", "450922", day)
    assert provincial.counts_in("45", "450922", day)
    assert not provincial.counts_in("44", "450922", day)
    assert not city.counts_in("44", "441403", day)
    assert city.counts_in("4414", "441403", day)
    assert not city.counts_in("4408", "441403", day)
    association = scheme_of("assoc_2024")
    assert not association.counts_in("", "450922", date(2023, 12, 31))
    assert association.counts_in("", "450922", AFTER_2024)
    assert not scheme_of("zhenpin").counts_in("4403", "440300", AFTER_2024)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        scheme_of("national_2019")
    assert refused.value.code == "scheme_unknown"


def test_every_step_asks_for_a_permission_that_some_role_brings() -> None:
    brought = {permission for role in ROLES for permission in role.permissions}
    asked = {step.permission for scheme in schemes().values() for step in scheme.steps}
    assert asked <= brought
    assert asked <= set(PERMISSIONS)
