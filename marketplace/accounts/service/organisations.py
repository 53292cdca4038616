"""Organisations: registered once, found by number or credit code, amended under If-Match, closed and never deleted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.codes import ORGANISATION_KINDS, SECTORS, SIZE_CLASSES, USCC_REQUIRED
from marketplace.accounts.models import Organisation
from marketplace.accounts.rules import check_fiscal_affiliation
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound, PreconditionFailed
from marketplace.core.identifiers import parse_uscc
from marketplace.core.scope import visible, within_area

_TAKEN = {"uq_organisation_uscc": AlreadyExists("uscc_taken", "该统一社会信用代码已登记")}
AMENDABLE = ("name", "uscc", "area_code", "fiscal_area", "fiscal_tier", "sector", "size_class")


@dataclass(frozen=True)
class NewOrganisation:
    """What is told of an organisation when it is registered; codes of `accounts.codes`, areas as 6 to 12 digits."""

    kind: str
    name: str
    area_code: str
    uscc: str | None = None
    fiscal_area: str | None = None
    fiscal_tier: str | None = None
    sector: str | None = None
    size_class: str | None = None
    is_demo: bool = False


def register(session: Session, actor: Actor, new: NewOrganisation) -> Organisation:
    """Register an organisation in an area the actor administers.

    Raises Invalid (kind, area, credit code, fiscal affiliation), AlreadyExists `uscc_taken`, Forbidden.
    """
    values = _checked({name: getattr(new, name) for name in AMENDABLE}, new.kind)
    actor.require("accounts.register", area=values["area_code"])
    organisation = Organisation(
        kind=new.kind, is_demo=new.is_demo, status="active", row_version=1, created_at=utcnow(), **values
    )
    with refusing(_TAKEN):
        session.add(organisation)
        session.flush()
    audit.record(
        session,
        actor,
        "accounts.organisation.registered",
        "organisation",
        organisation.id,
        area_code=organisation.area_code,
        detail={"kind": new.kind},
    )
    return organisation


def amend(
    session: Session, actor: Actor, organisation_id: uuid.UUID, changes: dict[str, Any], row_version: int
) -> Organisation:
    """Change fields of AMENDABLE on the version the caller read.

    A credit code may be added or corrected, never taken away where the kind needs one. Raises PreconditionFailed when somebody
    else was faster, Conflict `organisation_closed`, Invalid, AlreadyExists, Forbidden, NotFound.
    """
    organisation = get(session, actor, organisation_id)
    actor.require("accounts.register", area=organisation.area_code)
    if organisation.status != "active":
        raise Conflict("organisation_closed", "单位已注销")
    wanted = {name: changes.get(name, getattr(organisation, name)) for name in AMENDABLE}
    values = _checked(wanted, organisation.kind)
    actor.require("accounts.register", area=values["area_code"])
    changed = sorted(name for name in AMENDABLE if values[name] != getattr(organisation, name))
    with refusing(_TAKEN):
        rows = session.execute(
            update(Organisation)
            .where(Organisation.id == organisation_id, Organisation.row_version == row_version)
            .values(**values, row_version=row_version + 1)
            .returning(Organisation.id)
        ).all()
    if not rows:
        raise PreconditionFailed
    session.refresh(organisation)
    audit.record(
        session,
        actor,
        "accounts.organisation.amended",
        "organisation",
        organisation_id,
        area_code=organisation.area_code,
        detail={"fields": changed},
    )
    return organisation


def close(session: Session, actor: Actor, organisation_id: uuid.UUID, reason: str) -> Organisation:
    """Mark an organisation as closed (撤销、合并): it stays in all history and takes part in nothing new."""
    organisation = get(session, actor, organisation_id)
    actor.require("accounts.register", area=organisation.area_code)
    rows = session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id, Organisation.status == "active")
        .values(status="closed", row_version=Organisation.row_version + 1)
        .returning(Organisation.id)
    ).all()
    if not rows:
        raise Conflict("organisation_closed", "单位已注销")
    session.refresh(organisation)
    audit.record(
        session,
        actor,
        "accounts.organisation.closed",
        "organisation",
        organisation_id,
        area_code=organisation.area_code,
        detail={"reason": reason},
    )
    return organisation


def get(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    """The organisation, if the actor may see it; NotFound otherwise. Everybody sees the own one."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound
    if organisation.id != actor.organisation_id:
        actor.require_visible("accounts.read", area=organisation.area_code, owners=(organisation.id,))
    return organisation


def listing(
    actor: Actor,
    *,
    kind: str | None = None,
    area: str | None = None,
    uscc: str | None = None,
    named: str | None = None,
) -> Select[Any]:
    """The organisations that the actor may see, filtered; the caller sorts by `organisation_no` and pages.

    `named`: what the name contains.
    """
    statement = select(Organisation).where(
        visible(actor, "accounts.read", area=Organisation.area_code, owners=(Organisation.id,))
    )
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    if area is not None:
        statement = statement.where(within_area(Organisation.area_code, divisions.get(area).code))
    if uscc is not None:
        statement = statement.where(Organisation.uscc == parse_uscc(uscc, pointer="uscc"))
    if named:
        statement = statement.where(Organisation.name.contains(named, autoescape=True))
    return statement


def by_uscc(session: Session, uscc: str) -> Organisation | None:
    """The organisation of a credit code in its normal form. For other slices; asks no permission."""
    return session.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()


def names_of(session: Session, ids: Collection[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """The names of organisations by their ids, in one statement. For other slices; asks no permission."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _checked(values: dict[str, Any], kind: str) -> dict[str, Any]:
    """The values in their normal form. Raises Invalid at the first that breaks a rule."""
    if kind not in ORGANISATION_KINDS:
        raise Invalid("organisation_kind", "单位类型不存在", pointer="/kind")
    checked = dict(values)
    checked["name"] = str(values["name"]).strip()
    if not checked["name"]:
        raise Invalid("name", "名称不能为空", pointer="/name")
    checked["area_code"] = _area(values["area_code"], "/area_code")
    checked["uscc"] = parse_uscc(values["uscc"], pointer="/uscc") if values["uscc"] else None
    if checked["uscc"] is None and kind in USCC_REQUIRED:
        raise Invalid("uscc_missing", "该类单位应填写统一社会信用代码", pointer="/uscc")
    if checked["uscc"] is not None and kind == "individual":
        raise Invalid("uscc_unwanted", "个人没有统一社会信用代码", pointer="/uscc")
    for name, known in (("sector", SECTORS), ("size_class", SIZE_CLASSES)):
        if values[name] is not None and values[name] not in known:
            raise Invalid(name, "代码不存在", pointer=f"/{name}")
    if kind == "budget_unit":
        checked["fiscal_area"] = values["fiscal_area"] and _area(values["fiscal_area"], "/fiscal_area")
        check_fiscal_affiliation(values["fiscal_tier"], checked["fiscal_area"])
    elif values["fiscal_area"] or values["fiscal_tier"]:
        raise Invalid("fiscal_unwanted", "只有预算单位有财政隶属关系", pointer="/fiscal_area")
    return checked


def _area(code: str, pointer: str) -> str:
    try:
        return divisions.get(code).code
    except Invalid as error:
        raise Invalid(error.code, error.detail, pointer=pointer) from error
