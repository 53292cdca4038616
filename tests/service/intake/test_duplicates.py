"""The same sale told twice: found whatever comes first, one side in the books, decided and undone by people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.attribution.models import Entry
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict, Forbidden
from marketplace.intake.models import DuplicateCase, DuplicateDecision, ForeignSale
from marketplace.intake.service.duplicates.decide import decide
from marketplace.intake.service.duplicates.gone import look_at_gone
from marketplace.orders import service as orders
from tests.catalogue_world import World
from tests.orders_world import open_shop
from tests.support.books import ledger_breaks
from tests.support.county import make_actor
from tests.support.reporters import BUYER, UNION, Reporter, books, cases, do_follow_ups, open_reporter
from tests.support.reporting_device import Cabinet, keep_by_hand


@pytest.fixture(autouse=True)
def books_hold(cabinet: Cabinet) -> Iterator[None]:
    """Whatever a test does, the ledger says of every report what stands of it."""
    yield
    assert ledger_breaks(cabinet.session) == []


@pytest.fixture
def platform(cabinet: Cabinet) -> Reporter:
    return open_reporter(cabinet, "platform_832", "platform_832")


@pytest.fixture
def county(cabinet: Cabinet) -> Reporter:
    operator = World(cabinet.session).organisation("channel_operator")
    return open_reporter(cabinet, "hall_offline", "county_register", operator_id=operator.id)


@pytest.fixture
def official(session: Session) -> Actor:
    return make_actor(session, "statistician", "440000")


def judge(
    session: Session, who: Actor, case: DuplicateCase, outcome: str, opinion: str = "已核对"
) -> DuplicateCase:
    found = decide(session, who, case.number, outcome=outcome, opinion=opinion, after=case.decisions)
    do_follow_ups(session)
    return found


@pytest.mark.parametrize("platform_first", [True, False])
def test_an_order_of_a_platform_that_a_county_reports_too_counts_once_whatever_comes_first(
    platform: Reporter, county: Reporter, platform_first: bool
) -> None:
    tell = [
        lambda: platform.report(platform.row("P-1")),
        lambda: county.report(county.row("X1", 原平台订单编号="p 1")),
    ]
    for report in tell if platform_first else reversed(tell):
        report()
    [case] = cases(platform.session)
    assert (case.rule, case.state, case.sureness) == ("order_number", "decided", "certain")
    assert case.why["precedence"] == {
        "zh": "平台导出订单优先于县级台账上报",
        "en": "the export of a platform stands before the upload of a county",
    }
    assert platform.ledger() == {"certified_aid": 4_900}
    assert county.ledger() == {}
    assert county.sale("X1").duplicate_of == platform.sale("P-1").id
    kinds = platform.session.execute(select(Entry.kind, func.count()).group_by(Entry.kind)).all()
    assert dict(kinds) == ({"sale": 1} if platform_first else {"sale": 2, "correction": 1})


@pytest.mark.parametrize("county_first", [True, False])
def test_the_operator_whose_report_does_not_count_finds_one_notice_for_a_batch(
    platform: Reporter, county: Reporter, county_first: bool
) -> None:
    tell = [
        lambda: county.report(
            *(county.row(f"X{number}", 原平台订单编号=f"P{number}") for number in range(3))
        ),
        lambda: platform.report(*(platform.row(f"P{number}") for number in range(3))),
    ]
    for report in tell if county_first else reversed(tell):
        report()
    [notice] = platform.session.scalars(
        select(InboxNotice).where(InboxNotice.kind == "sales_duplicate")
    ).all()
    assert (notice.organisation_id, notice.detail) == (county.channel.operator_id, {"count": 3})
    assert books(platform.session) == 3 * 4_900


def test_the_same_parties_and_amount_within_days_are_a_case_for_people_and_count_twice_until_it_is_decided(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    county.report(county.row("X1", 成交时间="2020-09-28 10:00:00"))
    [case] = cases(session)
    assert (case.rule, case.state, case.sureness) == ("nearby", "open", "likely")
    assert books(session) == 9_800
    judge(session, official, case, "confirmed")
    assert (books(session), county.ledger()) == (4_900, {})
    [notice] = session.scalars(select(InboxNotice).where(InboxNotice.kind == "sale_duplicate")).all()
    assert notice.organisation_id == county.channel.operator_id


def test_a_decision_is_undone_by_another_one_that_posts_again(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    county.report(county.row("X1"))
    [case] = cases(session)
    for outcome, fen in (
        ("confirmed", 4_900),
        ("dismissed", 9_800),
        ("confirmed", 4_900),
        ("dismissed", 9_800),
    ):
        judge(session, official, case, outcome)
        assert books(session) == fen
    made = session.scalars(select(DuplicateDecision.outcome).order_by(DuplicateDecision.decision_no)).all()
    assert made == ["confirmed", "dismissed", "confirmed", "dismissed"]
    assert county.sale("X1").revision == 3
    assert county.ledger() == {"certified_aid": 4_900}


def test_what_is_dismissed_never_was_in_question_for_the_books(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    platform.report(platform.row("P1"))
    county.report(county.row("X1"))
    [case] = cases(platform.session)
    before = platform.session.scalar(select(func.count()).select_from(Entry))
    judge(platform.session, official, case, "dismissed")
    assert platform.session.scalar(select(func.count()).select_from(Entry)) == before


def test_a_sale_that_is_not_the_first_candidate_is_held_against_the_next_one(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"), platform.row("P2"))
    county.report(county.row("X1"))
    [first] = cases(session)
    judge(session, official, first, "dismissed")
    [second] = cases(session, "open")
    assert {first.first, first.second} & {second.first, second.second}
    judge(session, official, second, "confirmed")
    assert books(session) == 9_800
    assert cases(session, "open") == []


def test_equal_sales_of_two_reporters_are_matched_one_to_one(platform: Reporter, county: Reporter) -> None:
    platform.report(*(platform.row(f"P{number}") for number in range(3)))
    county.report(*(county.row(f"X{number}") for number in range(3)))
    found = cases(platform.session)
    assert len(found) == 3
    assert len({node for case in found for node in (case.first, case.second)}) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"金额(元)": "48.00"},
        {"成交时间": "2020-09-26 23:59:59"},
        {"采购人统一社会信用代码": None},
        {"原平台订单编号": "P2"},
    ],
)
def test_another_amount_day_buyer_or_number_is_another_sale(
    platform: Reporter, county: Reporter, changes: dict[str, Any]
) -> None:
    platform.report(platform.row("P1"))
    county.report(county.row("X1", **changes))
    assert cases(platform.session) == []


def test_one_number_with_another_amount_is_left_to_people(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    platform.report(platform.row("P1"))
    county.report(county.row("X1", 原平台订单编号="P1", **{"金额(元)": "48.00"}))
    [case] = cases(platform.session)
    assert (case.rule, case.sureness, books(platform.session)) == ("order_number", "likely", 9_700)
    judge(platform.session, official, case, "confirmed")
    assert books(platform.session) == 4_900


@pytest.mark.parametrize(
    ("unit", "union", "total", "found"),
    [
        ("60.00", "40.00", "100.00", []),
        ("100.00", "100.00", "100.00", [("certain", "decided")]),
        ("60.00", "60.00", "100.00", [("likely", "open")]),
        ("60.00", "50.00", "100.00", [("likely", "open")]),
        ("60.00", "60.00", None, [("likely", "open")]),
        ("60.00", "40.00", None, []),
    ],
)
def test_unit_and_union_may_split_an_invoice_and_not_declare_it_twice(
    county: Reporter, unit: str, union: str, total: str | None, found: list[tuple[str, str]]
) -> None:
    invoice = {"发票号码": "044002000111-12345678", "发票价税合计(元)": total}
    county.report(county.row("U1", **{"金额(元)": unit, **invoice}))
    county.report(county.row("G1", **{"金额(元)": union, "采购人统一社会信用代码": UNION, **invoice}))
    assert [(case.sureness, case.state) for case in cases(county.session)] == found
    assert {case.rule for case in cases(county.session)} <= {"invoice"}


def test_both_regions_of_a_pairing_report_what_one_sold_to_the_other(
    cabinet: Cabinet, official: Actor
) -> None:
    helper = open_reporter(cabinet, "hall_offline", "standard", area_code="440106")
    helped = open_reporter(cabinet, "hall_offline", "standard", area_code="441403")
    helped.report(helped.row("M1", lot="L-2020-09"))
    helper.report(helper.row("G1", lot="l202009", sold_at="2020-10-01 09:00:00"))
    [case] = cases(cabinet.session)
    assert (case.rule, case.sureness, case.why["equal"]) == (
        "regions",
        "likely",
        ["producer", "product", "amount_fen", "lot"],
    )


def test_tills_that_sell_the_same_to_anybody_are_never_compared(cabinet: Cabinet) -> None:
    helper = open_reporter(cabinet, "hall_offline", "standard", area_code="440106")
    helped = open_reporter(cabinet, "hall_offline", "standard", area_code="441403")
    helped.report(helped.row("M1"))
    helper.report(helper.row("G1"))
    assert cases(cabinet.session) == []


# What happens to either side while a case is open, and after it.


def test_a_refund_of_the_losing_row_changes_nothing_in_the_books_and_is_remembered(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1", **{"实付金额(元)": "98.00", "数量": "2"}))
    sale = {"金额(元)": "98.00", "数量": "2"}
    county.report(county.row("X1", 原平台订单编号="P1", **sale))
    back = county.row(
        "X1", 类型="退款", 退款或更正单号="R1", 原平台订单编号="P1", 成交时间="2020-10-01 10:00:00"
    )
    county.report(back)
    assert (books(session), county.sale("X1").refunded_fen) == (9_800, 4_900)
    judge(session, official, cases(session)[0], "dismissed")
    assert county.ledger() == {"certified_aid": 4_900}


def test_a_refund_while_the_case_is_open_is_taken_into_account_when_it_is_confirmed(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1", **{"实付金额(元)": "98.00", "数量": "2"}))
    county.report(county.row("X1", **{"金额(元)": "98.00", "数量": "2"}))
    county.report(county.row("X1", 类型="退款", 退款或更正单号="R1", 成交时间="2020-10-01 10:00:00"))
    assert books(session) == 9_800 + 4_900
    judge(session, official, cases(session)[0], "confirmed")
    assert (books(session), county.ledger()) == (9_800, {})


def test_a_correction_of_the_losing_row_stays_out_of_the_books_and_is_looked_at_when_it_no_longer_fits(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    county.report(county.row("X1", 原平台订单编号="P1"))
    county.report(county.row("X1", 类型="更正", 退款或更正单号="K1", 原平台订单编号="P9"))
    assert (books(session), county.sale("X1").state) == (4_900, "duplicate")
    first, again = cases(session)
    assert (first.round, again.round, again.cause, again.state) == (1, 2, "corrected", "open")
    judge(session, official, again, "dismissed")
    assert (books(session), county.sale("X1").state) == (9_800, "counted")


def test_a_correction_that_still_fits_changes_nothing(platform: Reporter, county: Reporter) -> None:
    platform.report(platform.row("P1"))
    county.report(county.row("X1", 原平台订单编号="P1"))
    county.report(county.row("X1", 类型="更正", 退款或更正单号="K1", 原平台订单编号="P1", 规格="五斤"))
    assert [case.state for case in cases(platform.session)] == ["decided"]
    assert (books(platform.session), county.sale("X1").state) == (4_900, "duplicate")


def test_a_correction_of_the_surviving_row_counts_and_carries_its_duplicates_along(
    cabinet: Cabinet, county: Reporter
) -> None:
    hall = open_reporter(cabinet, "hall_offline", "standard")
    named = {"buyer_uscc": BUYER, "original_no": "Q1"}
    hall.report(hall.row("H1", **named))
    county.report(county.row("X1", 原平台订单编号="Q1"))
    hall.report(hall.row("H1", action="correction", action_ref="K1", spec="五斤", **named))
    assert books(cabinet.session) == 4_900
    assert county.sale("X1").duplicate_of == hall.sale("H1").id


def test_when_the_survivor_is_given_back_wholly_the_loser_is_looked_at_again(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    county.report(county.row("X1", 原平台订单编号="P1"))
    assert look_at_gone(session) == 0
    platform.report(platform.row("P1", 类型="退款", 退款单号="R1", 下单时间="2020-10-01 09:00:00"))
    assert books(session) == 0
    assert (look_at_gone(session), look_at_gone(session)) == (1, 0)
    again = cases(session, "open")[0]
    assert (again.round, again.cause) == (2, "survivor_gone")
    judge(session, official, again, "dismissed")
    assert (books(session), county.ledger()) == (4_900, {"certified_aid": 4_900})
    assert look_at_gone(session) == 0


def test_a_survivor_that_is_given_back_before_it_counts_is_noticed_too(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1", 订单状态="待发货"))
    county.report(county.row("X1", 原平台订单编号="P1"))
    assert books(session) == 0
    platform.report(
        platform.row("P1", 类型="退款", 退款单号="R1", 下单时间="2020-10-01 09:00:00", 订单状态="待发货")
    )
    assert look_at_gone(session) == 1
    judge(session, official, cases(session, "open")[0], "confirmed")
    assert (books(session), look_at_gone(session)) == (0, 0)


def test_a_survivor_that_waits_counts_when_its_platform_says_so(platform: Reporter, county: Reporter) -> None:
    county.report(county.row("X1", 原平台订单编号="P1"))
    platform.report(platform.row("P1", 订单状态="待发货"))
    assert books(platform.session) == 0
    platform.report(platform.row("P1"))
    assert platform.ledger() == {"certified_aid": 4_900}


def test_of_three_reports_one_stands(platform: Reporter, county: Reporter, cabinet: Cabinet) -> None:
    helped = open_reporter(cabinet, "hall_offline", "county_register", area_code="441403")
    helped.report(helped.row("M1", 原平台订单编号="P1"))
    county.report(county.row("X1", 原平台订单编号="P1"))
    platform.report(platform.row("P1"))
    assert platform.ledger() == {"certified_aid": 4_900}
    assert books(platform.session) == 4_900
    stands = platform.sale("P1").id
    assert (helped.sale("M1").duplicate_of, county.sale("X1").duplicate_of) == (stands, stands)


# Who may decide.


def test_only_an_official_of_both_areas_decides_and_nobody_who_reported(
    platform: Reporter, county: Reporter, cabinet: Cabinet
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    helped = open_reporter(cabinet, "hall_offline", "county_register", area_code="441403")
    helped.report(helped.row("M1"))
    [case] = cases(session)
    for who in (
        make_actor(session, "statistician", "441403"),
        make_actor(session, "platform_operator", "440000"),
    ):
        with pytest.raises(Forbidden):
            judge(session, who, case, "confirmed")
    assert (case.state, books(session)) == ("open", 9_800)


def test_a_decision_made_on_an_older_sight_of_the_case_is_refused(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"))
    county.report(county.row("X1"))
    [case] = cases(session)
    judge(session, official, case, "confirmed")
    with pytest.raises(Conflict) as refused:
        decide(session, official, case.number, outcome="dismissed", opinion="", after=0)
    assert refused.value.code == "case_changed"
    with pytest.raises(Conflict) as refused:
        decide(session, official, case.number, outcome="confirmed", opinion="", after=1)
    assert (refused.value.code, books(session)) == ("case_decided", 4_900)


def test_a_sale_cannot_be_one_with_two_of_the_same_reporter(
    platform: Reporter, county: Reporter, official: Actor
) -> None:
    session = platform.session
    platform.report(platform.row("P1"), platform.row("P2"))
    county.report(county.row("X1"))
    [first] = cases(session)
    judge(session, official, first, "dismissed")
    [second] = cases(session, "open")
    judge(session, official, second, "confirmed")
    with pytest.raises(Conflict) as refused:
        judge(session, official, first, "confirmed")
    assert (refused.value.code, books(session)) == ("case_taken", 9_800)


def hand_in(reporter: Reporter, who: Actor, *rows: dict[str, Any]) -> None:
    """One batch by a person's account."""
    body = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
    manifest, _ = reporter.manifest(body, len(rows), 4_900 * len(rows), sequence=99)
    reporter.process(keep_by_hand(reporter.session, who, manifest, body))


def test_whoever_handed_a_report_in_does_not_decide_over_it_under_any_account(
    platform: Reporter, county: Reporter
) -> None:
    session = platform.session
    statistician = make_actor(session, "statistician", "440000")
    platform.report(platform.row("P1"))
    hand_in(county, statistician, county.row("X1"))
    [case] = cases(session)
    with pytest.raises(Forbidden) as refused:
        judge(session, statistician, case, "confirmed")
    assert (refused.value.code, books(session)) == ("same_person", 9_800)


def test_what_a_person_hands_in_for_a_till_is_believed_less_than_what_a_till_says(
    cabinet: Cabinet, official: Actor
) -> None:
    till, by_hand = (open_reporter(cabinet, "hall_offline", "standard") for _ in range(2))
    named = {"buyer_uscc": BUYER, "original_no": "Q1"}
    hand_in(by_hand, official, by_hand.row("B1", **named))
    till.report(till.row("H1", **named))
    assert (till.ledger(), by_hand.ledger()) == ({"certified_aid": 4_900}, {})


# Orders of our own checkout.


def test_an_order_of_ours_that_a_till_reports_again_counts_once(cabinet: Cabinet) -> None:
    shop = open_shop(cabinet.session)
    order = shop.complete()
    cabinet.report(cabinet.row(order.number, lineno="1"), cabinet.row(order.number.lower(), lineno="2"))
    do_follow_ups(cabinet.session)
    found = cases(cabinet.session)
    assert [(case.rule, case.state) for case in found] == [("own_order", "decided")] * 2
    assert cabinet.ledger() == {}
    sales = cabinet.session.scalars(select(ForeignSale)).all()
    assert {(sale.state, sale.duplicate_of) for sale in sales} == {("duplicate", order.id)}


def test_an_order_of_ours_that_was_called_off_decides_nothing(cabinet: Cabinet) -> None:
    shop = open_shop(cabinet.session)
    order = shop.place()
    orders.cancel(cabinet.session, shop.buyer_actor, order.number, reason="不要了")
    cabinet.report(cabinet.row(order.number))
    do_follow_ups(cabinet.session)
    [case] = cases(cabinet.session)
    assert (case.state, case.sureness, cabinet.ledger()) == ("open", "likely", {"certified_aid": 4_900})


def test_an_order_of_ours_that_went_back_wholly_has_its_double_looked_at_again(cabinet: Cabinet) -> None:
    session = cabinet.session
    shop = open_shop(session)
    order = shop.complete()
    cabinet.report(cabinet.row(order.number))
    do_follow_ups(session)
    assert look_at_gone(session) == 0
    shop.returned(order, 1, 2)
    assert look_at_gone(session) == 1
    assert [(case.round, case.cause, case.state) for case in cases(session, "open")] == [
        (2, "survivor_gone", "open")
    ]
    assert cabinet.ledger() == {}


def test_a_number_in_the_shape_of_ours_that_is_none_of_ours_is_a_sale_like_any(cabinet: Cabinet) -> None:
    cabinet.report(cabinet.row("D0123456789AB"))
    do_follow_ups(cabinet.session)
    assert (cases(cabinet.session), cabinet.ledger()) == ([], {"certified_aid": 4_900})
