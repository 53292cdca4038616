"""Agreements: drafted by the producer, approved by the county, versions that never overlap."""

import uuid
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import Agreement, AgreementProduct, AgreementVersion, RosterShare
from marketplace.beneficiaries.roster import union
from marketplace.beneficiaries.service import (
    Coverage,
    approve_version,
    bitmaps,
    create_agreement,
    draft_version,
    end_version,
    load_households,
    period_versions,
    read_roster,
    refuse_version,
    register_collective,
    report_activity,
    submit_version,
    versions_active_for,
)
from marketplace.core.clock import shanghai
from marketplace.core.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    Invalid,
    InvalidMany,
    NotFound,
    PeriodClosed,
)

COUNTY = "441403"
OTHER_VILLAGE = "441422101201"
VILLAGE = "441403101201"

RENT = {"area_milli_mu": 10_000, "rent_fen_per_mu_year": 800_00}


def active(world: Any, at: Any) -> list[tuple[int, int]]:
    found = versions_active_for(world.session, [world.product.id], at)
    return [(one.version_no, one.linked_bp) for one in found]


def test_an_approved_version_stands_behind_its_product_from_its_first_day(world: Any) -> None:
    numbers = world.households(3)
    agreement = world.agreement()
    version = world.approved(agreement, world.version([(n, 1) for n in numbers]))
    assert active(world, shanghai(2020, 8, 31, 23, 59, 59)) == []
    assert active(world, shanghai(2020, 9, 1)) == [(version.version_no, 1_000)]
    found = versions_active_for(world.session, [world.product.id], shanghai(2020, 9, 15))[0]
    assert (found.agreement_no, found.mode, found.terms, found.households, found.village_bp) == (
        agreement.agreement_no,
        "sales_rebate",
        {"rebate_bp": 1_000},
        3,
        0,
    )


def test_a_draft_or_refused_version_stands_behind_nothing(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    drafted = draft_version(world.session, world.clerk, agreement.number, world.version([(numbers[0], 1)]))
    assert active(world, shanghai(2020, 9, 15)) == []
    submit_version(world.session, world.clerk, agreement.number, drafted.version)
    assert active(world, shanghai(2020, 9, 15)) == []
    refuse_version(world.session, world.officer, agreement.number, drafted.version, opinion="佐证不足")
    assert active(world, shanghai(2020, 9, 15)) == []
    assert (drafted.state, drafted.opinion) == ("refused", "佐证不足")


def test_versions_are_found_by_one_statement_in_order_of_agreement(world: Any) -> None:
    numbers = world.households(2)
    versions = [world.approved(world.agreement(), world.version([(n, 1)])) for n in numbers]
    statements: list[str] = []
    engine = world.session.get_bind()
    listener = lambda *args: statements.append(args[2])  # noqa: E731 - an event listener
    event.listen(engine, "before_cursor_execute", listener)
    try:
        found = versions_active_for(world.session, [world.product.id, uuid.uuid4()], shanghai(2020, 9, 2))
    finally:
        event.remove(engine, "before_cursor_execute", listener)
    assert [one.version_no for one in found] == [version.version_no for version in versions]
    assert len(statements) == 1


def test_the_roster_stands_in_rows_and_as_a_bitmap(world: Any) -> None:
    numbers = world.households(4)
    agreement = world.agreement()
    one = world.approved(agreement, world.version([(n, i + 1) for i, n in enumerate(numbers[:3])][::-1]))
    other = world.approved(world.agreement(), world.version([(n, 1) for n in numbers[2:]]))
    roster = read_roster(world.session, one.version_no)
    assert roster.household_nos.tolist() == numbers[:3]
    assert roster.shares.tolist() == [1, 2, 3]
    assert (one.households, one.shares_total) == (3, 6)
    packed = bitmaps(world.session, [one.version_no, other.version_no])
    assert len(union(list(packed.values()))) == 4


def test_a_new_version_ends_the_one_before_it(world: Any) -> None:
    numbers = world.households(2)
    agreement = world.agreement()
    first = world.approved(agreement, world.version([(numbers[0], 1)]))
    second = world.approved(
        agreement, world.version([(numbers[1], 1)], from_day=date(2020, 10, 1), terms={"rebate_bp": 500})
    )
    assert (first.valid.lower, first.valid.upper) == (date(2020, 9, 1), date(2020, 10, 1))
    assert [no for no, _ in active(world, shanghai(2020, 9, 30, 23, 59, 59))] == [first.version_no]
    assert [no for no, _ in active(world, shanghai(2020, 10, 1))] == [second.version_no]


def test_a_version_never_slips_under_a_later_one(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    world.approved(agreement, world.version([(numbers[0], 1)], from_day=date(2020, 10, 1)))
    with pytest.raises(Conflict, match="agreement_overlap"):
        world.approved(agreement, world.version([(numbers[0], 1)], from_day=date(2020, 9, 1)))
    world.session.rollback()


def test_a_version_is_never_back_dated_into_closed_books(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    world.close("2020-09")
    with pytest.raises(PeriodClosed):
        world.approved(agreement, world.version([(numbers[0], 1)], from_day=date(2020, 9, 30)))
    assert active(world, shanghai(2020, 9, 30)) == []
    world.approved(agreement, world.version([(numbers[0], 1)], from_day=date(2020, 10, 1)))


def test_who_drafted_does_not_approve_and_nobody_approves_their_own_organisation(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    drafted = draft_version(world.session, world.clerk, agreement.number, world.version([(numbers[0], 1)]))
    submit_version(world.session, world.clerk, agreement.number, drafted.version)
    officer = world.actor("county_officer")
    drafter = officer.__class__(
        officer.account_id, world.clerk.person_id, None, officer.held
    )  # another account of the clerk
    insider = officer.__class__(
        officer.account_id, officer.person_id, world.producer.organisation_id, officer.held
    )
    for actor, code in ((drafter, "same_person"), (insider, "own_organisation")):
        with pytest.raises(Forbidden, match=code):
            approve_version(
                world.session, actor, agreement.number, drafted.version, document_no="x", opinion="同意"
            )
    with pytest.raises(Forbidden):
        approve_version(
            world.session, world.clerk, agreement.number, drafted.version, document_no="x", opinion="同意"
        )
    assert drafted.state == "submitted"


def test_a_stranger_does_not_learn_that_an_agreement_exists(world: Any) -> None:
    agreement = world.agreement()
    for stranger in (
        world.actor("county_officer", "441422"),
        world.actor("producer", COUNTY, uuid.uuid4()),
    ):
        with pytest.raises(NotFound):
            submit_version(world.session, stranger, agreement.number, 1)
    with pytest.raises(NotFound):
        submit_version(world.session, world.clerk, "LNOBODY", 1)


def test_steps_out_of_order_are_refused(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    drafted = draft_version(world.session, world.clerk, agreement.number, world.version([(numbers[0], 1)]))
    with pytest.raises(IllegalTransition):
        approve_version(world.session, world.officer, agreement.number, 1, document_no="x", opinion="同意")
    submit_version(world.session, world.clerk, agreement.number, drafted.version)
    with pytest.raises(IllegalTransition):
        submit_version(world.session, world.clerk, agreement.number, drafted.version)


def test_a_declared_share_needs_basis_and_evidence(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    given = [
        Coverage(world.product.id, None),
        Coverage(uuid.uuid4(), 1_000, "land", "合同"),
        Coverage(world.product.id, 1_000, "land", "合同"),
    ]
    with pytest.raises(InvalidMany) as caught:
        draft_version(
            world.session, world.clerk, agreement.number, world.version([(numbers[0], 1)], products=given)
        )
    assert [(f.pointer, f.code) for f in caught.value.fields] == [
        ("/products/0/linked_bp", "linked_bp_undeclared"),
        ("/products/1/product_id", "product"),
        ("/products/2/product_id", "product_twice"),
    ]
    for bad, code in (
        (Coverage(world.product.id, 10_001, "land", "合同"), "linked_bp"),
        (Coverage(world.product.id, 1_000, "default", "合同"), "basis"),
        (Coverage(world.product.id, 1_000, "land", " "), "evidence"),
    ):
        with pytest.raises(InvalidMany) as caught:
            draft_version(
                world.session, world.clerk, agreement.number, world.version([(numbers[0], 1)], products=[bad])
            )
        assert [f.code for f in caught.value.fields] == [code]


def test_technical_support_is_marked_as_default_weight_of_nothing(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement("technical_support")
    world.approved(
        agreement,
        world.version(
            [(numbers[0], 1)], terms={"sessions_per_year": 4}, products=[Coverage(world.product.id, None)]
        ),
    )
    row = world.session.scalars(sa.select(AgreementProduct)).one()
    assert (row.linked_bp, row.basis, row.evidence) == (0, "default", "默认权重")


def test_bad_terms_are_named_and_nothing_is_written(world: Any, count: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    with pytest.raises(InvalidMany) as caught:
        draft_version(
            world.session,
            world.clerk,
            agreement.number,
            world.version([(numbers[0], 1)], terms={"rebate_bp": 0, "bonus": 1}),
        )
    assert sorted(f.pointer for f in caught.value.fields) == ["/terms/bonus", "/terms/rebate_bp"]
    assert count(AgreementVersion) == count(RosterShare) == 0


def test_each_bad_roster_row_is_named(world: Any) -> None:
    numbers = world.households(2)
    elsewhere = world.session.scalar(
        sa.text("SELECT nextval(pg_get_serial_sequence('beneficiaries.household', 'household_no'))")
    )
    agreement = world.agreement()
    roster = [(numbers[0], 1), (numbers[0], 1), (numbers[1], 0), (elsewhere, 1)]
    with pytest.raises(InvalidMany) as caught:
        draft_version(world.session, world.clerk, agreement.number, world.version(roster))
    assert [(f.pointer, f.code) for f in caught.value.fields] == [
        ("/roster/1", "household_twice"),
        ("/roster/2/parts", "parts"),
        ("/roster/3", "household"),
    ]


def test_a_county_approves_its_own_households_only(world: Any) -> None:
    other = world.actor("county_officer", "441422")
    strangers = load_households(world.session, other, [world.household(area_code=OTHER_VILLAGE)])
    agreement = world.agreement()
    with pytest.raises(InvalidMany, match="roster"):
        draft_version(world.session, world.clerk, agreement.number, world.version([(strangers[0], 1)]))


def test_what_a_village_keeps_needs_a_collective(world: Any) -> None:
    numbers = world.households(1)
    with pytest.raises(Invalid, match="village_bp"):
        world.approved(world.agreement(), world.version([(numbers[0], 1)], village_bp=2_000))
    collective = register_collective(world.session, world.officer, area_code=VILLAGE, name="演示村经济联合社")
    agreement = create_agreement(
        world.session,
        world.clerk,
        producer_id=world.producer.id,
        mode="pv_income",
        title="光伏电站",
        area_code=COUNTY,
        collective_id=collective.id,
    )
    terms = {"plant_share_bp": 10_000}
    version = world.approved(
        agreement, world.version([(numbers[0], 1)], terms=terms, products=[], village_bp=2_000)
    )
    assert version.village_bp == 2_000


def test_only_what_stays_wholly_with_the_village_has_no_roster(world: Any) -> None:
    with pytest.raises(Invalid, match="roster_empty"):
        draft_version(world.session, world.clerk, world.agreement().number, world.version([]))


@pytest.mark.parametrize("mode", ["charity", ""])
def test_an_unknown_mode_opens_no_agreement(world: Any, count: Any, mode: str) -> None:
    with pytest.raises(Invalid, match="mode"):
        world.agreement(mode)
    assert count(Agreement) == 0


def test_an_approved_version_ends_earlier_but_never_later(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    version = world.approved(agreement, world.version([(numbers[0], 1)]))
    end_version(
        world.session, world.officer, agreement.number, 1, to_day=date(2020, 10, 1), document_no="终止1号"
    )
    assert version.valid.upper == date(2020, 10, 1)
    assert active(world, shanghai(2020, 10, 1)) == []
    with pytest.raises(Conflict, match="agreement_end"):
        end_version(
            world.session, world.officer, agreement.number, 1, to_day=date(2020, 11, 1), document_no="终止2号"
        )


def test_an_end_does_not_reach_into_closed_books(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement()
    version = world.approved(agreement, world.version([(numbers[0], 1)], from_day=date(2020, 7, 1)))
    world.close("2020-08")
    with pytest.raises(PeriodClosed):
        end_version(
            world.session, world.officer, agreement.number, 1, to_day=date(2020, 8, 15), document_no="x"
        )
    assert version.valid.upper is None


def test_a_month_is_accrued_by_the_days_of_each_version(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement("land_transfer")
    rent = {"terms": RENT, "products": [], "share_unit": "亩"}
    first = world.approved(agreement, world.version([(numbers[0], 10)], **rent))
    second = world.approved(agreement, world.version([(numbers[0], 10)], from_day=date(2020, 9, 16), **rent))
    world.approved(world.agreement(), world.version([(numbers[0], 1)]))  # accrues by sale: not here
    work = period_versions(world.session, "2020-09")
    assert [(w.version_no, w.facts.from_day, w.facts.to_day) for w in work] == [
        (first.version_no, date(2020, 9, 1), date(2020, 9, 16)),
        (second.version_no, date(2020, 9, 16), date(2020, 10, 1)),
    ]
    assert sum(linkage_mode(w.mode).accrue_period(w.terms, w.facts) for w in work) == 666_67
    assert period_versions(world.session, "2020-08") == []


def test_activity_is_reported_as_versions_and_goes_to_the_last_version_of_the_month(world: Any) -> None:
    numbers = world.households(1)
    agreement = world.agreement("employment")
    wages = {"terms": {"day_wage_fen": 80_00, "month_wage_fen": 0}, "products": [], "share_unit": "工日"}
    world.approved(agreement, world.version([(numbers[0], 10)], **wages))
    world.approved(agreement, world.version([(numbers[0], 10)], from_day=date(2020, 9, 16), **wages))
    for days in (20_000, 22_000):
        report_activity(world.session, world.clerk, agreement.number, "2020-09", {"work_days_milli": days})
    work = period_versions(world.session, "2020-09")
    assert [linkage_mode(w.mode).accrue_period(w.terms, w.facts) for w in work] == [0, 1_760_00]


@pytest.mark.parametrize(
    ("period", "values"),
    [
        ("2020-10", {"work_days_milli": 1}),
        ("2020-13", {"work_days_milli": 1}),
        ("2020-09", {"profit_fen": 1}),
        ("2020-09", {"work_days_milli": -1}),
        ("2020-09", {"work_days_milli": True}),
        ("2020-09", {}),
    ],
)
def test_activity_that_the_mode_does_not_know_or_that_lies_ahead_is_refused(
    world: Any, period: str, values: dict[str, int]
) -> None:
    agreement = world.agreement("employment")
    with pytest.raises((Invalid, InvalidMany)):
        report_activity(world.session, world.clerk, agreement.number, period, values)
