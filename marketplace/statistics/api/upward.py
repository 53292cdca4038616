"""The sending side: feeds, what is reported elsewhere, months' totals on their way, and both sides beside each other."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.intake.rules.upward_totals import cells_as_rows
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.schemas import StepDecisionIn
from marketplace.statistics.schemas import upward as schemas
from marketplace.statistics.upward import confirming, feeds, reading, scope, totals, views
from marketplace.statistics.upward.models import MonthTotal, UpwardExclusion


@blueprint.route("/upward/feeds")
@endpoint(needs(views.PERMISSION))
@blueprint.response(200, schemas.FeedListOut)
def list_feeds(session: Session, actor: Actor) -> dict[str, Any]:
    """How far each feed is held by the upper instance, and why it stands still if it does."""
    return {"items": [feeds.as_shown(session, one) for one in reading.feeds_seen(session, actor)]}


@blueprint.route("/upward/feeds/<source>/resumption", methods=["POST"])
@endpoint(needs(totals.SEAL), idempotent=True)
@blueprint.response(200, schemas.FeedOut)
def resume_feed(session: Session, actor: Actor, source: str) -> dict[str, Any]:
    """Let a feed that stopped go on, once its cause is gone; what was not held is made anew."""
    return feeds.as_shown(session, feeds.resume(session, actor, source))


@blueprint.route("/upward/exclusions")
@endpoint(needs(scope.PERMISSION))
@blueprint.response(200, schemas.ExclusionListOut)
def list_exclusions(session: Session, actor: Actor) -> dict[str, Any]:
    """Points of sale whose sales the upper instance has from elsewhere."""
    return {"items": [_exclusion(*one) for one in scope.exclusions_seen(session, actor, scope.PERMISSION)]}


@blueprint.route("/upward/exclusions", methods=["POST"])
@endpoint(needs(scope.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.ExclusionIn)
@blueprint.response(201, schemas.ExclusionOut)
def exclude(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Feed nothing that a point of sale sells from a day to come on: the upper instance has it from elsewhere."""
    return _exclusion(*scope.exclude(session, actor, **body))


@blueprint.route("/upward/exclusions/end", methods=["POST"])
@endpoint(needs(scope.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.ExclusionEndIn)
@blueprint.response(200, schemas.ExclusionOut)
def include_again(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Feed what it sells again, from a day to come on."""
    return _exclusion(*scope.include_again(session, actor, **body))


@blueprint.route("/upward/totals")
@endpoint(needs(views.PERMISSION))
@blueprint.arguments(schemas.MonthTotalArgs, location="query")
@blueprint.response(200, page_schema(schemas.MonthTotalOut))
def list_totals(session: Session, actor: Actor, args: dict[str, Any]) -> Page[MonthTotal]:
    """Months' totals with all their versions, newest first."""
    return page_of(
        session,
        reading.totals_seen(actor, args["period"]),
        keys=[MonthTotal.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )


@blueprint.route("/upward/totals", methods=["POST"])
@endpoint(needs(totals.DRAFT), idempotent=True)
@blueprint.arguments(schemas.MonthTotalIn)
@blueprint.response(201, schemas.MonthTotalDetailOut)
def draw_up_total(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Draw up a closed month's total; its counties are asked to confirm."""
    return _detail(session, actor, totals.draw_up(session, actor, **body).id)


@blueprint.route("/upward/totals/<uuid:total_id>")
@endpoint(needs(views.PERMISSION))
@blueprint.response(200, schemas.MonthTotalDetailOut)
def show_total(session: Session, actor: Actor, total_id: uuid.UUID) -> dict[str, Any]:
    """A version, as far as one may see it."""
    return _detail(session, actor, total_id)


@blueprint.route("/upward/totals/<uuid:total_id>/confirmations/<area>/handling", methods=["POST"])
@endpoint(needs(confirming.HANDLE), idempotent=True)
@blueprint.arguments(schemas.OpinionIn)
@blueprint.response(200, schemas.MonthTotalDetailOut)
def handle_part(
    session: Session, actor: Actor, body: dict[str, Any], total_id: uuid.UUID, area: str
) -> dict[str, Any]:
    """The county's first person has looked at its part (经办)."""
    return _detail(session, actor, confirming.handle(session, actor, total_id, area, **body).id)


@blueprint.route("/upward/totals/<uuid:total_id>/confirmations/<area>/review", methods=["POST"])
@endpoint(needs(confirming.REVIEW), idempotent=True)
@blueprint.arguments(StepDecisionIn)
@blueprint.response(200, schemas.MonthTotalDetailOut)
def confirm_part(
    session: Session, actor: Actor, body: dict[str, Any], total_id: uuid.UUID, area: str
) -> dict[str, Any]:
    """The county's second person confirms its part (审核), or returns it, which ends the version."""
    return _detail(session, actor, confirming.confirm(session, actor, total_id, area, **body).id)


@blueprint.route("/upward/totals/<uuid:total_id>/sealing", methods=["POST"])
@endpoint(needs(totals.SEAL), idempotent=True)
@blueprint.response(200, schemas.MonthTotalDetailOut)
def seal_total(session: Session, actor: Actor, total_id: uuid.UUID) -> dict[str, Any]:
    """Sign a total that every county has confirmed; the worker sends it."""
    return _detail(session, actor, totals.seal(session, actor, total_id).id)


@blueprint.route("/upward/totals/<uuid:total_id>/withdrawal", methods=["POST"])
@endpoint(needs(totals.DRAFT), idempotent=True)
@blueprint.response(200, schemas.MonthTotalDetailOut)
def give_up_total(session: Session, actor: Actor, total_id: uuid.UUID) -> dict[str, Any]:
    """End a version that is not sealed, so that another can be drawn up."""
    return _detail(session, actor, totals.give_up(session, actor, total_id).id)


@blueprint.route("/upward/reconciliation")
@endpoint(needs(views.PERMISSION))
@blueprint.arguments(schemas.UpwardMonthArgs, location="query")
@blueprint.response(200, schemas.UpwardReconciliationOut)
def show_reconciliation(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """A month on both sides, as the upper instance was asked last."""
    return _both(views.reconciliation(session, actor, args["period"]))


@blueprint.route("/upward/reconciliation", methods=["POST"])
@endpoint(needs(views.PERMISSION), idempotent=True)
@blueprint.arguments(schemas.UpwardMonthArgs)
@blueprint.response(202, schemas.UpwardReconciliationOut)
def ask_anew(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Have the upper instance asked what it holds of a month."""
    return _both(views.ask_anew(session, actor, body["period"]))


def _exclusion(row: UpwardExclusion, channel: Channel) -> dict[str, Any]:
    return {
        "channel": channel.code,
        "from_day": row.from_day,
        "until_day": row.until_day,
        "reason": row.reason,
    }


def _both(found: views.Reconciliation) -> dict[str, Any]:
    theirs = None if found.theirs is None else cells_as_rows(found.theirs)
    return {**vars(found), "ours": cells_as_rows(found.ours), "theirs": theirs}


def _detail(session: Session, actor: Actor, total_id: uuid.UUID) -> dict[str, Any]:
    row, total, reach = reading.part_seen(session, actor, total_id)
    return {
        **{name: getattr(row, name) for name in schemas.MonthTotalOut().fields},
        "digest": row.digest.hex(),
        "public_key": None if row.public_key is None else row.public_key.hex(),
        "signature": None if row.signature is None else row.signature.hex(),
        **{name: total.head[name] for name in ("last_position", "chain_head", "note")},
        "confirmations": [
            one for one in confirming.parts_of(session, row.id) if reading.is_within(one.area_code, reach)
        ],
        "cells": cells_as_rows(total.cells),
        "households": [{"area": area, **heads} for area, heads in sorted(total.households.items())],
    }
