"""What is kept of a snapshot: an answer for each key, as long as the snapshot lasts and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.snapshots import once


def asking() -> tuple[list[int], Callable[[], int]]:
    """What was asked so far, and a question whose answer is how often it was asked."""
    asked: list[int] = []

    def ask() -> int:
        asked.append(len(asked) + 1)
        return asked[-1]

    return asked, ask


def test_a_question_is_asked_once_in_a_snapshot_and_again_in_the_next(own_database: db.Database) -> None:
    asked, ask = asking()
    with db.transaction(snapshot=True) as session:
        assert [once(session, ask, "books"), once(session, ask, "books")] == [1, 1]
    with db.transaction(snapshot=True) as session:
        assert once(session, ask, "books") == 2
    assert asked == [1, 2]


def test_questions_with_other_keys_are_other_questions(own_database: db.Database) -> None:
    _, ask = asking()
    with db.transaction(snapshot=True) as session:
        found = [once(session, ask, *key) for key in (("books", 1), ("books", 2), ("books",), ("books", 1))]
    assert found == [1, 2, 3, 1]


def test_an_answer_of_nothing_is_an_answer(own_database: db.Database) -> None:
    asked: list[None] = []
    with db.transaction(snapshot=True) as session:
        assert [once(session, lambda: asked.append(None), "none") for _ in range(2)] == [None, None]
    assert asked == [None]


def test_outside_a_snapshot_everything_is_asked_again(session: Session) -> None:
    _, ask = asking()
    assert [once(session, ask, "books"), once(session, ask, "books")] == [1, 2]
