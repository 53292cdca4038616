"""Invoices from the frozen tax splits: asked for, issued, merged, taken back by red letters, checked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice, Organisation
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError, Forbidden, IllegalTransition, NotFound
from marketplace.core.identifiers import build_uscc
from marketplace.orders import service
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.payments.models import Invoice, InvoiceLine
from marketplace.payments.service import invoice_differences
from marketplace.payments.service.invoices import checks, reading, red, requests
from marketplace.payments.service.invoices.issue import Addressed, Printed, issue, issue_for_request
from marketplace.payments.service.invoices.red import Reversal
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop

BUYER = build_uscc("1144010011111111")
SELLER = build_uscc("9346902522222222")
TO = Addressed(kind="normal", title="演示预算单位", tax_number=BUYER)


@pytest.fixture
def shop(session: Session, heard: Heard) -> Shop:
    made = open_shop(session, (4_900, 12_800, 3_000))
    session.execute(
        update(Organisation).where(Organisation.id == made.seller_actor.organisation_id).values(uscc=SELLER)
    )
    return made


def printed(number: int, total_fen: int, tax_fen: int, **changes: Any) -> Printed:
    values: dict[str, Any] = {
        "code": "044002000111",
        "invoice_no": f"{number:08d}",
        "issued_at": NOON,
        "seller_tax_number": SELLER,
        "total_fen": total_fen,
        "tax_fen": tax_fen,
    }
    return Printed(**(values | changes))


def retax(shop: Shop, order: SalesOrder, line_no: int, treatment: str, tax_fen: int) -> None:
    """Another tax treatment frozen on a line."""
    shop.session.execute(
        update(OrderLine)
        .where(OrderLine.order_id == order.id, OrderLine.line_no == line_no)
        .values(tax_treatment=treatment, tax_fen=tax_fen)
    )


def blue(
    shop: Shop, order: SalesOrder, number: int = 1, total_fen: int = 9800, tax_fen: int = 809
) -> Invoice:
    return issue(shop.session, shop.seller_actor, [order.number], TO, printed(number, total_fen, tax_fen))


def take_back(
    shop: Shop, invoice: Invoice, number: int, total_fen: int, tax_fen: int, **reversal: Any
) -> Invoice:
    with frozen_at(NOON + timedelta(hours=1)):
        return red.issue_red(
            shop.session,
            shop.seller_actor,
            invoice.number,
            Reversal(reason="退货", **reversal),
            printed(number, total_fen, tax_fen),
        )


def refused(code: str, work: Any, *args: Any, **named: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        work(*args, **named)
    assert caught.value.code == code
    return caught.value


def lines_of(shop: Shop, invoice: Invoice) -> list[tuple[int, int, int]]:
    """(net, tax, gross) of each line."""
    return [
        (line.gross_fen - line.tax_fen, line.tax_fen, line.gross_fen)
        for line in reading.lines_of_invoice(shop.session, invoice)
    ]


def count(shop: Shop, model: Any = Invoice) -> int:
    return shop.session.scalar(select(func.count()).select_from(model)) or 0


def test_amounts_are_those_of_the_frozen_splits_exempt_goods_too(shop: Shop) -> None:
    order = shop.place([2, 1, 1])
    retax(shop, order, 2, "rate_13", 1473)
    retax(shop, order, 3, "exempt_self_produced", 0)
    refusal = refused("invoice_total", blue, shop, order, 1, 25_599, 2282)
    assert refusal.extra["expected_fen"] == "25600"
    assert refused("invoice_tax", blue, shop, order, 1, 25_600, 2281).extra["expected_fen"] == "2282"
    assert (count(shop), order.invoice_state, order.invoiced_fen) == (0, "none", 0)
    invoice = blue(shop, order, 1, 25_600, 2282)
    assert lines_of(shop, invoice) == [(8991, 809, 9800), (11327, 1473, 12800), (3000, 0, 3000)]
    first = reading.lines_of_invoice(shop.session, invoice)[0]
    assert first.description.split("*")[0] == ""
    assert first.description.count("*") == 2
    assert (first.quantity, first.unit) == (2, "箱")
    assert (order.invoice_state, order.invoiced_at, order.invoiced_fen) == ("issued", NOON, 25_600)
    assert (invoice.title, invoice.tax_number, invoice.seller_tax_number) == ("演示预算单位", BUYER, SELLER)


def test_a_number_is_registered_once_and_an_order_invoiced_once(shop: Shop) -> None:
    first, second = shop.place([2]), shop.place([2])
    blue(shop, first)
    refused("nothing_to_invoice", blue, shop, first, 2)
    refused("invoice_known", _in_savepoint, shop, lambda: blue(shop, second, 1))
    assert count(shop) == 1


def test_the_seller_of_the_contract_alone_issues_and_is_printed(shop: Shop) -> None:
    order = shop.place([2])
    for actor in (shop.buyer_actor, actor_of("producer", shop.buyer.id)):
        with pytest.raises(Forbidden):
            issue(shop.session, actor, [order.number], TO, printed(1, 9800, 809))
    other = printed(1, 9800, 809, seller_tax_number=BUYER)
    refused("seller_differs", issue, shop.session, shop.seller_actor, [order.number], TO, other)
    early = printed(1, 9800, 809, issued_at=NOON - timedelta(seconds=1))
    refused("issued_at", issue, shop.session, shop.seller_actor, [order.number], TO, early)
    late = printed(1, 9800, 809, issued_at=NOON + timedelta(seconds=1))
    refused("issued_at", issue, shop.session, shop.seller_actor, [order.number], TO, late)
    assert (count(shop), order.invoice_state) == (0, "none")


def test_several_orders_of_one_buyer_and_seller_are_merged_on_one_invoice(shop: Shop) -> None:
    one, two = shop.place([2]), shop.place([4])
    retax(shop, two, 1, "rate_9", 1618)
    invoice = issue(shop.session, shop.seller_actor, [one.number, two.number], TO, printed(1, 29_400, 2427))
    assert {one.invoice_state, two.invoice_state} == {"issued"}
    assert (one.invoiced_fen, two.invoiced_fen) == (9800, 19_600)
    assert [order.number for order in reading.orders_of_invoice(shop.session, invoice)] == [
        one.number,
        two.number,
    ]
    stranger = shop.world.organisation()
    shop.session.execute(update(SalesOrder).where(SalesOrder.id == two.id).values(buyer_id=stranger.id))
    refused(
        "invoice_orders_differ",
        requests.ask,
        shop.session,
        _both(shop, stranger.id),
        [one.number, two.number],
        kind="normal",
        title="甲",
        tax_number=BUYER,
    )


def _both(shop: Shop, other: Any) -> Any:
    """Somebody who buys for two organisations."""
    mine, theirs = shop.buyer_actor, actor_of("buyer", other)
    return actor_of("buyer", shop.buyer.id, held=(*mine.held, *theirs.held))


def test_a_request_is_answered_by_the_invoice_that_it_asks_for(shop: Shop) -> None:
    order = shop.place([2])
    row = requests.ask(
        shop.session, shop.buyer_actor, [order.number], kind="special", title="演示工会", tax_number=BUYER
    )
    assert (row.state, order.invoice_state) == ("requested", "requested")
    refused(
        "invoice_already_asked",
        _in_savepoint,
        shop,
        lambda: requests.ask(
            shop.session, shop.buyer_actor, [order.number], kind="normal", title="演示", tax_number=BUYER
        ),
    )
    refused("invoice_asked_otherwise", blue, shop, order)
    invoice = issue_for_request(shop.session, shop.seller_actor, row.number, printed(1, 9800, 809))
    assert (invoice.kind, invoice.title, invoice.tax_number) == ("special", "演示工会", BUYER)
    assert (row.state, row.closed_at, order.invoice_state) == ("issued", NOON, "issued")
    with pytest.raises(IllegalTransition):
        issue_for_request(shop.session, shop.seller_actor, row.number, printed(2, 9800, 809))


def _in_savepoint(shop: Shop, work: Any) -> Any:
    with shop.session.begin_nested():
        return work()


@pytest.mark.parametrize("ending", ["withdrawn", "refused"])
def test_a_request_that_ended_without_an_invoice_may_be_made_again(shop: Shop, ending: str) -> None:
    order = shop.place([2])
    ask = {"kind": "normal", "title": "演示预算单位", "tax_number": BUYER}
    row = requests.ask(shop.session, shop.buyer_actor, [order.number], **ask)  # type: ignore[arg-type]
    if ending == "withdrawn":
        requests.withdraw(shop.session, shop.buyer_actor, row.number)
    else:
        requests.decline(shop.session, shop.seller_actor, row.number, "税号有误")
    assert (row.state, order.invoice_state) == (ending, "none")
    with pytest.raises(IllegalTransition):
        requests.withdraw(shop.session, shop.buyer_actor, row.number)
    again = requests.ask(shop.session, shop.buyer_actor, [order.number], **ask)  # type: ignore[arg-type]
    assert (again.state, order.invoice_state) == ("requested", "requested")


def test_special_invoices_are_not_for_exempt_goods(shop: Shop) -> None:
    order = shop.place([2])
    retax(shop, order, 1, "exempt_vegetable", 0)
    for work in (
        lambda: requests.ask(
            shop.session, shop.buyer_actor, [order.number], kind="special", title="甲", tax_number=BUYER
        ),
        lambda: issue(
            shop.session,
            shop.seller_actor,
            [order.number],
            Addressed(kind="special", title="甲", tax_number=BUYER),
            printed(1, 9800, 0),
        ),
    ):
        refused("special_exempt", work)


def test_goods_that_went_back_owe_red_letters_in_parts_that_keep_the_tax(shop: Shop) -> None:
    order = shop.complete([2])
    invoice = blue(shop, order)
    refused("no_red_owed", take_back, shop, invoice, 2, 4900, 405)
    shop.returned(order, 1, 1)
    (owed,) = reading.reds_owed(shop.session, _owing(shop))
    assert (owed.order.id, owed.owed_fen, owed.reasons, owed.invoice_numbers) == (
        order.id,
        4900,
        ("returned",),
        (invoice.number,),
    )
    told = shop.session.scalars(
        select(InboxNotice.organisation_id).where(InboxNotice.kind == "red_letter_owed")
    ).all()
    assert told == [shop.seller_actor.organisation_id]
    assert order.invoice_state == "issued"
    first = take_back(shop, invoice, 2, 4900, 405)
    assert (first.color, first.blue_id, order.invoice_state) == ("red", invoice.id, "partly_reversed")
    assert _owing(shop) == []
    shop.returned(order, 1, 1)
    second = take_back(shop, invoice, 3, 4900, 404)
    assert lines_of(shop, second) == [(4496, 404, 4900)]
    assert (order.invoice_state, order.red_fen, order.invoiced_fen) == ("reversed", 9800, 9800)
    assert [one.number for one in reading.reds_of(shop.session, invoice)] == [first.number, second.number]
    assert shop.session.scalar(select(Invoice.red_fen).where(Invoice.id == invoice.id)) == 9800
    refused("no_red_owed", take_back, shop, invoice, 4, 1, 0)


def _owing(shop: Shop) -> list[SalesOrder]:
    return list(shop.session.scalars(reading.orders_owing_red(shop.seller_actor)))


def test_a_rejected_part_is_never_invoiced(shop: Shop) -> None:
    order = shop.place([2])
    shop.pay(order)
    shop.deliver(order)
    rejected = service.Rejected([service.Part(1, 1)], "破损")
    service.accept(shop.session, shop.buyer_actor, order.number, rejected)
    invoice = blue(shop, order, 1, 4900, 405)
    assert lines_of(shop, invoice) == [(4495, 405, 4900)]
    assert (order.invoice_state, reading.lines_of_invoice(shop.session, invoice)[0].quantity) == ("issued", 1)


def test_a_wrong_invoice_is_taken_back_whole_and_issued_again(shop: Shop) -> None:
    order = shop.place([2])
    invoice = blue(shop, order)
    take_back(shop, invoice, 2, 9800, 809, whole=True)
    assert order.invoice_state == "reversed"
    again = blue(shop, order, 3)
    assert (order.invoice_state, order.invoiced_fen, order.red_fen) == ("partly_reversed", 19_600, 9800)
    assert invoice_differences(shop.session) == []
    order.invoiced_fen -= 1
    shop.session.flush()
    (found,) = invoice_differences(shop.session)
    assert (found.order_number, found.invoiced_fen, found.blue_lines_fen) == (order.number, 19_599, 19_600)
    assert lines_of(shop, again) == [(8991, 809, 9800)]


def test_named_parts_go_back_but_never_more_than_is_left(shop: Shop) -> None:
    order = shop.place([2])
    invoice = blue(shop, order)
    refused("red_above_blue", take_back, shop, invoice, 2, 9801, 809, parts={1: 9801})
    refused("red_line", take_back, shop, invoice, 2, 1, 0, parts={2: 1})
    refused("red_choice", take_back, shop, invoice, 2, 1, 0, parts={1: 1}, whole=True)
    take_back(shop, invoice, 2, 100, 8, parts={1: 100})
    assert (order.invoice_state, order.red_fen) == ("partly_issued", 100)
    rest = blue(shop, order, 3, 100, 8)
    assert lines_of(shop, rest) == [(92, 8, 100)]
    assert order.invoice_state == "partly_reversed"
    refused("not_blue", take_back, shop, reading.reds_of(shop.session, invoice)[0], 4, 1, 0)


def test_digital_and_special_red_letters_name_their_confirmation(shop: Shop) -> None:
    order = shop.place([2])
    to = Addressed(kind="digital_special", title="演示预算单位", tax_number=BUYER)
    number = {"code": "", "invoice_no": "20440000000000000001"}
    invoice = issue(shop.session, shop.seller_actor, [order.number], to, printed(1, 9800, 809, **number))
    other = printed(2, 9800, 809, code="", invoice_no="20440000000000000002")
    refused(
        "confirmation_missing",
        red.issue_red,
        shop.session,
        shop.seller_actor,
        invoice.number,
        Reversal(reason="作废", whole=True),
        other,
    )
    letter = red.issue_red(
        shop.session,
        shop.seller_actor,
        invoice.number,
        Reversal(reason="作废", whole=True, confirmation_no="44010120201001000001"),
        other,
    )
    assert (letter.confirmation_no, letter.total_fen) == ("44010120201001000001", 9800)


def test_the_buyer_checks_once_and_a_refused_invoice_owes_a_red_letter(shop: Shop) -> None:
    order = shop.place([2])
    invoice = blue(shop, order)
    with pytest.raises(Forbidden):
        checks.check(shop.session, shop.seller_actor, invoice.number, accept=True, opinion=None)
    stranger = actor_of("buyer", shop.world.organisation().id)
    with pytest.raises(NotFound):
        checks.check(shop.session, stranger, invoice.number, accept=True, opinion=None)
    checks.check(shop.session, shop.buyer_actor, invoice.number, accept=False, opinion="抬头有误")
    with pytest.raises(IllegalTransition):
        checks.check(shop.session, shop.buyer_actor, invoice.number, accept=True, opinion=None)
    (owed,) = reading.reds_owed(shop.session, _owing(shop))
    assert (owed.owed_fen, owed.reasons) == (9800, ("refused",))
    take_back(shop, invoice, 2, 9800, 809)
    assert (_owing(shop), order.invoice_state) == ([], "reversed")


def test_a_payment_waits_for_checks_only_when_the_contract_says_so(shop: Shop) -> None:
    order = shop.place([2], payment_method="after_delivery")
    agreed = shop.place([2], payment_method="after_delivery", waits_for=("goods", "invoice"))
    assert agreed.payment_terms["waits_for"] == ["goods", "invoice"]
    for one, number in ((order, 1), (agreed, 2)):
        shop.deliver(one)
        blue(shop, one, number)
    _, gates = checks.payment_gates(shop.session, shop.buyer_actor, order.number)
    assert [(gate.code, gate.is_passed, gate.may_delay) for gate in gates] == [
        ("goods", False, False),
        ("invoice", False, False),
    ]
    _, gates = checks.payment_gates(shop.session, shop.buyer_actor, agreed.number)
    assert [(gate.is_passed, gate.may_delay) for gate in gates] == [(False, True), (False, True)]
    service.accept(shop.session, shop.buyer_actor, agreed.number)
    invoice = shop.session.scalars(select(Invoice).where(Invoice.invoice_no == "00000002")).one()
    checks.check(shop.session, shop.buyer_actor, invoice.number, accept=True, opinion=None)
    _, gates = checks.payment_gates(shop.session, shop.buyer_actor, agreed.number)
    assert [gate.is_passed for gate in gates] == [True, True]
    refused(
        "waits_for",
        service.place,
        shop.session,
        shop.buyer_actor,
        shop.basket([1], waits_for=("invoice",)),
    )


def test_what_an_invoice_says_never_changes(shop: Shop) -> None:
    invoice = blue(shop, shop.place([2]))
    for model, values in ((Invoice, {"title": "改"}), (InvoiceLine, {"gross_fen": 1})):
        with pytest.raises(IntegrityError), shop.session.begin_nested():
            shop.session.execute(update(model).values(**values))
    with pytest.raises(DBAPIError), shop.session.begin_nested():
        shop.session.delete(invoice)
        shop.session.flush()
