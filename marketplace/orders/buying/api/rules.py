"""Rules of approval, and who stands in for whom."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema
from marketplace.orders.buying.api.blueprint import blueprint
from marketplace.orders.buying.models import ApprovalDelegation, ApprovalRule
from marketplace.orders.buying.schemas import approval as schemas
from marketplace.orders.buying.service import approval_rules, delegation


@blueprint.route("/approval-rules")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.ApprovalRuleArgs, location="query")
@blueprint.response(200, page_schema(schemas.ApprovalRuleOut))
def list_rules(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The rules of the organisations one buys for or looks after, newest first, ended ones too."""
    return page_of(
        session,
        approval_rules.rules_seen(actor, args["organisation_id"]),
        keys=[ApprovalRule.made_at, ApprovalRule.id],
        key_of=lambda rule: [rule.made_at, rule.id],
        args=args,
        descending=True,
    )


@blueprint.route("/approval-rules", methods=["POST"])
@endpoint(needs("orders.buying_rules"), idempotent=True)
@blueprint.arguments(schemas.ApprovalRuleIn)
@blueprint.response(201, schemas.ApprovalRuleOut)
def set_rule(session: Session, actor: Actor, body: dict[str, Any]) -> ApprovalRule:
    """Set the rule of the own organisation or one below it; it ends the one before."""
    return approval_rules.set_rule(session, actor, **body)


@blueprint.route("/approval-rules/<uuid:rule_id>/end", methods=["POST"])
@endpoint(needs("orders.buying_rules"), idempotent=True)
@blueprint.response(200, schemas.ApprovalRuleOut)
def end_rule(session: Session, actor: Actor, rule_id: uuid.UUID) -> ApprovalRule:
    """End a rule now; requests under it go on."""
    return approval_rules.end_rule(session, actor, rule_id)


@blueprint.route("/approval-delegations")
@endpoint(needs("orders.read"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.ApprovalDelegationOut))
def list_delegations(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Those that one gave or was given, newest first."""
    return page_of(
        session,
        delegation.delegations(actor),
        keys=[ApprovalDelegation.created_at, ApprovalDelegation.id],
        key_of=lambda row: [row.created_at, row.id],
        args=args,
        descending=True,
    )


@blueprint.route("/approval-delegations", methods=["POST"])
@endpoint(needs("orders.approve_purchase"), idempotent=True)
@blueprint.arguments(schemas.ApprovalDelegationIn)
@blueprint.response(201, schemas.ApprovalDelegationOut)
def delegate(session: Session, actor: Actor, body: dict[str, Any]) -> ApprovalDelegation:
    """Let a colleague decide in one's place for a time."""
    return delegation.delegate(session, actor, body.pop("to_account_id"), **body)


@blueprint.route("/approval-delegations/<uuid:delegation_id>/end", methods=["POST"])
@endpoint(needs("orders.approve_purchase"), idempotent=True)
@blueprint.response(200, schemas.ApprovalDelegationOut)
def revoke_delegation(session: Session, actor: Actor, delegation_id: uuid.UUID) -> ApprovalDelegation:
    """End an own delegation at once."""
    return delegation.revoke(session, actor, delegation_id)
