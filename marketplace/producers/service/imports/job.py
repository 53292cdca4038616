"""An import asked for over the network: the file is kept, a job does the work as the account that asked."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account
from marketplace.accounts.service import identity, inbox
from marketplace.core import files, jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.sheets.problems import RowError
from marketplace.producers.models import ProductImport
from marketplace.producers.service.imports.run import (
    ImportOptions,
    actor_may_import,
    bad_rows_file,
    errors_of,
    queue,
    read,
    run,
)

KIND: Final = "producers.import"
PURPOSE: Final = "导入产品"


def ask(session: Session, actor: Actor, name: str, content: bytes, options: ImportOptions) -> ProductImport:
    """Keep the file and queue its import.

    Raises Invalid for what is no CSV or XLSX at all, TooLarge, Forbidden. What is inside is the job's to judge.
    """
    actor_may_import(actor)
    kept = queue(session, actor, hashlib.sha256(content).hexdigest(), options)
    stored = files.store(
        session,
        actor,
        name=name or "products",
        content=content,
        owner_id=actor.organisation_id,
        area_code=kept.area_code,
    )
    kept.file_id = stored.id
    session.flush()
    jobs.enqueue(
        session,
        "producers.import",
        {"import_id": str(kept.id)},
        key=f"import {kept.id}",
        actor_id=actor.audit_id,
    )
    return kept


def do(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    """Do a queued import; one that is done already stays as it is.

    A file that cannot be read ends the run as refused, with the reason at row 0.
    """
    kept = session.get_one(ProductImport, uuid.UUID(payload["import_id"]), with_for_update=True)
    if kept.state == "queued":
        _do_queued(session, kept)
        counts = {"state": kept.state, "added": kept.rows_added, "errors": len(kept.errors)}
        inbox.notify(
            session,
            "import_finished",
            "product_import",
            kept.id,
            account_id=kept.created_by,
            detail=counts,
            mail=False,
        )
    return {"state": kept.state, "added": kept.rows_added, "errors": len(kept.errors)}


def _do_queued(session: Session, kept: ProductImport) -> None:
    actor = _asker(session, kept)
    if actor is None:
        _refuse(session, kept, "account", "申请导入的账号已停用")
        return
    try:
        table = read(_content(session, actor, kept))
    except Invalid as refused:
        _refuse(session, kept, refused.code, refused.detail)
        return
    options = ImportOptions(dry_run=kept.dry_run, good_rows_only=kept.good_rows_only)
    run(session, actor, table, options, import_id=kept.id)


def own(actor: Actor) -> Select[Any]:
    """The imports that this account asked for; the caller sorts by id and pages."""
    return select(ProductImport).where(ProductImport.created_by == actor.account_id)


def get(session: Session, actor: Actor, import_id: uuid.UUID) -> ProductImport:
    """One of the account's own imports; NotFound otherwise."""
    kept = session.get(ProductImport, import_id)
    if kept is None or kept.created_by != actor.account_id:
        raise NotFound
    return kept


def bad_rows(session: Session, actor: Actor, import_id: uuid.UUID, *, as_xlsx: bool) -> bytes:
    """The refused rows of an import as a file; Conflict ``no_bad_rows`` when there are none to mend."""
    kept = get(session, actor, import_id)
    errors = [error for error in errors_of(kept) if error.row > 0]
    if not errors or kept.file_id is None:
        raise Conflict("no_bad_rows", "没有可以下载的错误行")
    return bad_rows_file(read(_content(session, actor, kept)), errors, as_xlsx=as_xlsx)


def _asker(session: Session, kept: ProductImport) -> Actor | None:
    login = session.scalar(select(Account.login).where(Account.id == kept.created_by))
    return identity.actor_of_account(session, login) if login else None


def _content(session: Session, actor: Actor, kept: ProductImport) -> bytes:
    if kept.file_id is None:
        raise Invalid("file_gone", "文件已不在")
    return files.read(session, actor, kept.file_id, purpose=PURPOSE, area_code=kept.area_code)


def _refuse(session: Session, kept: ProductImport, code: str, message_zh: str) -> None:
    kept.state = "refused"
    kept.errors = [asdict(RowError(0, "", code, message_zh))]
    kept.done_at = utcnow()
    session.flush()
