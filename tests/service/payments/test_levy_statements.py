"""The monthly statement of the levy: frozen, signed by two persons of two sides, disputed, and late rows in the next one."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.permissions import held
from marketplace.core import db
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, NotFound
from marketplace.core.ids import uuid7
from marketplace.payments.models import LevyStatement
from marketplace.payments.service import levy_reading
from marketplace.payments.service.levy_signing import dispute, sign
from marketplace.payments.service.levy_statements import draw_up, draw_up_all
from marketplace.payments.service.verify import verify
from tests.orders_world import Heard
from tests.service.payments.test_charges import IN_NOVEMBER, IN_OCTOBER, Counter
from tests.support.threads import race

SIXTH = shanghai(2020, 11, 6, 9)
DECEMBER = shanghai(2020, 12, 6, 9)


def somebody(role: str, organisation_id: uuid.UUID | None = None, area: str = "000000") -> Actor:
    return Actor(
        account_id=uuid7(),
        person_id=uuid7(),
        organisation_id=organisation_id,
        held=(held(role, area, organisation_id),),
    )


@pytest.fixture
def counter(session: Session, heard: Heard) -> Counter:
    return Counter(session)


@pytest.fixture
def operator(counter: Counter) -> Actor:
    return somebody("channel_operator", counter.operator.id)


@pytest.fixture
def authority() -> Actor:
    return somebody("finance_supervisor", area="440000")


def drawn(counter: Counter, period: str = "2020-10") -> LevyStatement:
    made = draw_up(counter.session, system_actor(), counter.operator.id, period)
    assert made is not None
    return made


def figures(statement: LevyStatement) -> tuple[int, int, int, int, int]:
    return (
        statement.base_fen,
        statement.levy_fen,
        statement.earlier_base_fen,
        statement.earlier_levy_fen,
        statement.total_fen,
    )


def agree(counter: Counter, operator: Actor, authority: Actor, period: str = "2020-10") -> LevyStatement:
    made = drawn(counter, period)
    sign(counter.session, operator, made.number, "operator")
    return sign(counter.session, authority, made.number, "authority")


def clean(session: Session) -> list[str]:
    return [one.code for one in verify(session) if one.broken is not None]


def test_a_month_is_agreed_when_two_persons_of_two_sides_have_signed_the_same_figures(
    counter: Counter, operator: Actor, authority: Actor
) -> None:
    drink = counter.line(1_000)
    counter.count(drink, counter.line(9_800, goods_class="certified_aid"), counter.line(2_000))
    counter.back(drink, 500, IN_OCTOBER)
    with frozen_at(SIXTH):
        made = drawn(counter)
        assert (figures(made), made.lines, made.state) == ((2_500, 25, 0, 0, 25), 2, "drawn")
        sign(counter.session, operator, made.number, "operator")
        with pytest.raises(Conflict) as again:
            sign(counter.session, operator, made.number, "operator")
        assert (again.value.code, made.state) == ("signed_already", "drawn")
        sign(counter.session, authority, made.number, "authority")
    assert made.state == "agreed"
    [item] = levy_reading.items_of(counter.session, made)
    assert (item.channel_code, item.base_fen, item.levy_fen, item.rate_bp) == (
        counter.channel.code,
        2_500,
        25,
        100,
    )
    told = counter.session.scalars(
        select(InboxNotice.kind).where(InboxNotice.organisation_id == counter.operator.id)
    ).all()
    assert sorted(told) == ["levy_statement", "levy_statement_decided"]
    assert clean(counter.session) == []


def test_one_person_cannot_sign_for_both_sides(counter: Counter, operator: Actor, authority: Actor) -> None:
    counter.count(counter.line(1_000))
    both = Actor(
        account_id=uuid7(),
        person_id=operator.person_id,
        organisation_id=None,
        held=authority.held,
    )
    with frozen_at(SIXTH):
        made = drawn(counter)
        sign(counter.session, operator, made.number, "operator")
        with pytest.raises(Forbidden) as refused:
            sign(counter.session, both, made.number, "authority")
    assert (refused.value.code, made.state, made.authority_signed_at) == ("same_person", "drawn", None)


def test_late_rows_go_into_the_next_months_statement_once_a_month_is_agreed(
    counter: Counter, operator: Actor, authority: Actor
) -> None:
    counter.count(counter.line(1_000))
    with frozen_at(SIXTH):
        october = agree(counter, operator, authority)
        late = counter.line(3_000)
        counter.count(late, counter.line(500, sold_at=IN_NOVEMBER, counted_at=IN_NOVEMBER))
        with pytest.raises(Conflict) as refused:
            drawn(counter)
        assert refused.value.code == "statement_agreed"
    counter.back(late, 1_000, IN_NOVEMBER)
    with frozen_at(DECEMBER):
        november = agree(counter, operator, authority, "2020-11")
    assert figures(october) == (1_000, 10, 0, 0, 10)
    assert figures(november) == (-500, -5, 3_000, 30, 25)
    assert [(one.period, one.is_adjustment) for one in levy_reading.items_of(counter.session, november)] == [
        ("2020-11", False),
        ("2020-10", True),
    ]
    assert clean(counter.session) == []


def test_late_rows_of_a_month_that_is_not_agreed_make_its_next_version(
    counter: Counter, operator: Actor, authority: Actor
) -> None:
    counter.count(counter.line(1_000))
    with frozen_at(SIXTH):
        first = drawn(counter)
        sign(counter.session, operator, first.number, "operator")
        with pytest.raises(Conflict) as refused:
            drawn(counter)
        assert refused.value.code == "nothing_new"
        counter.count(counter.line(3_000))
        second = drawn(counter)
        assert (first.state, figures(first)) == ("superseded", (1_000, 10, 0, 0, 10))
        assert (second.version, figures(second), second.operator_signed_at) == (
            2,
            (4_000, 40, 0, 0, 40),
            None,
        )
        with pytest.raises(IllegalTransition):
            sign(counter.session, authority, first.number, "authority")
    assert clean(counter.session) == []


def test_a_disputed_statement_is_signed_by_nobody_and_drawn_up_anew(
    counter: Counter, operator: Actor, authority: Actor
) -> None:
    counter.count(counter.line(1_000))
    with frozen_at(SIXTH):
        made = drawn(counter)
        dispute(counter.session, operator, made.number, "9月30日的销售不应计入")
        assert (made.state, made.disputed_side) == ("disputed", "operator")
        with pytest.raises(IllegalTransition):
            sign(counter.session, authority, made.number, "authority")
        assert drawn(counter).version == 2
    assert clean(counter.session) == []


def test_the_worker_draws_up_what_is_owed_from_the_sixth_on_once(counter: Counter, heard: Heard) -> None:
    counter.count(counter.line(1_000))
    counter.session.flush()
    assert _drawn_by_worker(shanghai(2020, 11, 5, 23)) == 0
    assert _drawn_by_worker(SIXTH) == 1
    assert _drawn_by_worker(SIXTH) == 0
    counter.count(counter.line(700))
    assert _drawn_by_worker(SIXTH) == 0


def _drawn_by_worker(at: object) -> int:
    with frozen_at(at):  # type: ignore[arg-type]
        return draw_up_all()


def test_who_acts_for_neither_side_does_not_know_of_a_statement(counter: Counter, authority: Actor) -> None:
    counter.count(counter.line(1_000))
    stranger = somebody("channel_operator", counter.channel.id)
    elsewhere = somebody("finance_supervisor", area="650000")
    with frozen_at(SIXTH):
        made = drawn(counter)
        for actor, side in ((stranger, "operator"), (elsewhere, "authority"), (authority, "operator")):
            with pytest.raises(NotFound):
                sign(counter.session, actor, made.number, side)
        with pytest.raises(Forbidden):
            draw_up(counter.session, stranger, counter.operator.id, "2020-10")
        with pytest.raises(NotFound):
            levy_reading.statement_seen(counter.session, elsewhere, made.number)
    assert (made.operator_signed_at, made.authority_signed_at) == (None, None)


def test_a_month_that_goes_on_has_no_statement(counter: Counter) -> None:
    counter.count(counter.line(1_000))
    with frozen_at(IN_OCTOBER), pytest.raises(Conflict) as refused:
        drawn(counter)
    assert refused.value.code == "month_not_over"


def test_of_many_who_draw_up_at_once_one_does_and_both_sides_sign_once(own_database: db.Database) -> None:
    with frozen_at(IN_OCTOBER), db.transaction() as session:
        counter = Counter(session)
        counter.count(counter.line(1_000))
        operator_id = counter.operator.id
    found = race(lambda session, _: draw_up(session, system_actor(), operator_id, "2020-10"), 8, SIXTH)
    assert found == {"done": 1, "nothing_new": 7}
    with db.transaction() as session:
        number = session.scalars(select(LevyStatement.number)).one()
    operator = somebody("channel_operator", operator_id)
    authority = somebody("finance_supervisor")
    signers = [(operator, "operator"), (authority, "authority")]
    signed = race(
        lambda session, one: sign(session, signers[one % 2][0], number, signers[one % 2][1]), 8, SIXTH
    )
    assert signed["done"] == 2
    with db.transaction() as session:
        assert session.scalars(select(LevyStatement.state)).one() == "agreed"
        assert clean(session) == []
