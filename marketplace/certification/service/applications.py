"""Drafting, correcting and withdrawing an application (申报): what the applicant does.

What the dossier of the producer says already is never declared here; `submission` takes it from there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Application
from marketplace.certification.rules.facts_of import (
    DOCUMENTS,
    read_facts,
    write_facts,
)
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.admission import FROM_DOSSIER, require_predecessor
from marketplace.certification.service.transitions import lock_application, required_text, transition
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    FieldProblem,
    Invalid,
    InvalidMany,
    NotFound,
    PreconditionFailed,
)
from marketplace.core.ids import readable_number
from marketplace.core.models import StoredFile
from marketplace.producers.models import Producer, Product

KINDS: Final = {"new": "首次认定", "renewal": "续期", "amendment": "变更"}
APPLY: Final = "certification.apply"
EDITABLE: Final = ("draft", "returned")


@dataclass(frozen=True)
class Document:
    """A paper of the application: its code (`rules.facts_of.DOCUMENTS`) and the stored file."""

    code: str
    file_id: uuid.UUID


def create_application(
    session: Session,
    actor: Actor,
    *,
    scheme: str,
    product_id: uuid.UUID,
    facts: Mapping[str, object],
    documents: Sequence[Document] = (),
    kind: str = "new",
    certificate_id: uuid.UUID | None = None,
) -> Application:
    """Open a draft for one product under one scheme; `certificate_id` names what a renewal or amendment is about.

    Raises Invalid for unknown codes and facts, NotFound for a product that is not the applicant's, AlreadyExists
    (``application_open``) while another one is under way, Conflict when there is nothing to renew or amend.
    """
    scheme_of(scheme)
    if kind not in KINDS:
        raise Invalid("kind_unknown", "没有这一申报类型", pointer="/kind")
    product = session.get(Product, product_id)
    producer = session.get(Producer, product.producer_id) if product else None
    if product is None or producer is None:
        raise NotFound
    actor.require_visible(APPLY, area=product.origin_area, owners=(producer.organisation_id,))
    application = Application(
        number=readable_number("A"),
        scheme=scheme,
        kind=kind,
        product_id=product.id,
        producer_id=producer.id,
        applicant_organisation_id=producer.organisation_id,
        area_code=product.origin_area,
        facts=_declared(session, producer.organisation_id, facts, documents),
        state="draft",
        renews_certificate_id=certificate_id,
        created_at=utcnow(),
    )
    require_predecessor(session, application, product)
    session.add(application)
    with refusing({"uq_application_open": AlreadyExists("application_open", "该产品在此名录下已有在办申报")}):
        session.flush()
    audit.record(
        session,
        actor,
        "certification.application.draft",
        "application",
        application.number,
        area_code=application.area_code,
        detail={"scheme": scheme, "kind": kind},
    )
    return application


def edit_application(
    session: Session,
    actor: Actor,
    number: str,
    *,
    facts: Mapping[str, object],
    documents: Sequence[Document],
    expected_version: int | None = None,
) -> Application:
    """Replace what a draft or returned application declares. Conflict (``not_editable``) in any other state."""
    application = own_application(session, actor, number)
    if expected_version is not None and expected_version != application.row_version:
        raise PreconditionFailed
    if application.state not in EDITABLE:
        raise Conflict("not_editable", "只有草稿和退回的申报可以修改", state=application.state)
    application.facts = _declared(session, application.applicant_organisation_id, facts, documents)
    application.row_version += 1
    audit.record(
        session,
        actor,
        "certification.application.edited",
        "application",
        number,
        area_code=application.area_code,
    )
    session.flush()
    return application


def withdraw_application(session: Session, actor: Actor, number: str, reason: str) -> Application:
    """End an application on the applicant's own wish: as a draft, returned, or before the first office has acted."""
    application = own_application(session, actor, number)
    transition(session, application, "withdrawn", actor, opinion=required_text(reason, "/reason"))
    session.flush()
    return application


def own_application(session: Session, actor: Actor, number: str) -> Application:
    """The application, locked, for somebody who may apply on its producer's behalf; NotFound or Forbidden otherwise."""
    application = lock_application(session, actor, number)
    actor.require(APPLY, area=application.area_code, owners=(application.applicant_organisation_id,))
    return application


def _declared(
    session: Session, owner: uuid.UUID, raw: Mapping[str, object], documents: Sequence[Document]
) -> dict[str, Any]:
    """Checked declared values and documents as stored: every document is a file of the applicant, kept with its hash."""
    values, problems = read_facts(raw)
    given = [code for code in FROM_DOSSIER if code in raw]
    problems += [
        FieldProblem(f"/facts/{code}", "from_dossier", "此项取自主体档案,不另行填报") for code in given
    ]
    files = {
        file.id: file
        for file in session.scalars(
            select(StoredFile).where(StoredFile.id.in_(sorted({document.file_id for document in documents})))
        )
        if file.owner_organisation_id == owner
    }
    for place, document in enumerate(documents):
        if document.code not in DOCUMENTS:
            problems.append(FieldProblem(f"/documents/{place}/code", "document_unknown", "没有这一材料种类"))
        elif document.file_id not in files:
            problems.append(FieldProblem(f"/documents/{place}/file_id", "file_unknown", "没有这一文件"))
    if problems:
        raise InvalidMany("invalid", "申报内容不符合要求", fields=problems)
    papers = [
        {"code": d.code, "file_id": str(d.file_id), "sha256": files[d.file_id].sha256.hex()}
        for d in sorted(documents, key=lambda d: (d.code, str(d.file_id)))
    ]
    return {"values": write_facts(values), "documents": papers}
