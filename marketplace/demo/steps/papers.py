"""A few orders of the year's last days, paid directly: a contract signed, invoices, a bank statement, and one that nobody pays.

Cheap on purpose: four orders of one producer, one paper of a contract. What a worker would do is done here, as none runs.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.money import format_yuan
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.codes import demo_uscc
from marketplace.demo.invented.draw import MARK
from marketplace.demo.steps.settlement import COUNTY, open_account
from marketplace.demo.steps.year import ACTIONS, seller_of
from marketplace.demo.world.sales import PlannedOrder
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.service import contracts
from marketplace.payments.models import Invoice
from marketplace.payments.service import bank_statements, matching
from marketplace.payments.service.invoices import drafts, issue, red, requests
from marketplace.payments.service.invoices.parties import tax_number_of

_PLACED_ON: Final = date(2020, 12, 26)
_DELIVERED_ON: Final = date(2020, 12, 29)
_PAPERS_ON: Final = date(2020, 12, 30)
_PAID_ON: Final = date(2020, 12, 31)
#: Contracted and invoiced, paid by its code; paid by somebody unknown; never paid; part of its invoice is taken back.
_CONTRACTED, _UNKNOWN, _OVERDUE, _REVERSED = range(4)
_FIRST_SERIAL: Final = 900_000
_SCAN: Final = b"\x89PNG\r\n\x1a\n"


def build(demo: Demo) -> None:
    """Place four orders as the last direct one that was paid after delivery, deliver them, and let their papers follow."""
    plans = _plans(demo)
    for day, actions in ((_PLACED_ON, ("place", "confirm")), (_DELIVERED_ON, ("ship", "deliver"))):
        with on(day) as session:
            for plan in plans:
                for action in actions:
                    ACTIONS[action](demo, session, plan)
    with on(_PAPERS_ON) as session:
        open_account(demo, session, plans[0].producer_key)
        _sign_contract(demo, session, plans[_CONTRACTED])
        _invoice(demo, session, plans[_CONTRACTED], 1)
        blue = _invoice(demo, session, plans[_REVERSED], 2)
        _take_back(demo, session, plans[_REVERSED], blue)
    with on(_PAID_ON, 20) as session:
        _read_statement(demo, session, plans)
        matching.match_next(session)
    demo.tick(1)


def _plans(demo: Demo) -> list[PlannedOrder]:
    counties = {one.key: one.county for one in demo.world.producers}
    kind = {one.key: one.kind for one in demo.world.buyers}
    like = next(
        one
        for one in reversed(demo.world.orders)
        if not one.pays_first
        and counties[one.producer_key] != COUNTY
        and kind[one.buyer_key] == "budget_unit"
        and not one.producer_key.startswith("case|")
        and (one.site_key, one.lines[0].product_key) in demo.listings
    )
    # Each of another sum, so that an amount names one order.
    return [
        replace(
            like,
            serial=_FIRST_SERIAL + number,
            lines=(replace(like.lines[0], quantity=number + 1),),
            brokered=False,
        )
        for number in range(4)
    ]


def _order(demo: Demo, session: Session, plan: PlannedOrder) -> SalesOrder:
    return session.scalars(select(SalesOrder).where(SalesOrder.number == demo.orders[plan.serial])).one()


def _sign_contract(demo: Demo, session: Session, plan: PlannedOrder) -> None:
    """Both sides bring the scan of their stamped copy, and each checks the other's."""
    seller, buyer = seller_of(demo, plan), demo.actors[plan.buyer_key]
    contract = contracts.draft(session, seller, demo.orders[plan.serial], contracts.Agreed())
    contracts.make_document(session, {"contract": contract.number})
    contracts.send(session, seller, contract.number)
    for side, own, other in (("seller", seller, buyer), ("buyer", buyer, seller)):
        scan = _scan(session, own, side)
        signed = contracts.Signed(side, "stamped_scan", scan, f"{side} {MARK}")
        brought = contracts.sign(session, own, contract.number, signed)
        contracts.check_signature(session, other, brought.id, approve=True, opinion=None)


def _scan(session: Session, actor: Actor, side: str) -> uuid.UUID:
    content = _SCAN + side.encode()
    return files.store(
        session, actor, name=f"盖章({MARK}).png", content=content, owner_id=actor.organisation_id
    ).id


def _invoice(demo: Demo, session: Session, plan: PlannedOrder, number: int) -> Invoice:
    """The buyer asks, the seller issues over all of the order."""
    order = _order(demo, session, plan)
    asked = requests.ask(
        session,
        demo.actors[plan.buyer_key],
        [order.number],
        kind="normal",
        title=order.buyer_name,
        tax_number=session.get_one(Organisation, order.buyer_id).uscc,
    )
    rest = drafts.rest_of(session, order)
    printed = _printed(
        session, order, number, sum(one.gross_fen for one in rest), sum(one.tax_fen for one in rest)
    )
    return issue.issue_for_request(session, seller_of(demo, plan), asked.number, printed)


def _take_back(demo: Demo, session: Session, plan: PlannedOrder, blue: Invoice) -> None:
    """The whole invoice is taken back by a red letter: it named another title."""
    order = _order(demo, session, plan)
    reversal = red.Reversal(reason=f"抬头有误({MARK})", whole=True)
    printed = _printed(session, order, 3, blue.total_fen, blue.tax_fen)
    red.issue_red(session, seller_of(demo, plan), blue.number, reversal, printed)


def _printed(session: Session, order: SalesOrder, number: int, total_fen: int, tax_fen: int) -> issue.Printed:
    return issue.Printed(
        code="044002000111",
        invoice_no=f"{number:08d}",
        issued_at=utcnow(),
        seller_tax_number=tax_number_of(session, order.producer_organisation_id)
        or demo_uscc("93", "440000", 9_999),
        total_fen=total_fen,
        tax_fen=tax_fen,
    )


def _read_statement(demo: Demo, session: Session, plans: Sequence[PlannedOrder]) -> None:
    """The producer's bank says what came: one payment with its code, one of which only the amount fits an order."""
    coded, unknown = (_order(demo, session, plans[one]) for one in (_CONTRACTED, _UNKNOWN))
    rows = (
        ("交易时间", "收入金额", "支出金额", "对方户名", "附言", "流水号"),
        (
            "2020-12-31 10:12:00",
            format_yuan(orders.due_fen(coded)),
            "",
            coded.buyer_name,
            coded.number,
            "YS1",
        ),
        ("2020-12-31 11:05:00", format_yuan(orders.due_fen(unknown)), "", f"某单位({MARK})", "货款", "YS2"),
    )
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    asked = bank_statements.ask(
        session,
        demo.actors["finance|000000"],
        coded.producer_organisation_id,
        "general",
        f"对账单({MARK}).csv",
        out.getvalue().encode("utf-8-sig"),
    )
    bank_statements.do(session, {"statement_id": str(asked.id)})
