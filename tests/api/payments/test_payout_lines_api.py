"""Lines of payouts by HTTP: listed, suggested, decided and taken back by finance of the place alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.ids import uuid7
from marketplace.payments.models import CollectingAccount, PayoutLine
from marketplace.payments.service import payout_lines, supervised
from tests.orders_desk import Desk
from tests.orders_world import NOON
from tests.support.banking import BankRow, import_rows, register
from tests.support.settling import Till, hear_money

LATER = NOON + timedelta(days=4)


@pytest.fixture
def waiting(desk: Desk) -> Any:
    """A payout on its way, and a line of its amount that does not name it."""
    hear_money(desk.heard)
    till = Till(desk.shop)
    till.supervise()
    till.open_account()
    desk.shop.complete([2])
    run = till.propose()
    assert run is not None
    payout = till.approve(run)
    till.send(payout.number)
    bank = register(desk.shop.session, desk.shop.world.organisation("operator").id)
    supervised.install(str(bank.id))
    with frozen_at(LATER):
        import_rows(
            desk.shop.session, bank, BankRow(-9_800, memo="货款", serial="OUT1", day=date(2020, 10, 3))
        )
        payout_lines.keep_up()
        yield payout.number
    supervised.install("")


def test_a_waiting_line_is_matched_and_taken_back_by_finance(desk: Desk, waiting: str) -> None:
    [line] = desk.get("/payout-lines?state=parked", desk.finance).get_json()["items"]
    assert (line["parked_reason"], line["amount_fen"], line["is_return"]) == ("no_number", 9_800, False)
    ages = desk.client.get("/metrics").get_data(as_text=True)
    # Since 2020-10-03 15:30:12, at noon of the fifth.
    assert 'sanzhuan_money_waiting_seconds{what="payout_line"} 160188\n' in ages
    assert 'sanzhuan_money_waiting_seconds{what="refund_unknown"} 0\n' in ages
    path = f"/payout-lines/{line['id']}"
    [suggested] = desk.get(f"{path}/suggestions", desk.finance).get_json()["items"]
    assert (suggested["payout_number"], suggested["reasons"]) == (waiting, ["amount"])
    assert desk.get("/payout-lines", desk.seller).status_code == 403
    assert desk.post(f"{path}/match", desk.finance, {"payout_number": "K0"}).status_code == 404
    done = desk.post(f"{path}/match", desk.finance, {"payout_number": waiting}, key="once").get_json()
    assert (done["state"], done["payout_number"]) == ("settled", waiting)
    [paid] = desk.get("/payouts?state=confirmed", desk.finance).get_json()["items"]
    assert (paid["number"], paid["reference"]) == (waiting, "OUT1")
    second = desk.post(f"{path}/dismissal", desk.finance)
    assert (second.status_code, second.get_json()["code"]) == (409, "payout_line_decided")
    undone = desk.post(f"{path}/reversal", desk.finance, {"reason": "误认"}).get_json()
    assert (undone["state"], undone["parked_reason"], undone["payout_number"]) == ("parked", "undone", None)
    assert desk.post(f"/payout-lines/{uuid7()}/dismissal", desk.finance).status_code == 404
    with db.transaction() as session:
        assert session.scalars(select(PayoutLine.state)).all() == ["parked"]
        assert session.scalars(select(CollectingAccount.bank_name)).all() != []
