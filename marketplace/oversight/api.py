"""Handover lists (交接清单) of roles and pairings, and the pairings themselves."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.core import divisions, pairings
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import ApiBlueprint, endpoint, localised, needs, page_of
from marketplace.core.pairing_ends import keep_ends
from marketplace.oversight import schemas
from marketplace.oversight.handover import service
from marketplace.oversight.handover.models import Handover
from marketplace.oversight.handover.rules import STATES, STEPS, SUBJECTS
from marketplace.oversight.handover.service import PairingAsked

blueprint = ApiBlueprint("oversight", __name__, "交接清单和结对关系")


@blueprint.route("/grants/<uuid:grant_id>/handover", methods=["POST"])
@endpoint(needs("accounts.own"), idempotent=True)
@blueprint.arguments(schemas.RoleHandoverIn)
@blueprint.response(201, schemas.HandoverDetailOut)
def ask_for_role(session: Session, actor: Actor, body: dict[str, Any], grant_id: uuid.UUID) -> dict[str, Any]:
    """Ask that a role end: its list is frozen now, it ends when the successor accepts. By its holder or who grants roles."""
    made = service.ask_for_role(session, actor, grant_id, body["successor_account_id"], body["reason"])
    return in_detail(session, made)


@blueprint.route("/pairings/handover", methods=["POST"])
@endpoint(needs("statistics.areas"), idempotent=True)
@blueprint.arguments(schemas.PairingHandoverIn)
@blueprint.response(201, schemas.HandoverDetailOut)
def ask_for_pairing(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Ask that a pairing end after a day: its list is frozen now, the day is recorded when the successor accepts it."""
    asked = PairingAsked(body["helper"], body["helped"], body["kind"], body["last_day"])
    made = service.ask_for_pairing(session, actor, asked, body["successor_account_id"], body["reason"])
    return in_detail(session, made)


@blueprint.route("/handovers")
@endpoint(needs("accounts.own"))
@blueprint.arguments(schemas.HandoverListArgs, location="query")
@blueprint.response(200, schemas.HandoverPage)
def listing(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """The handovers that concern me or my areas, newest first."""
    page = page_of(
        session,
        service.handovers_seen_by(actor, args),
        keys=(Handover.asked_at, Handover.id),
        key_of=lambda row: (row.asked_at, row.id),
        args=args,
        descending=True,
    )
    return {"items": [as_json(row) for row in page.items], "next_cursor": page.next_cursor}


@blueprint.route("/handovers/<number>")
@endpoint(needs("accounts.own"))
@blueprint.response(200, schemas.HandoverDetailOut)
def show(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A handover with its list as it was frozen, and its steps."""
    return in_detail(session, service.find(session, actor, number))


@blueprint.route("/handovers/<number>/acceptance", methods=["POST"])
@endpoint(needs("accounts.own"), idempotent=True)
@blueprint.arguments(schemas.HandoverAcceptanceIn)
@blueprint.response(200, schemas.HandoverDetailOut)
def accept(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take over what is listed; now the role or the pairing ends. By the named successor."""
    return in_detail(session, service.accept(session, actor, number, body["opinion"]))


@blueprint.route("/handovers/<number>/refusal", methods=["POST"])
@endpoint(needs("accounts.own"), idempotent=True)
@blueprint.arguments(schemas.HandoverReasonIn)
@blueprint.response(200, schemas.HandoverDetailOut)
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Send the list back with the reason; nothing ends. By the named successor."""
    return in_detail(session, service.decline(session, actor, number, body["reason"]))


@blueprint.route("/handovers/<number>/withdrawal", methods=["POST"])
@endpoint(needs("accounts.own"), idempotent=True)
@blueprint.arguments(schemas.HandoverReasonIn)
@blueprint.response(200, schemas.HandoverDetailOut)
def withdraw(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take the request back; nothing ends. By the holder, or who grants roles or keeps pairings there."""
    return in_detail(session, service.withdraw(session, actor, number, body["reason"]))


@blueprint.route("/handovers/<number>/successor", methods=["POST"])
@endpoint(needs("accounts.own"), idempotent=True)
@blueprint.arguments(schemas.SuccessorIn)
@blueprint.response(200, schemas.HandoverDetailOut)
def assign(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Name who takes over the list of a role that was taken away at once."""
    return in_detail(session, service.assign_successor(session, actor, number, body["successor_account_id"]))


@blueprint.route("/pairings")
@endpoint(needs("statistics.read"))
@blueprint.arguments(schemas.PairingArgs, location="query")
@blueprint.response(200, schemas.PairingList)
def list_pairings(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """The pairings that run on a day, with the days on which those handed over end."""
    keep_ends(session, again=True)
    day, area = args["on"] or today(), args["area"]
    found = [
        {
            "helper": one.helper,
            "helper_name": divisions.name(one.helper, day),
            "helped": one.helped,
            "helped_name": divisions.name(one.helped, day),
            "kind": one.kind,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
            "basis": one.basis,
        }
        for one in pairings.running(pairings.ends())
        if one.valid_on(day) and (area is None or _concerns(area, one))
    ]
    return {"items": found}


def as_json(row: Handover) -> dict[str, Any]:
    """A handover without its list."""
    names = (
        "number", "subject", "state", "is_emergency", "area_code", "grant_id", "role", "holder_account_id", "pairing",
        "last_day", "successor_account_id", "reason", "asked_at", "decided_at", "opinion",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "subject_title": localised(SUBJECTS[row.subject]),
        "state_title": localised(STATES[row.state]),
        "title": _title(row),
        "content_sha256": bytes(row.content_sha256).hex(),
    }


def in_detail(session: Session, row: Handover) -> dict[str, Any]:
    """The same with its list and its steps."""
    steps = [
        {
            "step": step.step,
            "title": localised(STEPS[step.step]),
            "at": step.at,
            "account_id": step.account_id,
            "opinion": step.opinion,
        }
        for step in service.steps_of(session, row)
    ]
    return as_json(row) | {"sections": row.content["sections"], "steps": steps}


def _title(row: Handover) -> str:
    area = "全国" if row.area_code == divisions.NATION else divisions.full_name(row.area_code)
    if row.pairing is not None:
        return f"{divisions.full_name(str(row.helper_area))}—{area} {row.pairing.split('-')[2]}"
    known = row.role is not None and permissions.is_role(row.role)
    return f"{permissions.role(str(row.role)).title_zh if known else row.role}({area})"


def _concerns(area: str, pairing: pairings.Pairing) -> bool:
    return divisions.covers(area, pairing.helped) or divisions.covers(area, pairing.helper)
