"""What a sold line is called: goods class and certificate, resolved once, as of `sold_at`, in the transaction that sets it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.rules.eligibility import GoodsFacts, Verdict, classify
from marketplace.certification.rules.standing import CertificateFacts
from marketplace.certification.service.active import certificates_held
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.lines import write_lines
from marketplace.producers.models import Producer


@dataclass(frozen=True, slots=True)
class Sold:
    """A locked order with its lines, and the instant at which it was sold."""

    order: SalesOrder
    lines: Sequence[OrderLine]
    at: datetime


def resolve_goods(session: Session, sold: Sequence[Sold]) -> list[OrderLine]:
    """Set each line's goods class as of the sale; the lines that were shown as certified aid and no longer are.

    Certificates are held FOR SHARE, so a revocation comes wholly before or wholly after the sale. ValueError when a line
    has its class already. Three statements, however many orders.
    """
    if not sold:
        return []
    if any(line.goods_class is not None for one in sold for line in one.lines):
        raise ValueError("what is sold is resolved once")
    certificates = certificates_held(
        session, {line.product_id for one in sold for line in one.lines}, lock=True
    )
    producers = {one.order.producer_id for one in sold}
    rows = session.execute(select(Producer.id, Producer.agent_of_id).where(Producer.id.in_(producers)))
    agents = {producer_id: agent_of_id for producer_id, agent_of_id in rows}  # noqa: C416 - rows are not typed as pairs
    judged = [
        (
            line,
            _verdict(line, one, agents[one.order.producer_id], certificates.as_of(line.product_id, one.at)),
        )
        for one in sold
        for line in one.lines
    ]
    write_lines(
        session,
        [line for line, _ in judged],
        goods_class=[verdict.goods_class for _, verdict in judged],
        goods_class_reason=[verdict.reason for _, verdict in judged],
        certificate_id=[verdict.certificate_id for _, verdict in judged],
        scheme=[verdict.scheme for _, verdict in judged],
        schemes=[list(verdict.schemes) for _, verdict in judged],
    )
    return [
        line
        for line, verdict in judged
        if line.shown_goods_class == "certified_aid" and verdict.goods_class != "certified_aid"
    ]


def forget_goods(session: Session, lines: Sequence[OrderLine]) -> None:
    """The sale of these lines has not happened: what was resolved for it is resolved anew when it does."""
    none = [None] * len(lines)
    write_lines(
        session,
        lines,
        goods_class=none,
        goods_class_reason=none,
        certificate_id=none,
        scheme=none,
        schemes=[[] for _ in lines],
    )


def _verdict(
    line: OrderLine, sold: Sold, agent_of_id: uuid.UUID | None, certificates: Sequence[CertificateFacts]
) -> Verdict:
    facts = GoodsFacts(line.origin_area, line.spec, sold.order.producer_id, agent_of_id)
    return classify(facts, certificates, channel_kind(line.channel_kind), sold.at)
