"""What a month's accrual needs, and what households demonstrably received."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.beneficiaries import schemas
from marketplace.beneficiaries.api.blueprint import blueprint
from marketplace.beneficiaries.models import ActivityReport, PaymentList
from marketplace.beneficiaries.service import (
    NewPaymentList,
    PaymentFile,
    import_file,
    import_list,
    lists,
    report_activity,
)
from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema


@blueprint.route("/agreements/<number>/activity", methods=["POST"])
@endpoint(needs("agreements.report"), idempotent=True)
@blueprint.arguments(schemas.ActivityIn)
@blueprint.response(201, schemas.ActivityOut)
def report(session: Session, actor: Actor, body: dict[str, Any], number: str) -> ActivityReport:
    """Report or correct a month's activity."""
    return report_activity(session, actor, number, body["period"], body["activity"])


@blueprint.route("/agreements/<number>/payment-lists")
@endpoint(needs("agreements.read"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.BenefitListOut))
def list_payment_lists(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Page[Any]:
    """Payment lists of an agreement, in the order of their import."""
    return page_of(
        session,
        lists.payment_lists(session, actor, number),
        keys=[PaymentList.id],
        key_of=lambda row: [row.id],
        args=args,
    )


@blueprint.route("/agreements/<number>/payment-lists", methods=["POST"])
@endpoint(needs("agreements.report"), idempotent=True)
@blueprint.arguments(schemas.BenefitListIn)
@blueprint.response(201, schemas.BenefitListOut)
def import_payment_list(
    session: Session, actor: Actor, new: NewPaymentList, number: str
) -> tuple[PaymentList, int]:
    """Import a payment list, all rows or none. The same content again answers 200 and adds nothing."""
    row, is_new = import_list(session, actor, number, new)
    return row, 201 if is_new else 200


@blueprint.route("/agreements/<number>/payment-list-files", methods=["POST"])
@endpoint(needs("agreements.report"), idempotent=True)
@blueprint.arguments(schemas.BenefitFileIn, location="files")
@blueprint.arguments(schemas.BenefitFormIn, location="form")
@blueprint.response(201, schemas.BenefitListOut)
def import_payment_file(
    session: Session, actor: Actor, uploaded: dict[str, Any], form: dict[str, Any], number: str
) -> tuple[PaymentList, int]:
    """Import a payment list as a spreadsheet; the file is kept, encrypted, as its evidence."""
    upload = uploaded["file"]
    row, is_new = import_file(
        session, actor, number, PaymentFile(upload.filename or "", upload.read(), **form)
    )
    return row, 201 if is_new else 200
