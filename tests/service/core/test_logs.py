"""What a failure leaves in the log: where it was and of what kind, never the values it was about."""

import json
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.core import db, logs

NUMBER = "11010519491231002X"


@pytest.fixture
def quiet_afterwards() -> Iterator[None]:
    yield
    logs.configure("CRITICAL")


def test_a_failed_statement_is_logged_without_its_values(
    quiet_afterwards: None, database: db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    statement = text(
        "INSERT INTO accounts.person (id, display_name, created_at) VALUES (gen_random_uuid(), :name, NULL)"
    )
    in_hand = NUMBER
    with pytest.raises(IntegrityError) as caught, db.transaction() as session:
        session.execute(statement, {"name": in_hand})
    assert NUMBER in str(caught.value.orig)
    structlog.get_logger().error("unexpected_error", exc_info=caught.value)
    written = capsys.readouterr().err
    line = json.loads(written)
    assert NUMBER not in written
    assert line["event"] == "unexpected_error"
    assert "created_at" in line["exception"][0]["exc_value"]
    assert line["exception"][0]["frames"]
