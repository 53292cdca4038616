"""File status and monitoring status move by the tables of docs/rules.md, "Household status"."""

from datetime import date

import pytest

from marketplace.beneficiaries.rules import HouseholdState, check_end, check_start, check_step, check_validity
from marketplace.core.errors import Conflict, IllegalTransition, Invalid

DAY = date(2021, 6, 1)
NEVER, REGISTERED, GRADUATED = (HouseholdState(s) for s in ("never", "registered", "graduated"))
REMOVED = HouseholdState("removed")
UNSTABLE = HouseholdState("graduated", "unstable", "active")
UNSTABLE_SAFE = HouseholdState("graduated", "unstable", "risk_removed")
MARGINAL = HouseholdState("never", "marginal", "active")
MARGINAL_SAFE = HouseholdState("never", "marginal", "risk_removed")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (REGISTERED, GRADUATED),
        (GRADUATED, UNSTABLE),
        (NEVER, MARGINAL),
        (NEVER, HouseholdState("never", "sudden_hardship", "active")),
        (GRADUATED, HouseholdState("graduated", "sudden_hardship", "active")),
        (UNSTABLE, UNSTABLE_SAFE),
        (UNSTABLE_SAFE, UNSTABLE),
        (UNSTABLE_SAFE, HouseholdState("graduated", "sudden_hardship", "active")),
        (UNSTABLE, HouseholdState("graduated", "sudden_hardship", "active")),
        (GRADUATED, GRADUATED),
        (NEVER, REMOVED),
        (UNSTABLE, REMOVED),
    ],
)
def test_a_step_of_the_tables_is_taken(before: HouseholdState, after: HouseholdState) -> None:
    check_step(before, after, DAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GRADUATED, REGISTERED),
        (NEVER, REGISTERED),
        (NEVER, GRADUATED),
        (GRADUATED, NEVER),
        (REMOVED, NEVER),
        (REMOVED, REMOVED),
        (GRADUATED, UNSTABLE_SAFE),
        (UNSTABLE, GRADUATED),
        (UNSTABLE_SAFE, GRADUATED),
    ],
)
def test_any_other_step_is_refused(before: HouseholdState, after: HouseholdState) -> None:
    with pytest.raises(IllegalTransition):
        check_step(before, after, DAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEVER, HouseholdState("never", "unstable", "active")),
        (GRADUATED, HouseholdState("graduated", "marginal", "active")),
        (MARGINAL, HouseholdState("never", "sudden_hardship", "risk_removed")),
        (NEVER, HouseholdState("never", "none", "active")),
        (REGISTERED, HouseholdState("registered")),
    ],
)
def test_a_monitoring_type_must_fit_the_file_status(before: HouseholdState, after: HouseholdState) -> None:
    with pytest.raises(Invalid):
        check_step(before, after, DAY)


def test_nobody_is_registered_poor_after_2020() -> None:
    check_start(REGISTERED, "national_registered", date(2020, 12, 31))
    with pytest.raises(Invalid, match="registered_after_2020"):
        check_start(REGISTERED, "national_registered", date(2021, 1, 1))


@pytest.mark.parametrize(
    ("state", "standard"),
    [(NEVER, "gd_relative"), (GRADUATED, "none"), (REGISTERED, "none")],
)
def test_the_file_standard_agrees_with_the_file_status(state: HouseholdState, standard: str) -> None:
    with pytest.raises(Invalid, match="file_standard"):
        check_start(state, standard, date(2020, 1, 1))


def test_a_history_does_not_begin_with_removal() -> None:
    with pytest.raises(IllegalTransition):
        check_start(REMOVED, "none", DAY)


def test_a_version_has_at_least_one_day() -> None:
    check_validity(DAY, None)
    check_validity(DAY, date(2021, 6, 2))
    with pytest.raises(Invalid, match="validity"):
        check_validity(DAY, DAY)


def test_an_end_only_comes_forward() -> None:
    check_end(DAY, None, date(2021, 6, 2))
    check_end(DAY, date(2021, 12, 31), date(2021, 12, 30))
    for end in (DAY, date(2021, 12, 31), date(2022, 1, 1)):
        with pytest.raises(Conflict, match="agreement_end"):
            check_end(DAY, date(2021, 12, 31), end)
