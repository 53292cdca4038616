"""The levy of what a cabinet reports: by its channel, net of refunds, late batches in the next month's statement."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.permissions import held
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.ids import uuid7
from marketplace.payments.service import levy_reading
from marketplace.payments.service.levy_signing import sign
from marketplace.payments.service.levy_statements import draw_up
from marketplace.payments.service.verify import verify
from tests.catalogue_world import World
from tests.support.reporting_device import open_cabinet

WATER = {"fpgoodsmark": "2", "fpwthirdpartyid": None, "suppliercode": None, "goodsname": "矿泉水"}


def test_late_batches_of_a_cabinet_are_adjustments_once_its_month_is_agreed(session: Session) -> None:
    operator = World(session).organisation("channel_operator")
    terms = {"levy_bp": 100, "levy_from": "2020-01-01"}
    cabinet = open_cabinet(session, operator_id=operator.id, terms=terms)
    cabinet.report(cabinet.row("A1"), cabinet.row("A2", payamt="100.00", **WATER))
    back = {"tradetp": "2", "tradeno": "R1", "payamt": "40.00", "qty": "1", "paytm": "2020-10-01 11:45:00"}
    cabinet.report(cabinet.row("A2", **(WATER | back)))
    role = held("channel_operator", organisation_id=operator.id)
    owner = Actor(account_id=uuid7(), person_id=uuid7(), organisation_id=operator.id, held=(role,))
    authority = Actor(
        account_id=uuid7(), person_id=uuid7(), organisation_id=None, held=(held("finance_supervisor"),)
    )
    with frozen_at(shanghai(2020, 11, 6, 9)):
        october = draw_up(session, system_actor(), operator.id, "2020-10")
        assert october is not None
        assert (october.base_fen, october.levy_fen) == (6_000, 60)
        sign(session, owner, october.number, "operator")
        sign(session, authority, october.number, "authority")
        cabinet.report(cabinet.row("A3", payamt="50.00", **WATER))
    with frozen_at(shanghai(2020, 12, 6, 9)):
        november = draw_up(session, system_actor(), operator.id, "2020-11")
        assert november is not None
    assert (november.levy_fen, november.earlier_base_fen, november.earlier_levy_fen) == (0, 5_000, 50)
    [item] = levy_reading.items_of(session, november)
    assert (item.channel_code, item.period, item.is_adjustment) == (cabinet.channel.code, "2020-10", True)
    assert [one.code for one in verify(session) if one.broken is not None] == []
