"""消息: the notices to the account and to the organisations it acts for."""

from __future__ import annotations

import uuid

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.codes import NOTICE_KINDS
from marketplace.accounts.models import InboxNotice
from marketplace.accounts.schemas import InboxQuery
from marketplace.accounts.service import inbox
from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.web.kit import Listing, Pages, done, render, signed_in
from marketplace.web.kit.shell import subject_page

pages = Pages("notices", __name__)


@pages.show("/inbox", signed_in())
def list_notices(session: Session, actor: Actor) -> Response:
    """The notices, newest first."""
    listing = Listing(InboxQuery)
    page = page_of(
        session,
        inbox.listing(actor, unread=listing.args["unread"]),
        keys=(InboxNotice.id,),
        key_of=lambda row: (row.id,),
        args=listing.args,
        descending=True,
    )
    return render("account/inbox.html", fragment="results", listing=listing, page=page, titles=NOTICE_KINDS)


@pages.action("/inbox/<uuid:notice_id>/reading", signed_in())
def read_notice(session: Session, actor: Actor, notice_id: uuid.UUID) -> Response:
    """Mark as read, and go to what it tells of."""
    notice = inbox.mark_read(session, actor, notice_id)
    return done(subject_page(notice.subject_kind, notice.subject_id, actor) or "/inbox")
