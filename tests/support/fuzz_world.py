"""What the API is fuzzed over: a small demo, ids of things that exist in it, and the organisations people act for."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from rich.console import Console
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.demo.load import load
from marketplace.demo.world import plan

ORDERS: Final = 60
#: Ids of one kind that are offered.
_MANY: Final = 40

#: What `{number}` means below each first part of a path.
_NUMBERS: Final = {
    "orders": "SELECT number FROM orders.sales_order ORDER BY producer_id = :producer DESC, order_no DESC",
    "returns": "SELECT number FROM orders.order_return ORDER BY number",
    "refunds": "SELECT number FROM payments.refund ORDER BY number",
    "contracts": "SELECT number FROM orders.contract ORDER BY number",
    "interest-claims": "SELECT number FROM payments.interest_claim ORDER BY number",
    "payment-notices": "SELECT number FROM orders.sales_order ORDER BY producer_id = :producer DESC, order_no DESC",
    "receipts": "SELECT number FROM payments.receipt ORDER BY open_fen DESC, number",
    "balances": "SELECT number FROM payments.buyer_balance ORDER BY number",
    "repayments": "SELECT number FROM payments.repayment ORDER BY number",
    "agreements": "SELECT number FROM beneficiaries.agreement ORDER BY producer_id = :producer DESC, number",
    "applications": "SELECT number FROM certification.application"
    " ORDER BY state = 'published', producer_id = :producer DESC, number",
    "notices": "SELECT number FROM certification.notice ORDER BY number",
    "invoices": "SELECT number FROM payments.invoice ORDER BY number",
    "invoice-requests": "SELECT number FROM payments.invoice_request ORDER BY number",
    "reattributions": "SELECT number FROM orders.reattribution ORDER BY number",
}
#: What other names mean that are no `…_id` of a table.
_NAMED: Final = {
    "agreement": "SELECT number FROM beneficiaries.agreement ORDER BY number",
    "agreement_no": "SELECT agreement_no FROM beneficiaries.agreement ORDER BY agreement_no",
    "household_no": "SELECT household_no FROM beneficiaries.household ORDER BY household_no",
    "member_id": "SELECT id FROM beneficiaries.household_member ORDER BY id",
    "receipt_no": "SELECT receipt_no FROM certification.objection ORDER BY receipt_no",
    "collective_id": "SELECT id FROM beneficiaries.village_collective ORDER BY id",
    "file_id": "SELECT id FROM core.stored_file ORDER BY id",
    "filing_id": "SELECT id FROM accounts.reserve_filing ORDER BY id",
    "signature_id": "SELECT id FROM orders.contract_signature ORDER BY id",
    "notice_id": "SELECT id FROM accounts.inbox_notice ORDER BY id",
    "grant_id": "SELECT id FROM accounts.grant_of_role ORDER BY id",
    "token_id": "SELECT id FROM accounts.api_token ORDER BY id",
    "product_id": "SELECT id FROM producers.product ORDER BY producer_id = :producer DESC, id",
    "offer_id": "SELECT offer.id FROM catalogue.offer JOIN producers.product ON product.id = offer.product_id"
    " ORDER BY product.producer_id = :producer DESC, offer.id",
    "listing_id": "SELECT listing.id FROM catalogue.listing JOIN catalogue.offer ON offer.id = listing.offer_id"
    " JOIN producers.product ON product.id = offer.product_id ORDER BY product.producer_id = :producer DESC, listing.id",
    "producer_id": "SELECT id FROM producers.producer ORDER BY id = :producer DESC, id",
}
#: Names that ask for the id of another thing than their own.
_SAME: Final = {
    "receipt_number": "receipts", "statement_id": "bank_statement_id", "payer_id": "declared_payer_id",
    "order_number": "orders", "application_number": "applications", "notice_number": "notices",
    "request_number": "invoice-requests", "declaration_id": "invoice_declaration_id",
    "buyer_id": "organisation_id", "budget_unit_id": "organisation_id", "broker_id": "organisation_id",
    "operator_id": "organisation_id", "seller_id": "organisation_id", "agent_of_id": "organisation_id",
    "owner_organisation_id": "organisation_id", "represented_by": "organisation_id", "parent_id": "channel_id",
    "evidence_file_id": "file_id",
}  # fmt: skip
_PERIODS: Final = ["2020-03", "2020-11", "2020-12", "2021-01"]
_AREAS: Final = ["441403", "441400", "440000", "440100", "000000"]


def build_world() -> None:
    """Load a small demo over what 梅州 produces, with the adverse cases, into the connected database."""
    load(plan("2020", ORDERS, "4414"), Console(file=StringIO()), "2020")


class Known:
    """Ids of things that exist, by the names that paths and bodies give them; `homes` are who an owner role acts for."""

    def __init__(self, session: Session) -> None:
        producer, seller, buyer = session.execute(
            text(
                "SELECT producer.id, producer.organisation_id, mode() WITHIN GROUP (ORDER BY sale.buyer_id)"
                " FROM orders.sales_order AS sale JOIN producers.producer ON producer.id = sale.producer_id"
                " GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1"
            )
        ).one()
        operator = session.scalar(
            text("SELECT operator_id FROM catalogue.channel WHERE operator_id IS NOT NULL LIMIT 1")
        )
        self.homes = {
            "producer": seller,
            "producer_finance": seller,
            "buyer": buyer,
            "channel_operator": operator or buyer,
        }
        self.pools: dict[str, list[Any]] = {"period": _PERIODS, "area_code": _AREAS, "area": _AREAS}
        for name, statement in self._statements(session):
            found = session.scalars(text(f"{statement} LIMIT {_MANY}"), {"producer": producer}).all()
            self.pools[name] = [one if isinstance(one, int) else str(one) for one in found]
        self.pools["organisation_id"][:0] = [str(seller), str(buyer)] * 10
        self.pools |= {name: self.pools[other] for name, other in _SAME.items()}

    @staticmethod
    def _statements(session: Session) -> Iterable[tuple[str, str]]:
        tables = session.execute(
            text(
                "SELECT table_schema, table_name FROM information_schema.columns"
                " WHERE column_name = 'id' AND data_type = 'uuid' ORDER BY 1, 2"
            )
        )
        for schema, table in tables:
            yield f"{table}_id", f'SELECT id FROM "{schema}"."{table}" ORDER BY id'
        yield from _NUMBERS.items()
        yield from _NAMED.items()

    def aim(self, value: Any, path: str, dice: random.Random) -> Any:
        """Return the same value with ids of things that exist under the names that ask for one."""
        if isinstance(value, dict):
            return {name: self._one(name, item, path, dice) for name, item in value.items()}
        if isinstance(value, list):
            return [self.aim(item, path, dice) for item in value]
        return value

    def _one(self, name: str, item: Any, path: str, dice: random.Random) -> Any:
        first = re.findall(r"[a-z-]+", path.removeprefix("/api/v1"))[0]
        if name == "numbers" and isinstance(item, list):
            return [dice.choice(self.pools["applications"]) for _ in item[:3]]
        if name == "order_numbers" and isinstance(item, list):
            return [dice.choice(self.pools["orders"]) for _ in item[:2]]
        if name in ("version", "line") and isinstance(item, int):
            return 1
        pool = self.pools.get(first if name == "number" else name)
        if pool and isinstance(item, str | int) and not isinstance(item, bool) and dice.random() < 0.9:
            # The first few are of those for whom an owner role acts.
            return dice.choice(pool[:4] if dice.random() < 0.5 else pool)
        return self.aim(item, path, dice)
