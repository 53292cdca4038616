"""The table of authority is complete and keeps duties apart."""

from itertools import combinations

import pytest

from marketplace.accounts.permission_titles import PERMISSIONS
from marketplace.accounts.permissions import ALONE, ROLES, incompatible, is_role, role


def test_roles_bring_only_known_permissions_and_every_permission_is_somebodys() -> None:
    brought = frozenset().union(*(r.permissions for r in ROLES))
    assert brought == frozenset(PERMISSIONS)


def test_role_codes_are_unique_and_of_a_known_kind() -> None:
    assert len({r.code for r in ROLES}) == len(ROLES)
    assert {r.kind for r in ROLES} == {"owner", "area"}
    assert role("buyer").title_zh == "采购经办"
    assert is_role("auditor")
    assert not is_role("root")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("certification.apply", "certification.county_decide"),
        ("certification.county_decide", "certification.city_review"),
        ("certification.city_review", "certification.province_recheck"),
        ("certification.county_decide", "certification.issue"),
        ("accounts.bank", "accounts.approve"),
        ("accounts.filing", "accounts.filing_review"),
        ("statistics.export", "accounts.approve"),
        ("orders.place", "payments.record"),
        ("accounts.grant", "audit.read"),
    ],
)
def test_no_single_role_joins_two_steps_that_check_each_other(one: str, other: str) -> None:
    assert [r.code for r in ROLES if {one, other} <= r.permissions] == []


def test_the_three_administrators_exclude_each_other_and_every_working_role() -> None:
    assert frozenset({"system_admin", "security_admin", "auditor"}) == ALONE
    for one, other in combinations(sorted(ALONE), 2):
        assert incompatible(frozenset({one}), other) == {one}
    assert incompatible(frozenset({"security_admin"}), "buyer") == {"security_admin"}
    assert incompatible(frozenset({"buyer"}), "security_admin") == {"buyer"}
    assert incompatible(frozenset({"buyer"}), "producer") == frozenset()
    assert incompatible(frozenset({"auditor"}), "auditor") == frozenset()


def test_only_the_auditor_reads_the_audit_trail() -> None:
    assert [r.code for r in ROLES if "audit.read" in r.permissions] == ["auditor"]


def test_full_personal_data_is_for_the_county_alone() -> None:
    assert [r.code for r in ROLES if "beneficiaries.read_personal" in r.permissions] == ["county_officer"]
