"""The inbox of notices, and the auditor's trail."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service import audit_trail, inbox
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, filters_of, needs, page_of, page_schema, signed_in
from marketplace.core.models import AuditRecord


@blueprint.route("/inbox")
@endpoint(signed_in())
@blueprint.arguments(schemas.InboxQuery, location="query")
@blueprint.response(200, page_schema(schemas.InboxNoticeOut))
def list_inbox(session: Session, actor: Actor, args: dict[str, Any]) -> Page[InboxNotice]:
    """The caller's notices, newest first."""
    return page_of(
        session,
        inbox.listing(actor, unread=args["unread"]),
        keys=(InboxNotice.id,),
        key_of=lambda row: (row.id,),
        args=args,
        descending=True,
    )


@blueprint.route("/inbox/<uuid:notice_id>/reading", methods=["POST"])
@endpoint(signed_in())
@blueprint.response(200, schemas.InboxNoticeOut)
def read_notice(session: Session, actor: Actor, notice_id: uuid.UUID) -> InboxNotice:
    """Mark a notice as read."""
    return inbox.mark_read(session, actor, notice_id)


@blueprint.route("/audit-records")
@endpoint(needs("audit.read"))
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, page_schema(schemas.AuditOut))
def list_audit_records(session: Session, actor: Actor, args: dict[str, Any]) -> Page[AuditRecord]:
    """The audit trail in the auditor's area, newest first."""
    filters = filters_of(args)
    return page_of(
        session,
        audit_trail.records(actor, **filters),
        keys=(AuditRecord.id,),
        key_of=lambda row: (row.id,),
        args=args,
        descending=True,
    )
