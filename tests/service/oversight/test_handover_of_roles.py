"""A role ends when its successor has accepted what it leaves behind; or at once, and then the list stays open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service import grants, identity
from marketplace.beneficiaries.service import draft_version, submit_version
from marketplace.core.actor import Actor, system_actor
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
)
from marketplace.core.models import AuditRecord
from marketplace.oversight.handover import service
from marketplace.oversight.handover.listing import digest
from marketplace.oversight.handover.models import Handover
from tests.support.books import Books
from tests.support.county import World
from tests.support.handing_over import Office, post


def refused(work: Callable[[], object]) -> tuple[type[DomainError], str]:
    with pytest.raises(DomainError) as found:
        work()
    return type(found.value), found.value.code


def section(handover: Handover, code: str) -> dict[str, object]:
    (found,) = [one for one in handover.content["sections"] if one["code"] == code]
    return {key: value for key, value in found.items() if key not in ("code", "title")}


def roles_of(session: Session, actor: Actor) -> tuple[str, ...]:
    login = session.execute(
        text("SELECT login FROM accounts.account WHERE id = :id"), {"id": actor.account_id}
    )
    found = identity.actor_of_account(session, login.scalar_one())
    return () if found is None else found.roles


def steps(session: Session, handover: Handover) -> list[str]:
    return [one.step for one in service.steps_of(session, handover)]


def sell_and_draft(world: World, books: Books) -> str:
    """980 fen of benefit that nothing proves, and a second agreement that waits for approval; its reference."""
    agreement = world.agreement()
    world.approved(agreement, world.version([(number, 1) for number in world.households(3)]))
    books.sell(books.line(9_800))
    waiting = world.agreement()
    drafted = draft_version(
        world.session, world.clerk, waiting.number, world.version([(world.households(1)[0], 1)])
    )
    submit_version(world.session, world.clerk, waiting.number, drafted.version)
    return f"{waiting.number}/{drafted.version}"


def test_the_list_is_computed_and_frozen_when_it_is_asked_for(
    session: Session, world: World, books: Books, office: Office
) -> None:
    waiting = sell_and_draft(world, books)
    handover = office.ask()
    assert (handover.state, handover.subject, handover.role) == ("open", "role", "county_officer")
    assert section(handover, "open_tasks") == {
        "count": 1,
        "amount_fen": None,
        "items": [
            {"kind": "利益联结协议", "reference": waiting, "title": "金柚返利协议", "amount_fen": None,
             "since": "2020-09-15", "sha256": None},
        ],
        "more": False,
    }  # fmt: skip
    benefit = section(handover, "unproven_benefit")
    assert (benefit["count"], benefit["amount_fen"]) == (1, 980)
    assert section(handover, "unpaid_returns")["count"] == 0
    evidence = section(handover, "evidence")["items"]
    assert isinstance(evidence, list)
    assert [(one["kind"], one["title"]) for one in evidence] == [("协议审定材料", "梅县扶〔2020〕9号")]
    frozen = bytes(handover.content_sha256)
    assert digest(handover.content) == frozen
    books.sell(books.line(9_800))
    session.refresh(handover)
    assert digest(handover.content) == frozen
    assert section(handover, "unproven_benefit")["amount_fen"] == 980


def test_the_role_ends_when_the_successor_accepts_and_not_before(session: Session, office: Office) -> None:
    handover = office.ask(office.leaving.actor)
    assert roles_of(session, office.leaving.actor) == ("county_officer",)
    service.accept(session, office.coming.actor, handover.number, "已逐项核对")
    assert roles_of(session, office.leaving.actor) == ()
    assert roles_of(session, office.coming.actor) == ("county_officer",)
    assert (handover.state, handover.opinion) == ("accepted", "已逐项核对")
    assert handover.decided_by_person == office.coming.actor.person_id
    assert steps(session, handover) == ["asked", "accepted"]
    ended = session.scalars(select(AuditRecord).where(AuditRecord.action == "accounts.role.ended")).one()
    assert (ended.actor_id, ended.detail) == (
        office.coming.actor.account_id,
        {"role": "county_officer", "handover": handover.number},
    )
    told = session.execute(select(InboxNotice.kind, InboxNotice.account_id).order_by(InboxNotice.id)).all()
    assert [tuple(row) for row in told] == [
        ("handover_asked", office.coming.actor.account_id),
        ("handover_decided", office.leaving.actor.account_id),
    ]


def test_a_refusal_says_why_and_ends_nothing_and_it_can_be_asked_anew(
    session: Session, office: Office
) -> None:
    handover = office.ask()
    service.decline(session, office.coming.actor, handover.number, "待退货款未核对")
    assert (handover.state, handover.opinion) == ("refused", "待退货款未核对")
    assert roles_of(session, office.leaving.actor) == ("county_officer",)
    for work in (service.accept, service.decline):
        kind, code = refused(lambda work=work: work(session, office.coming.actor, handover.number, "再次"))
        assert (kind, code) == (IllegalTransition, "illegal_transition")
    again = office.ask()
    assert again.number != handover.number
    service.withdraw(session, office.security, again.number, "暂缓")
    assert (again.state, steps(session, again)) == ("withdrawn", ["asked", "withdrawn"])
    assert roles_of(session, office.leaving.actor) == ("county_officer",)


def test_of_a_role_one_handover_is_open_at_a_time(session: Session, office: Office) -> None:
    office.ask()
    assert refused(office.ask) == (AlreadyExists, "handover_open")
    assert session.scalar(select(func.count()).select_from(Handover)) == 1


def test_only_who_is_named_decides_and_strangers_do_not_know_of_it(session: Session, office: Office) -> None:
    handover = office.ask()
    stranger = post(session, "county_officer", "441424").actor
    for actor, expected in (
        (office.leaving.actor, (Forbidden, "not_successor")),
        (office.security, (Forbidden, "not_successor")),
        (post(session, "city_officer", "441400").actor, (Forbidden, "not_successor")),
        (stranger, (NotFound, "not_found")),
    ):
        assert (
            refused(lambda actor=actor: service.accept(session, actor, handover.number, "同意")) == expected
        )
    assert refused(lambda: service.find(session, stranger, handover.number)) == (NotFound, "not_found")
    assert refused(lambda: service.withdraw(session, stranger, handover.number, "x")) == (
        NotFound,
        "not_found",
    )
    assert service.find(session, office.coming.actor, handover.number) is handover
    assert (handover.state, office.leaving.is_held) == ("open", True)


def test_a_successor_is_another_person_with_the_same_role_over_the_same_area(
    session: Session, office: Office
) -> None:
    same_person = post(session, person_id=office.leaving.actor.person_id)
    for one in (same_person, post(session, area="441424"), post(session, "township_reviewer")):
        office.coming = one
        assert refused(office.ask) == (Conflict, "handover_successor")
    office.coming = post(session, "county_officer", "441400")  # the city's whole area holds the county's
    handover = office.ask()
    grants.end(session, office.security, office.coming.grant.id, "调离")
    late = refused(lambda: service.accept(session, office.coming.actor, handover.number, "同意"))
    assert late == (Conflict, "handover_successor")
    assert (handover.state, office.leaving.is_held) == ("open", True)


def test_who_neither_holds_nor_grants_the_role_cannot_ask(session: Session, office: Office) -> None:
    assert refused(lambda: office.ask(office.coming.actor)) == (NotFound, "not_found")
    elsewhere = post(session, "security_admin", "450000").actor
    assert refused(lambda: office.ask(elsewhere)) == (NotFound, "not_found")
    unknown = lambda: service.ask_for_role(  # noqa: E731
        session, office.security, office.leaving.grant.id, system_actor().account_id, "轮岗"
    )
    assert refused(unknown) == (Invalid, "handover_successor")
    assert session.scalar(select(func.count()).select_from(Handover)) == 0


def test_a_removal_at_once_leaves_the_list_open_until_somebody_takes_it_over(
    session: Session, world: World, books: Books, office: Office
) -> None:
    sell_and_draft(world, books)
    grants.end(session, office.security, office.leaving.grant.id, "涉嫌违规,紧急收回")
    assert roles_of(session, office.leaving.actor) == ()
    handover = session.scalars(select(Handover)).one()
    assert (handover.state, handover.is_emergency, handover.reason) == (
        "unassigned",
        True,
        "涉嫌违规,紧急收回",
    )
    assert section(handover, "unproven_benefit")["amount_fen"] == 980
    ended = session.scalars(select(AuditRecord).where(AuditRecord.action == "accounts.role.ended")).one()
    assert ended.detail == {"role": "county_officer", "reason": "涉嫌违规,紧急收回", "emergency": True}
    number, coming = handover.number, office.coming.actor
    assert refused(lambda: service.accept(session, coming, number, "同意")) == (Forbidden, "not_successor")
    service.assign_successor(session, office.security, number, coming.account_id)
    again = refused(lambda: service.assign_successor(session, office.security, number, coming.account_id))
    assert again == (IllegalTransition, "illegal_transition")
    assert refused(lambda: service.withdraw(session, office.security, number, "x")) == (
        Conflict,
        "handover_must_be_accepted",
    )
    service.decline(session, coming, number, "不属本股室")
    assert (handover.state, handover.successor_account_id, handover.decided_at) == ("unassigned", None, None)
    other = post(session)
    service.assign_successor(session, office.security, number, other.actor.account_id)
    service.accept(session, other.actor, number, "同意接收")
    assert (handover.state, handover.decided_by_person) == ("accepted", other.actor.person_id)
    assert steps(session, handover) == ["role_removed", "assigned", "refused", "assigned", "accepted"]


def test_a_removal_while_a_handover_is_open_leaves_that_one_open(session: Session, office: Office) -> None:
    handover = office.ask()
    grants.end(session, office.security, office.leaving.grant.id, "紧急收回")
    ended_at = office.leaving.grant.ended_at
    assert (handover.state, handover.is_emergency) == ("open", True)
    service.accept(session, office.coming.actor, handover.number, "同意接收")
    assert (handover.state, office.leaving.grant.ended_at) == ("accepted", ended_at)
    assert steps(session, handover) == ["asked", "role_removed", "accepted"]
    assert refused(office.ask) == (Conflict, "role_ended")


def test_who_leaves_nothing_behind_leaves_no_list_when_removed_at_once(
    session: Session, office: Office
) -> None:
    grants.end(session, office.security, office.leaving.grant.id, "调离")
    assert session.scalar(select(func.count()).select_from(Handover)) == 0


def test_what_was_listed_and_decided_is_never_changed(session: Session, office: Office) -> None:
    handover = office.ask()
    for change in (
        update(Handover).values(content={"sections": []}),
        update(Handover).values(reason="另一个理由"),
        delete(Handover),
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(change)
    service.accept(session, office.coming.actor, handover.number, "同意")
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(update(Handover).values(opinion="改写"))
    for statement in ("UPDATE oversight.handover_step SET step = 'x'", "DELETE FROM oversight.handover_step"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))
