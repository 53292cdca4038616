"""Several advisory locks by one statement."""

import pytest
from sqlalchemy import text as sql

from marketplace.core import db

HELD = sql("SELECT pg_try_advisory_xact_lock(hashtext('space'), hashtext(:key))")


def held(keys):
    """Which of the keys another transaction cannot have now."""
    with db.transaction() as session:
        return [key for key in keys if not session.scalar(HELD, {"key": key})]


def test_every_key_is_held_to_the_end_of_the_transaction_and_no_other(own_database):
    with db.transaction() as session:
        db.lock_exclusive(session, "space", "b", "a", "b")
        assert held(["a", "b", "c"]) == ["a", "b"]
    assert held(["a", "b", "c"]) == []


@pytest.mark.parametrize("keys", [[], ['it\'s, {a} "key"']])
def test_no_key_and_an_odd_key_are_keys_like_any(own_database, keys):
    with db.transaction() as session:
        db.lock_exclusive(session, "space", *keys)
        assert held(["a", *keys]) == keys
