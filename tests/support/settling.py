"""A shop whose producer is paid through a supervised account: agreements in force, people who settle, facts of counting heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.app import FACTS
from marketplace.core import facts
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.privacy import Cell, vault
from marketplace.orders.facts import LinesCounted, LinesReversed
from marketplace.orders.models import SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import (
    CommissionAgreement,
    Payout,
    Refund,
    SettlementItem,
    SettlementRun,
    SupervisedAgreement,
)
from marketplace.payments.service import (
    agreements,
    payout_outcomes,
    payouts,
    settlement,
    settlement_decisions,
)
from marketplace.payments.service.charges import charge_counted, charge_reversed
from marketplace.payments.service.settlement_items import settle_counted
from tests.orders_world import NOON, Heard, Shop, actor_of

ACCOUNT = "6222000011110128"
STARTED = date(2020, 1, 1)


def hear_money(heard: Heard) -> None:
    """Money hears of counting, the ledger does not: what it would ask of a sale is not in the shop's world."""
    heard.compose()
    facts.compose(
        FACTS
        | {
            LinesCounted: (lambda _, fact: heard.counted.append(fact), charge_counted, settle_counted),
            LinesReversed: (lambda _, fact: heard.reversed.append(fact), charge_reversed),
        }
    )


@dataclass
class Till:
    """Who proposes, reviews, approves and sends; and every step of a settlement by name."""

    shop: Shop
    clerk: Actor = field(default_factory=lambda: actor_of("finance_clerk"))
    reviewer: Actor = field(default_factory=lambda: actor_of("finance_clerk"))
    approver: Actor = field(default_factory=lambda: actor_of("finance_clerk"))
    references: int = 0

    @property
    def session(self) -> Session:
        return self.shop.session

    @property
    def producer_id(self) -> Any:
        return self.shop.seller_actor.organisation_id

    def supervise(self, document_no: str = "监管〔2020〕1号", **scope: Any) -> SupervisedAgreement:
        """A supervised account for the shop's producer, or for `scope`, approved by a second person."""
        row = agreements.propose_supervised(
            self.session,
            self.clerk,
            document_no=document_no,
            bank_name="演示银行",
            account=ACCOUNT,
            valid_from=STARTED,
            **(scope or {"producer_organisation_id": self.producer_id}),
        )
        return agreements.decide(self.session, self.approver, SupervisedAgreement, row.id, approve=True)

    def commission(self, commission_bp: int, document_no: str = "佣金〔2020〕1号") -> CommissionAgreement:
        """A commission on everything that sells in Guangdong."""
        row = agreements.propose_commission(
            self.session,
            self.clerk,
            document_no=document_no,
            commission_bp=commission_bp,
            valid_from=STARTED,
            area_code="440000",
        )
        return agreements.decide(self.session, self.approver, CommissionAgreement, row.id, approve=True)

    def open_account(self, organisation_id: Any = None) -> None:
        """The producer's own bank account."""
        of = organisation_id or self.producer_id
        self.session.execute(
            update(Organisation)
            .where(Organisation.id == of)
            .values(
                bank_name="演示农商行",
                bank_account_enc=vault().encrypt(
                    Cell("accounts.organisation", "bank_account_enc", of), "6228480000000017"
                ),
            )
        )

    def propose(
        self, through_on: date = date(2020, 10, 1), at: datetime | None = None
    ) -> SettlementRun | None:
        with frozen_at(at or NOON + timedelta(days=1)):
            return settlement.propose(self.session, self.clerk, self.producer_id, through_on)

    def approve(self, run: SettlementRun) -> Payout:
        with frozen_at(max(NOON + timedelta(days=1), utcnow())):
            settlement_decisions.review(self.session, self.reviewer, run.number)
            settlement_decisions.approve(self.session, self.approver, run.number)
        return self.session.scalars(select(Payout).where(Payout.run_id == run.id)).one()

    def send(self, *numbers: str) -> payouts.Sent:
        with frozen_at(max(NOON + timedelta(days=1), utcnow())):
            return payouts.send(self.session, self.clerk, numbers or None)

    def confirm(self, payout: Payout) -> Payout:
        self.references += 1
        at = max(NOON + timedelta(days=1), utcnow())
        with frozen_at(at):
            return payout_outcomes.confirm(
                self.session, self.clerk, payout.number, reference=f"OUT-{self.references}", paid_at=at
            )

    def give_back(self, payout: Payout, reason: str = "账号户名不符") -> Payout:
        with frozen_at(max(NOON + timedelta(days=1), utcnow())):
            return payout_outcomes.give_back(self.session, self.clerk, payout.number, reason=reason)

    def settle(self, through_on: date = date(2020, 10, 1)) -> Payout:
        """A run from its proposal to the confirmed payout."""
        run = self.propose(through_on)
        assert run is not None
        payout = self.approve(run)
        self.send(payout.number)
        return self.confirm(payout)

    def refund(self, order: SalesOrder, line_no: int = 1, quantity: int = 1) -> Refund:
        """Units back, and their money with the buyer."""
        refund = self.shop.returned(order, line_no, quantity)
        assert refund is not None
        self.references += 1
        payments.confirm_refund(
            self.session, self.shop.finance, refund.number, reference=f"BACK-{self.references}"
        )
        return refund

    def open_items(self) -> list[tuple[str, int]]:
        """What no run has taken, as (kind, fen)."""
        rows = self.session.execute(
            select(SettlementItem.kind, SettlementItem.amount_fen)
            .where(SettlementItem.run_id.is_(None))
            .order_by(SettlementItem.kind, SettlementItem.amount_fen)
        )
        return [(kind, fen) for kind, fen in rows]
