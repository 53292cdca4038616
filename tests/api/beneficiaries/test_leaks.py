"""A planted person is nowhere in the clear: not in any table, log line, header or answer but the audited ones."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.core import logs
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Base, transaction
from marketplace.core.identifiers import build_resident_id

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
NAME, ID = "慕容植入", build_resident_id("44140319770707123")
OTHER_ID = build_resident_id("44140319780808124")
# JSON may write Chinese as escapes: a leak in either form is one.
ESCAPED = json.dumps(NAME).strip('"')
SECRETS = (NAME, ESCAPED, ID, OTHER_ID, ID[6:14])


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


def every_cell() -> Iterator[tuple[str, bytes]]:
    """Everything the database holds, as bytes, with the table it stands in."""
    with transaction() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                for value in row:
                    yield table.fullname, value if isinstance(value, bytes) else str(value).encode()


def test_a_planted_person_is_nowhere_in_the_clear(
    client: FlaskClient, as_role: AsRole, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("DEBUG")
    try:
        answers = _visit(client, as_role("county_officer", "441403"))
    finally:
        logs.configure("CRITICAL")
    printed = "".join(capfd.readouterr())
    assert len(answers) == 9
    for secret in SECRETS:
        assert [name for name, cell in every_cell() if secret.encode() in cell] == []
        assert secret not in printed
        for answer in answers:
            assert secret not in f"{answer.text} {answer.headers} {answer.request.path}"


def _visit(client: FlaskClient, officer: dict[str, str]) -> list[Any]:
    """Everything an officer does with a household, and everything that goes wrong on the way."""

    def post(path: str, **sent: Any) -> Any:
        headers = officer | {"Idempotency-Key": f"leak-{next(_keys)}"}
        return client.post(f"/api/v1/{path}", headers=headers, **sent)

    body = {
        "area_code": "441403101201",
        "file_standard": "gd_relative",
        "standing": {"file_status": "graduated", "from_day": "2020-01-01", "members": 4, "document_no": "一"},
        "head": {"name": NAME, "resident_id": ID},
        "members": [{"identity": {"name": NAME, "resident_id": OTHER_ID}, "relation": "配偶"}],
    }
    made = post("households", json=body)
    number = made.get_json()["household_no"]
    member = {"identity": {"name": NAME, "resident_id": ID}, "relation": "子女"}
    full = post(f"households/{number}/unmasking", json={"purpose": "核对名单"})
    assert NAME in full.text
    assert ID in full.text
    return [
        made,
        post("households", json=body),
        post("households", json=body | {"members": [], "standing": {}}),
        post("household-batches", json={"households": [body | {"members": []}]}),
        post(f"households/{number}/members", json=member),
        post("household-lookups", json={"resident_id": ID, "purpose": "来访核实"}),
        post("household-lookups", json={"resident_id": f"{ID}9", "purpose": "来访核实"}),
        client.get(f"/api/v1/households/{number}", headers=officer),
        post(
            "agreements/LNOBODY/payment-list-files",
            data={
                "kind": "wages",
                "paid_on": "2020-09-10",
                "document_no": "一",
                "file": (BytesIO(f"公民身份号码,金额\n{ID},1\n".encode()), "a.csv"),
            },
        ),
    ]
