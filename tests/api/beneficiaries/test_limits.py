"""Numbers that no row can have are answered like any other, never by a fault of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

AsRole = Callable[..., dict[str, str]]


@pytest.mark.parametrize("number", [0, 2**31, 2**63 - 1, 2**63, 10**30])
def test_no_household_has_a_number_that_large(client: FlaskClient, as_role: AsRole, number: int) -> None:
    officer = as_role("county_officer", "441403")
    purpose = {"purpose": "核对分红名单"}
    answers = [
        client.get(f"/api/v1/households/{number}", headers=officer),
        client.get(f"/api/v1/households/{number}/standings", headers=officer),
        client.post(f"/api/v1/households/{number}/unmasking", json=purpose, headers=officer),
        client.get(f"/api/v1/agreements/LNOBODY/versions/{number}/roster", headers=officer),
    ]
    assert {answer.status_code for answer in answers} <= {404, 422}
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
