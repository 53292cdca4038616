"""审批额度 (who approves how much) and 代办 (who decides in whose place for a time)."""

from __future__ import annotations

import uuid
from typing import Any, Final

from flask import Response
from marshmallow import pre_load
from sqlalchemy.orm import Session

from marketplace.accounts.service import unit_people
from marketplace.accounts.service.organisations import names_of
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import page_of
from marketplace.core.http.paging import PageArgs
from marketplace.orders.buying.models import ApprovalDelegation, ApprovalRule
from marketplace.orders.buying.rules.approval import STEP_TITLES
from marketplace.orders.buying.schemas.approval import (
    ApprovalDelegationIn,
    ApprovalRuleArgs,
    ApprovalRuleIn,
)
from marketplace.orders.buying.service import approval_rules, delegation
from marketplace.web.buyers.unit import tabs_of
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, needs, render
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_approval_rules", __name__)
_TIERS: Final = 3
_STEPS: Final = 3


class RuleForm(ApprovalRuleIn):
    """The API's rule; tiers and steps left blank are none."""

    @pre_load
    def only_meant(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Leave out blank steps, and tiers without steps."""
        tiers = data.get("tiers")
        if not isinstance(tiers, list):
            return data
        meant = []
        for tier in tiers:
            steps = [step for step in tier.get("steps") or [] if step.get("kind")]
            if steps or tier.get("up_to_fen") is not None:
                meant.append(tier | {"steps": steps})
        return data | {"tiers": meant}


@pages.show("/approval-rules", needs("orders.read"))
def list_rules(session: Session, actor: Actor) -> Response:
    """The rules of the organisations one buys for or looks after, newest first, ended ones too."""
    listing = Listing(ApprovalRuleArgs)
    page = page_of(
        session,
        approval_rules.rules_seen(actor, listing.args["organisation_id"]),
        keys=[ApprovalRule.made_at, ApprovalRule.id],
        key_of=lambda rule: [rule.made_at, rule.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/approval_rules.html",
        fragment="results",
        listing=listing,
        page=page,
        names=names_of(session, [rule.organisation_id for rule in page.items]),
        steps=STEP_TITLES,
        now=utcnow(),
        tabs=tabs_of(actor),
        may_set=actor.may("orders.buying_rules"),
    )


@pages.form("/approval-rules/new", needs("orders.buying_rules"), RuleForm)
def setting(session: Session, actor: Actor, form: Form) -> Response:
    """Up to how much the clerk orders directly; who approves what is more."""
    own = hats.organisation(actor)
    held = approval_rules.rule_for(session, own, utcnow()) if own else None
    form.fill(
        organisation_id=own,
        direct_up_to_fen=held.direct_up_to_fen if held else None,
        tiers=held.tiers if held else [{"up_to_fen": None, "steps": [{"kind": "reviewer"}]}],
        lapse_days=held.lapse_days if held else 30,
    )
    return render(
        "buyers/approval_rule.html",
        form=form,
        steps=choices(STEP_TITLES),
        tiers=_TIERS,
        most_steps=_STEPS,
    )


@setting.submit
def set_rule(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """It holds from now on and ends the one before."""
    approval_rules.set_rule(session, actor, **body)
    return done("/approval-rules", _("审批额度已生效"))


@pages.action("/approval-rules/<uuid:rule_id>/end", needs("orders.buying_rules"))
def end_rule(session: Session, actor: Actor, rule_id: uuid.UUID) -> Response:
    """End it now; requests under it go on."""
    approval_rules.end_rule(session, actor, rule_id)
    return done("/approval-rules", _("审批额度已终止"))


@pages.show("/approval-delegations", needs("orders.read"))
def list_delegations(session: Session, actor: Actor) -> Response:
    """Those that one gave or was given, newest first."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        delegation.delegations(actor),
        keys=[ApprovalDelegation.created_at, ApprovalDelegation.id],
        key_of=lambda row: [row.created_at, row.id],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/delegations.html",
        fragment="results",
        listing=listing,
        page=page,
        colleagues=dict(unit_people.colleagues(session, actor)),
        account_id=actor.account_id,
        now=utcnow(),
        tabs=tabs_of(actor),
        may_delegate=actor.may("orders.approve_purchase"),
    )


@pages.form("/approval-delegations/new", needs("orders.approve_purchase"), ApprovalDelegationIn)
def delegating(session: Session, actor: Actor, form: Form) -> Response:
    """Whom, from when until when, why."""
    return render("buyers/delegation.html", form=form, colleagues=unit_people.colleagues(session, actor))


@delegating.submit
def delegate(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Let a colleague decide in one's place for a time."""
    delegation.delegate(session, actor, body.pop("to_account_id"), **body)
    return done("/approval-delegations", _("代办已生效"))


@pages.action("/approval-delegations/<uuid:delegation_id>/end", needs("orders.approve_purchase"))
def revoke(session: Session, actor: Actor, delegation_id: uuid.UUID) -> Response:
    """End an own delegation at once."""
    delegation.revoke(session, actor, delegation_id)
    return done("/approval-delegations", _("代办已终止"))
