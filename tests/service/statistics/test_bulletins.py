"""Bulletins: frozen and re-run to the same bytes, issued by three persons, compared with what is known today, never edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core import db, signing
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Conflict, DomainError, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.core.settings import Settings
from marketplace.orders.facts import CountedLine
from marketplace.statistics.bulletins.building import Subject
from marketplace.statistics.bulletins.canonical import digest, read
from marketplace.statistics.bulletins.models import Bulletin, PublishedCells
from marketplace.statistics.bulletins.service import (
    NewBulletin,
    adjustments_of,
    compare,
    draft_bulletin,
    find_bulletin,
    find_open_bulletin,
    issue_bulletin,
    public_keys,
    review_bulletin,
    superseded_by,
    verify_bulletin,
)
from marketplace.statistics.targets import NewTarget, set_target
from tests.support.books import Books
from tests.support.county import World, make_actor, make_world
from tests.support.threads import in_threads

OCTOBER, NOVEMBER = shanghai(2020, 10, 6, 10), shanghai(2020, 11, 6, 10)
NEW = NewBulletin(
    Subject("R1", "2020-09", "440000"), "2020年9月消费扶贫统计工作动态", "统计处", "on_request", ("各市",), ()
)


@dataclass
class Desk:
    """September closed with a sale linked to households; who draws up, reviews and issues."""

    session: Session
    books: Books
    line: CountedLine
    clerk: Actor
    reviewer: Actor
    issuer: Actor

    def draft(self, **changes: Any) -> Bulletin:
        return draft_bulletin(self.session, self.clerk, replace(NEW, **changes))

    def issued(self, **changes: Any) -> Bulletin:
        number = self.draft(**changes).number
        review_bulletin(self.session, self.reviewer, number, verdict="approve", opinion="数据无误")
        return issue_bulletin(self.session, self.issuer, number, verdict="approve", opinion="同意签发")


def open_desk(session: Session, world: World, books: Books, households: int) -> Desk:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    roster = [(number, 1) for number in world.households(households)]
    world.approved(world.agreement(), world.version(roster, products=whole))
    line = books.line()
    books.sell(line)
    with frozen_at(OCTOBER):
        close_period(session, None, "2020-09")
    clerk = make_actor(session, "statistician", "440000")
    reviewer = make_actor(session, "province_officer", "440000")
    return Desk(session, books, line, clerk, reviewer, make_actor(session, "issuer", "440000"))


@pytest.fixture
def desk(session: Session, world: World, books: Books) -> Iterator[Desk]:
    opened = open_desk(session, world, books, 7)
    with frozen_at(OCTOBER):
        yield opened


def code(refused: pytest.ExceptionInfo[DomainError]) -> str:
    return refused.value.code


def test_a_bulletin_is_frozen_when_drawn_up_and_issued_by_three_persons_with_numbers_and_a_signature(
    session: Session, desk: Desk
) -> None:
    bulletin = desk.issued()
    assert (bulletin.state, bulletin.year, bulletin.issue_no, bulletin.total_no, bulletin.version) == (
        "issued",
        2020,
        1,
        1,
        1,
    )
    assert bytes(bulletin.content_sha256) == digest(bulletin.content)
    imprint = orjson.loads(bulletin.imprint or b"")
    assert imprint["content_sha256"] == digest(bulletin.content).hex()
    assert (imprint["title"], imprint["main_to"], imprint["issue_no"]) == (bulletin.title, ["各市"], 1)
    [(version, key)] = public_keys(session)
    assert (version, key) == (bulletin.key_version, bulletin.public_key)
    assert signing.is_signed(bulletin.imprint or b"", bulletin.signature or b"", key)
    assert not signing.is_signed((bulletin.imprint or b"") + b" ", bulletin.signature or b"", key)
    assert (bulletin.public_content, bulletin.public_signature) == (None, None)
    second = desk.issued(title="第二份")
    assert (second.issue_no, second.total_no) == (2, 2)


def test_who_drew_it_up_neither_reviews_nor_issues_and_who_reviewed_it_does_not_issue(
    session: Session, desk: Desk
) -> None:
    everything = desk.clerk.held + desk.reviewer.held + desk.issuer.held
    clerk, reviewer = replace(desk.clerk, held=everything), replace(desk.reviewer, held=everything)
    number = desk.draft().number
    with pytest.raises(Forbidden) as refused:
        review_bulletin(session, clerk, number, verdict="approve", opinion="")
    assert code(refused) == "same_person"
    review_bulletin(session, reviewer, number, verdict="approve", opinion="")
    for actor in (clerk, reviewer, system_actor()):
        with pytest.raises(Forbidden) as refused:
            issue_bulletin(session, actor, number, verdict="approve", opinion="")
        assert code(refused) == "same_person"
    with pytest.raises(Forbidden) as refused:
        draft_bulletin(session, system_actor(), NEW)
    assert code(refused) == "same_person"
    bulletin = find_bulletin(session, desk.clerk, number)
    assert (bulletin.state, bulletin.issue_no, bulletin.signature) == ("reviewed", None, None)


def test_steps_come_in_order_and_a_returned_one_stays_so_with_its_reason(
    session: Session, desk: Desk
) -> None:
    number = desk.draft().number
    with pytest.raises(IllegalTransition):
        issue_bulletin(session, desk.issuer, number, verdict="approve", opinion="")
    with pytest.raises(Invalid) as refused:
        review_bulletin(session, desk.reviewer, number, verdict="return", opinion="")
    assert code(refused) == "bulletin_opinion"
    returned = review_bulletin(session, desk.reviewer, number, verdict="return", opinion="供稿单位有误")
    assert returned.state == "returned"
    with pytest.raises(IllegalTransition):
        issue_bulletin(session, desk.issuer, number, verdict="approve", opinion="")


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        (Subject("R1", "2020-10", "440000"), "bulletin_period_open"),
        (Subject("R4", "2020-09", "440000"), "report_not_sealed"),
        (Subject("R1", "2020-09", "440000", adjusted_to="2020-09"), "adjusted_to"),
        (Subject("R1", "2020-09", "440000", adjusted_to="2020-10"), "bulletin_period_open"),
        (Subject("R1", "2020-09", "450000"), "out_of_scope"),
        (Subject("R9", "2020-09", "440000"), "unknown_report"),
    ],
)
def test_only_a_report_of_closed_months_of_the_own_area_can_be_a_bulletin(
    session: Session, desk: Desk, subject: Subject, wanted: str
) -> None:
    with pytest.raises(DomainError) as refused:
        desk.draft(subject=subject)
    assert code(refused) == wanted
    assert session.scalar(sa.select(sa.func.count()).select_from(Bulletin)) == 0


@pytest.mark.parametrize("report", ["R1", "R2", "R3", "R5", "R6"])
def test_a_report_is_built_again_to_the_same_bytes_whatever_came_later(
    session: Session, desk: Desk, world: World, report: str
) -> None:
    bulletin = desk.issued(subject=Subject(report, "2020-09", "440000"))
    desk.books.take_back(desk.line, 4_900, 1, shanghai(2020, 10, 7))
    desk.books.sell(desk.books.line(700, 1, sold_at=OCTOBER, counted_at=OCTOBER))
    world.producer.name = "改名合作社"
    target = NewTarget("440000", 2020, "consumption_aid_amount", "1万元", "文件", amount=1_000_000)
    with frozen_at(shanghai(2020, 10, 8)):
        set_target(session, desk.reviewer, target)
    session.flush()
    found = verify_bulletin(session, bulletin)
    assert (found.holds, found.has_digest, found.is_signed, found.is_same, found.difference) == (
        True,
        True,
        True,
        True,
        None,
    )


def test_a_change_of_what_the_books_say_is_named_by_row_and_column(session: Session, desk: Desk) -> None:
    bulletin = desk.draft()
    content = orjson.loads(bulletin.content)
    meizhou = next(index for index, row in enumerate(content["rows"]) if row[0] == "梅州市")
    content["rows"][meizhou][4] += 1
    forged = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    session.expunge(bulletin)
    bulletin.content, bulletin.content_sha256 = forged, digest(forged)
    found = verify_bulletin(session, bulletin)
    assert (found.holds, found.has_digest, found.is_same) == (False, True, False)
    assert found.difference is not None
    assert (found.difference.row, found.difference.column) == ("梅州市", "sales")
    assert (found.difference.published, found.difference.again) == ("9801", "9800")


def test_what_was_booked_later_stands_beside_it_and_explains_every_changed_row(
    session: Session, desk: Desk
) -> None:
    bulletin = desk.issued()
    assert adjustments_of(session, bulletin) == []
    assert compare(session, bulletin).rows == []
    desk.books.take_back(desk.line, 9_800, 2, shanghai(2020, 10, 7))
    desk.books.sell(
        desk.books.line(700, 1, sold_at=OCTOBER, counted_at=OCTOBER)
    )  # October's own: no adjustment
    late = shanghai(2020, 9, 20)
    desk.books.sell(desk.books.line(1_200, 1, sold_at=late, counted_at=late, origin_area="440203"))
    found = compare(session, bulletin)
    by_row = {row.row: row for row in found.rows}
    assert sorted(by_row) == ["合计", "梅州市", "韶关市"]
    refund = next(one for one in found.adjustments if one.kind == "refund")
    assert (refund.row, refund.sale_fen, refund.adjusts_period, refund.period) == (
        "梅州市",
        -9_800,
        "2020-09",
        "2020-10",
    )
    assert by_row["梅州市"].entries == [refund.entry_no]
    changed = {one.column.code: one for one in by_row["梅州市"].figures}
    assert (changed["sales"].published, changed["sales"].today, changed["sales"].difference) == (
        9_800,
        0,
        -9_800,
    )
    assert (changed["households"].published, changed["households"].today) == (7, 0)
    for row, fen in (("梅州市", -9_800), ("韶关市", 1_200), ("合计", -8_600)):
        behind = [one.sale_fen for one in found.adjustments if one.entry_no in by_row[row].entries]
        assert sum(behind) == fen
    total = {one.column.code: one.difference for one in by_row["合计"].figures}
    assert total["cumulative"] == -8_600
    assert read(bulletin.content).table == found.published
    assert verify_bulletin(session, bulletin).holds


def test_a_new_version_with_the_later_adjustments_supersedes_and_the_first_stays_as_it_was(
    session: Session, desk: Desk
) -> None:
    first = desk.issued()
    before = bytes(first.content)
    desk.books.take_back(desk.line, 4_900, 1, shanghai(2020, 10, 7))
    with frozen_at(NOVEMBER):
        close_period(session, None, "2020-10")
        second = desk.issued(
            subject=replace(NEW.subject, adjusted_to="2020-10"),
            supersedes=first.number,
            reason="计入十月退货",
        )
        with pytest.raises(Conflict) as refused:
            desk.draft(supersedes=first.number, reason="再改")
        assert code(refused) == "bulletin_superseded"
    assert (second.version, second.issue_no, second.total_no, second.year) == (2, 1, 1, 2020)
    assert superseded_by(session, first) is second
    sales = {name: _total(row, "sales") for name, row in (("first", first), ("second", second))}
    assert sales == {"first": 9_800, "second": 4_900}
    assert bytes(first.content) == before
    assert verify_bulletin(session, first).holds
    assert verify_bulletin(session, second).holds


def _total(bulletin: Bulletin, column: str) -> Any:
    table = read(bulletin.content).table
    return (table.total or [])[[one.code for one in table.columns].index(column)]


def test_a_version_that_supersedes_says_why_and_is_about_the_same(session: Session, desk: Desk) -> None:
    first, drafted = desk.issued(), desk.draft()
    for changes, wanted in (
        ({"supersedes": first.number}, "bulletin_reason"),
        ({"reason": "无所替代"}, "bulletin_reason"),
        ({"supersedes": "T0", "reason": "更正"}, "bulletin_unknown"),
        ({"supersedes": drafted.number, "reason": "更正"}, "bulletin_not_issued"),
        (
            {"supersedes": first.number, "reason": "更正", "subject": Subject("R3", "2020-09", "440000")},
            "bulletin_subject",
        ),
    ):
        with pytest.raises(DomainError) as refused:
            desk.draft(**changes)
        assert code(refused) == wanted


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE statistics.bulletin SET title = 'x'",
        "DELETE FROM statistics.bulletin",
        "TRUNCATE statistics.bulletin CASCADE",
        "UPDATE statistics.bulletin_step SET opinion = 'x'",
        "DELETE FROM statistics.published_cells",
    ],
)
def test_the_database_refuses_to_edit_what_was_issued(session: Session, desk: Desk, statement: str) -> None:
    desk.issued(disclosure="open")
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(sa.text(statement))


def test_the_bytes_of_a_draft_cannot_be_exchanged(session: Session, desk: Desk) -> None:
    desk.draft()
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.execute(sa.text("UPDATE statistics.bulletin SET content = 'x'"))
    assert "a new version supersedes it" in str(refused.value)


def test_without_a_key_nothing_is_issued(session: Session, desk: Desk) -> None:
    number = desk.draft().number
    review_bulletin(session, desk.reviewer, number, verdict="approve", opinion="")
    held = signing.signer()
    signing.install(signing.signer_from_settings(Settings(database_url="postgresql://elsewhere")))
    try:
        with pytest.raises(Conflict) as refused:
            issue_bulletin(session, desk.issuer, number, verdict="approve", opinion="")
    finally:
        signing.install(held)
    assert code(refused) == "signing_key_missing"


def test_only_an_open_issued_one_is_there_for_everybody(session: Session, desk: Desk) -> None:
    for disclosure in ("on_request", "not_open"):
        with pytest.raises(NotFound):
            find_open_bulletin(session, desk.issued(disclosure=disclosure).number)
    with pytest.raises(NotFound):
        find_open_bulletin(session, desk.draft(disclosure="open").number)
    shown = desk.issued(disclosure="open")
    assert find_open_bulletin(session, shown.number) is shown
    elsewhere = make_actor(session, "statistician", "450000")
    with pytest.raises(NotFound):
        find_bulletin(session, elsewhere, shown.number)


def test_everybody_reads_two_households_as_a_mark_and_the_digest_of_the_whole_is_not_shown(
    session: Session, world: World, books: Books
) -> None:
    desk = open_desk(session, world, books, 2)
    with frozen_at(OCTOBER):
        bulletin = desk.issued(disclosure="open")
    public = read(bulletin.public_content or b"").table
    codes = [one.code for one in public.columns]
    row = dict(zip(codes, next(row for row in public.rows if row[0] == "梅州市"), strict=True))
    assert (row["households"], row["persons"], row["sales"]) == ("*", "*", 9_800)
    total = dict(zip(codes, public.total or [], strict=True))
    assert (total["households"], total["persons"], total["sales"]) == ("*", "*", 9_800)
    assert digest(bulletin.content).hex() not in (bulletin.public_imprint or b"").decode()
    assert (
        orjson.loads(bulletin.public_imprint or b"")["content_sha256"]
        == digest(bulletin.public_content or b"").hex()
    )
    assert verify_bulletin(session, bulletin).holds
    kept = session.scalars(sa.select(PublishedCells)).one()
    assert kept.cells["covered|origin|4414|2020-01..2020-09"] is None
    assert kept.small == ["covered|origin|4414|2020-01..2020-09", "covered|origin|44|2020-01..2020-09"]


def test_benefit_of_one_household_that_has_most_of_it_is_withheld_from_everybody(
    session: Session, world: World, books: Books
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    first, *others = world.households(6)
    roster = [(first, 95), *((number, 1) for number in others)]
    world.approved(world.agreement(), world.version(roster, products=whole, share_unit="股"))
    books.sell(books.line())
    with frozen_at(OCTOBER):
        close_period(session, None, "2020-09")
        desk = Desk(
            session,
            books,
            books.line(),
            make_actor(session, "statistician", "440000"),
            make_actor(session, "province_officer", "440000"),
            make_actor(session, "issuer", "440000"),
        )
        bulletin = desk.issued(subject=Subject("R6", "2020-09", "440000"), disclosure="open")
    public, whole_table = read(bulletin.public_content or b"").table, read(bulletin.content).table
    codes = [one.code for one in public.columns]
    row, known = (dict(zip(codes, table.rows[0], strict=True)) for table in (public, whole_table))
    assert (known["households"], known["accrued"]) == (6, 980)
    assert (row["households"], row["accrued"], row["gap"], row["per_household"]) == (6, "*", "*", "*")


def test_two_issued_at_the_same_moment_get_numbers_one_after_the_other(own_database: db.Database) -> None:
    with db.transaction() as session:
        world = make_world(session)
        desk = open_desk(session, world, Books(session, world), 7)
        numbers = []
        with frozen_at(OCTOBER):
            for title in ("甲", "乙", "丙"):
                number = desk.draft(title=title, disclosure="open").number
                review_bulletin(session, desk.reviewer, number, verdict="approve", opinion="")
                numbers.append(number)

    def issue(number: str) -> None:
        with frozen_at(OCTOBER), db.transaction() as own:
            issue_bulletin(own, desk.issuer, number, verdict="approve", opinion="")

    in_threads(*(partial(issue, number) for number in numbers))
    with db.transaction() as session:
        rows = session.execute(
            sa.select(Bulletin.issue_no, Bulletin.total_no).order_by(Bulletin.issue_no)
        ).all()
        assert [tuple(row) for row in rows] == [(1, 1), (2, 2), (3, 3)]
        assert session.scalar(sa.select(sa.func.count()).select_from(PublishedCells)) == 3


def test_one_household_that_is_new_since_the_last_bulletin_is_not_told_by_the_next(
    session: Session, world: World, books: Books
) -> None:
    grown = [(number, 1) for number in world.households(1)]
    desk = open_desk(session, world, books, 7)
    with frozen_at(OCTOBER):
        first = desk.issued(disclosure="open")
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    agreement = world.agreement()
    agreed = replace(world.version(grown, products=whole), from_day=date(2020, 10, 1))
    with frozen_at(OCTOBER):
        world.approved(agreement, agreed)
        books.sell(books.line(1_000, 1, sold_at=OCTOBER, counted_at=OCTOBER))
    with frozen_at(NOVEMBER):
        close_period(session, None, "2020-10")
        second = desk.issued(disclosure="open", subject=Subject("R1", "2020-10", "440000"))
        third = desk.issued(disclosure="on_request", subject=Subject("R1", "2020-10", "440000"))
    assert [_total(row, "households") for row in (first, second, third)] == [7, 8, 8]
    assert read(first.public_content or b"").table.total == read(first.content).table.total
    public = read(second.public_content or b"").table
    codes = [one.code for one in public.columns]
    assert (public.total or [])[codes.index("households")] == "*"
    assert next(row for row in public.rows if row[0] == "梅州市")[codes.index("households")] == "*"
    assert third.public_content is None
