"""A pairing ends after a day when the successor has accepted what it leaves behind."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.rules.areas import is_assisted
from marketplace.core import pairings
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import AlreadyExists, Conflict, DomainError, Forbidden, Invalid, NotFound
from marketplace.core.models import PairingEnd
from marketplace.core.pairing_ends import keep_ends
from marketplace.oversight.handover import service
from marketplace.oversight.handover.models import Handover
from marketplace.oversight.handover.service import PairingAsked
from tests.support.books import Books
from tests.support.county import World
from tests.support.handing_over import Post, post

LAST_DAY = date(2020, 9, 30)
ASKED = PairingAsked("440100", "441400", "省内对口帮扶", LAST_DAY)


@pytest.fixture
def keeper(session: Session) -> Post:
    """Who keeps the pairings of the province."""
    return post(session, "province_officer", "440000")


@pytest.fixture
def coming(session: Session) -> Post:
    """Who handles oversight where help was given."""
    return post(session, "city_officer", "441400")


def ask(session: Session, keeper: Post, coming: Post, asked: PairingAsked = ASKED) -> Handover:
    return service.ask_for_pairing(session, keeper.actor, asked, coming.actor.account_id, "协作关系调整")


def code_of(
    session: Session, keeper: Post, coming: Post, asked: PairingAsked
) -> tuple[type[DomainError], str]:
    with pytest.raises(DomainError) as found:
        ask(session, keeper, coming, asked)
    return type(found.value), found.value.code


def helpers(day: date) -> list[str]:
    return [one.helper for one in pairings.helpers_of("441403", day)]


def test_a_pairing_helps_until_its_last_day_and_no_longer(
    session: Session, world: World, books: Books, keeper: Post, coming: Post
) -> None:
    agreement = world.agreement()
    world.approved(agreement, world.version([(world.households(1)[0], 1)]))
    books.sell(books.line(9_800))
    handover = ask(session, keeper, coming)
    sections = {one["code"]: (one["count"], one["amount_fen"]) for one in handover.content["sections"]}
    assert sections == {
        "open_tasks": (0, None),
        "unproven_benefit": (1, 980),
        "unpaid_returns": (0, None),
        "evidence": (1, None),
    }
    assert helpers(date(2020, 10, 1)) == ["440100"]
    service.accept(session, coming.actor, handover.number, "同意接收")
    assert [helpers(day) for day in (date(2020, 9, 15), LAST_DAY, date(2020, 10, 1))] == [
        ["440100"],
        ["440100"],
        [],
    ]
    assert (is_assisted("441403", LAST_DAY), pairings.helped_by("440104", date(2020, 10, 1))) == (
        True,
        tuple(one for one in pairings.helped_by("440104", LAST_DAY) if one.helped != "441400"),
    )
    row = session.scalars(select(PairingEnd)).one()
    assert (row.helper, row.helped, row.last_day, row.handover_number) == (
        "440100",
        "441400",
        LAST_DAY,
        handover.number,
    )
    assert code_of(session, keeper, coming, ASKED) == (Invalid, "pairing_last_day")
    earlier = PairingAsked("440100", "441400", "省内对口帮扶", date(2020, 9, 20))
    assert code_of(session, keeper, coming, earlier) == (AlreadyExists, "pairing_ended")


def test_another_process_learns_of_the_end_when_what_it_knows_is_old(
    session: Session, keeper: Post, coming: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_ends(session)
    known = pairings.ends()
    service.accept(session, coming.actor, ask(session, keeper, coming).number, "同意接收")
    pairings.know(known)  # as a process that has not read since
    keep_ends(session)
    assert helpers(date(2020, 10, 1)) == ["440100"]
    monkeypatch.setattr(pairings, "KEPT_SECONDS", 0.0)
    keep_ends(session)
    assert helpers(date(2020, 10, 1)) == []


def test_a_refused_handover_ends_nothing(session: Session, keeper: Post, coming: Post) -> None:
    handover = ask(session, keeper, coming)
    assert code_of(session, keeper, coming, ASKED) == (AlreadyExists, "handover_open")
    service.decline(session, coming.actor, handover.number, "证据材料不全")
    assert session.scalar(select(func.count()).select_from(PairingEnd)) == 0
    assert helpers(date(2020, 10, 1)) == ["440100"]


def test_an_acceptance_that_comes_after_the_last_day_is_refused(
    session: Session, keeper: Post, coming: Post
) -> None:
    handover = ask(session, keeper, coming)
    with frozen_at(shanghai(2020, 9, 30, 8)), pytest.raises(Invalid) as found:
        service.accept(session, coming.actor, handover.number, "同意接收")
    assert (found.value.code, handover.state) == ("pairing_last_day", "open")
    assert session.scalar(select(func.count()).select_from(PairingEnd)) == 0


def test_what_is_no_pairing_or_no_day_or_not_theirs_is_refused(
    session: Session, keeper: Post, coming: Post
) -> None:
    unknown = PairingAsked("440300", "441400", "省内对口帮扶", LAST_DAY)
    today = PairingAsked("440100", "441400", "省内对口帮扶", date(2020, 9, 15))
    assert code_of(session, keeper, coming, unknown) == (NotFound, "not_found")
    assert code_of(session, keeper, coming, today) == (Invalid, "pairing_last_day")
    elsewhere = post(session, "city_officer", "440100")
    assert code_of(session, keeper, elsewhere, ASKED) == (Conflict, "handover_successor")
    stranger = post(session, "province_officer", "510000")
    assert code_of(session, stranger, coming, ASKED) == (Forbidden, "out_of_scope")
    assert session.scalar(select(func.count()).select_from(Handover)) == 0
