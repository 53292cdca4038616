"""Public notices and objections: hung by the offices, read and answered back to by everybody."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.accounts.service.rate_limits import Limit, spend
from marketplace.certification.api.blueprint import blueprint
from marketplace.certification.models import Notice, Objection
from marketplace.certification.schemas import notices as shapes
from marketplace.certification.service import documents, reading
from marketplace.certification.service import public as public_service
from marketplace.certification.service.notices import FREE_OF_CHARGE, NoticeForm, publish_notice
from marketplace.certification.service.objections import (
    ObjectionText,
    raise_objection,
    read_objection,
    read_photo,
    resolve_objection,
)
from marketplace.certification.service.withdrawal import withdraw_notice
from marketplace.core.actor import Actor
from marketplace.core.http import downloads, endpoint, file_response, needs, page_of, public

OBJECTIONS_BY_ADDRESS: Final = Limit("objection_address", 20, 3_600)


@blueprint.route("/notices", methods=["POST"])
@endpoint(needs("certification.notice"), idempotent=True)
@blueprint.arguments(shapes.NoticeIn)
@blueprint.response(201, shapes.NoticeDetailOut)
def publish(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Hang a notice of proposed applications (公示); its content is frozen with a hash."""
    form = NoticeForm(
        body["title"], body["issuing_unit"], body["receiving_unit"], body["telephone"], body["document_no"]
    )
    notice = publish_notice(
        session,
        actor,
        numbers=body["numbers"],
        level=body["level"],
        area_code=body["area_code"],
        form=form,
        starts_on=body["starts_on"],
    )
    return _with_content(notice)


@blueprint.route("/notices")
@endpoint(public())
@blueprint.arguments(shapes.NoticeListArgs, location="query")
@blueprint.response(200, shapes.NoticePage)
def listing(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """Notices, newest first. Open to everybody."""
    page = page_of(
        session,
        public_service.notices(
            scheme=args["scheme"], area_code=args["area_code"], only_running=args["running"]
        ),
        keys=(Notice.published_at, Notice.id),
        key_of=lambda row: (row.published_at, row.id),
        args=args,
        descending=True,
    )
    return {
        "items": [_head(row) for row in page.items],
        "next_cursor": page.next_cursor,
        "statement": FREE_OF_CHARGE,
    }


@blueprint.route("/notices/<number>")
@endpoint(public())
@blueprint.response(200, shapes.NoticeDetailOut)
def detail(session: Session, actor: Actor | None, number: str) -> dict[str, Any]:
    """One notice with what hangs on the board. Open to everybody."""
    return _with_content(public_service.notice_of(session, number))


@blueprint.route("/notices/<number>/document")
@endpoint(public())
@blueprint.response(200, content_type="application/pdf")
def document(session: Session, actor: Actor | None, number: str) -> Response:
    """The notice as PDF, as it was frozen; its ETag is its SHA-256. Open to everybody; 503 for some seconds until it is made."""
    notice = documents.document_of(session, number)
    answer = file_response("pdf", b"", notice.number, inline=True, sha256=notice.document_sha256)
    answer.headers["Cache-Control"] = "public, no-cache"  # it may be withdrawn: ask again, by its ETag
    answer.make_conditional(request)
    if answer.status_code == HTTPStatus.OK:
        answer.set_data(documents.document_bytes(session, notice))
    return answer


@blueprint.route("/notices/<number>/withdrawal", methods=["POST"])
@endpoint(needs("certification.notice"), idempotent=True)
@blueprint.arguments(shapes.NoticeWithdrawalIn)
@blueprint.response(200, shapes.NoticeDetailOut)
def withdraw(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take a notice down before it ends (撤回); its applications go back to the stage before it."""
    return _with_content(withdraw_notice(session, actor, number, reason=body["reason"]))


@blueprint.route("/notices/<number>/objections", methods=["POST"])
@endpoint(public(), idempotent=True)
@blueprint.arguments(shapes.ObjectionIn)
@blueprint.response(201, shapes.ObjectionOut)
def object_to(session: Session, actor: Actor | None, body: dict[str, Any], number: str) -> Objection:
    """Raise an objection, by name or anonymously, while the notice hangs. Keep the receipt number."""
    spend(session, OBJECTIONS_BY_ADDRESS, request.remote_addr or "")
    return raise_objection(
        session, number, body["application_number"], body["text"], objector=body["objector"]
    )


@blueprint.route("/objections")
@endpoint(needs("certification.objection_decide"))
@blueprint.arguments(shapes.ObjectionListArgs, location="query")
@blueprint.response(200, shapes.ObjectionPage)
def list_objections(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Objections that my office answers, oldest first; without their words."""
    page = page_of(
        session,
        reading.objections_seen_by(actor, state=args["state"]),
        keys=(Objection.raised_at, Objection.id),
        key_of=lambda row: (row[0].raised_at, row[0].id),
        args=args,
        scalars=False,
    )
    items = [
        _receipt(objection) | {"application_number": application_number, "notice_number": notice_number}
        for objection, application_number, notice_number in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor}


@blueprint.route("/objections/<receipt_no>")
@endpoint(public())
@blueprint.response(200, shapes.ObjectionOut)
def answer(session: Session, actor: Actor | None, receipt_no: str) -> Objection:
    """What became of the objection of this receipt. Open to whoever holds it."""
    return public_service.objection_answer(session, receipt_no)


@blueprint.route("/objections/<receipt_no>/text", methods=["POST"])
@endpoint(needs("certification.objection_decide"))
@blueprint.response(200, shapes.ObjectionTextOut)
def words(session: Session, actor: Actor, receipt_no: str) -> ObjectionText:
    """The words and the name, for the office that answers. The reading is recorded, so this is no GET."""
    return read_objection(session, actor, receipt_no)


@blueprint.route("/objections/<receipt_no>/photos/<uuid:file_id>")
@endpoint(needs("certification.objection_decide"))
@blueprint.response(200, content_type="image/*")
def photo(session: Session, actor: Actor, receipt_no: str, file_id: uuid.UUID) -> Response:
    """A photo that came with the objection, for the office that answers; the look is recorded."""
    file_format, content = read_photo(session, actor, receipt_no, file_id)
    return downloads.photo(file_format, content, f"{receipt_no}-{file_id}")


@blueprint.route("/objections/<receipt_no>/resolution", methods=["POST"])
@endpoint(needs("certification.objection_decide"), idempotent=True)
@blueprint.arguments(shapes.ObjectionResolutionIn)
@blueprint.response(200, shapes.ObjectionOut)
def resolve(session: Session, actor: Actor, body: dict[str, Any], receipt_no: str) -> Objection:
    """Answer an objection: dismissed, the notice goes on; upheld, the application is returned or rejected."""
    return resolve_objection(
        session,
        actor,
        receipt_no,
        outcome=body["outcome"],
        resolution=body["resolution"],
        consequence=body["consequence"],
    )


def _receipt(objection: Objection) -> dict[str, Any]:
    names = ("receipt_no", "is_real_name", "state", "resolution", "raised_at", "resolved_at")
    return {name: getattr(objection, name) for name in names}


def _head(notice: Notice) -> dict[str, Any]:
    names = (
        "number",
        "scheme",
        "level",
        "area_code",
        "title",
        "document_no",
        "issuing_unit",
        "receiving_unit",
        "telephone",
        "starts_on",
        "ends_on",
        "published_at",
        "withdrawn_at",
        "withdrawal_reason",
    )
    standing = public_service.notice_standing(notice)
    hash_of_pdf = notice.document_sha256
    return {name: getattr(notice, name) for name in names} | {
        "state": standing,
        "state_title": public_service.NOTICE_STANDINGS[standing],
        "running": standing == "running",
        "document_sha256": hash_of_pdf.hex() if hash_of_pdf else None,
        "statement": FREE_OF_CHARGE,
    }


def _with_content(notice: Notice) -> dict[str, Any]:
    return _head(notice) | {
        "content": public_service.public_content(notice),
        "content_sha256": notice.content_hash.hex(),
    }
