"""What a sold line is called: goods class and certificate, resolved once, as of `sold_at`, in the transaction that sets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.rules.eligibility import GoodsFacts, classify
from marketplace.certification.service.active import certificates_of
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.lines import write_lines
from marketplace.producers.models import Producer


def resolve_goods(
    session: Session, order: SalesOrder, lines: Sequence[OrderLine], sold_at: datetime
) -> list[OrderLine]:
    """Set `sold_at` and each line's goods class as of it; the lines that were shown as certified aid and no longer are.

    Certificates are held FOR SHARE, so a revocation comes wholly before or wholly after the sale. ValueError when the
    order already has its instant.
    """
    if order.sold_at is not None:
        raise ValueError("sold_at is set once")
    order.sold_at = sold_at
    certificates = certificates_of(session, {line.product_id for line in lines}, sold_at, lock=True)
    agent_of_id = session.scalar(select(Producer.agent_of_id).where(Producer.id == order.producer_id))
    verdicts = [
        classify(
            GoodsFacts(line.origin_area, line.spec, order.producer_id, agent_of_id),
            certificates.get(line.product_id, ()),
            channel_kind(line.channel_kind),
            sold_at,
        )
        for line in lines
    ]
    write_lines(
        session,
        lines,
        goods_class=[verdict.goods_class for verdict in verdicts],
        goods_class_reason=[verdict.reason for verdict in verdicts],
        certificate_id=[verdict.certificate_id for verdict in verdicts],
        scheme=[verdict.scheme for verdict in verdicts],
        schemes=[list(verdict.schemes) for verdict in verdicts],
    )
    return [
        line
        for line, verdict in zip(lines, verdicts, strict=True)
        if line.shown_goods_class == "certified_aid" and verdict.goods_class != "certified_aid"
    ]
