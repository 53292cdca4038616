"""Applications: what the applicant does, and what the offices of the chain decide."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.certification.api.blueprint import blueprint
from marketplace.certification.models import Application
from marketplace.certification.rules.rule_sets import rule_sets_for
from marketplace.certification.rules.schemes import STATE_TITLES, Step, scheme_of, schemes
from marketplace.certification.schemas import applications as shapes
from marketplace.certification.service import reading
from marketplace.certification.service.applications import (
    Document,
    create_application,
    edit_application,
    own_application,
    withdraw_application,
)
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.certification.service.submission import submit_application
from marketplace.certification.service.transitions import step_due
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import endpoint, needs, page_of, public, require_version, set_version


@blueprint.route("/applications", methods=["POST"])
@endpoint(needs("certification.apply"), idempotent=True)
@blueprint.arguments(shapes.ApplicationIn)
@blueprint.response(201, shapes.ApplicationOut)
def create(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Open a draft for one product under one scheme (认定申报)."""
    application = create_application(
        session,
        actor,
        scheme=body["scheme"],
        product_id=body["product_id"],
        kind=body["kind"],
        certificate_id=body["certificate_id"],
        facts=body["facts"],
        documents=_documents(body),
    )
    set_version(application.row_version)
    return as_json(application)


@blueprint.route("/applications")
@endpoint(needs("certification.read"))
@blueprint.arguments(shapes.ApplicationListArgs, location="query")
@blueprint.response(200, shapes.ApplicationPage)
def listing(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Applications that I may see, oldest first: the review queue is `state=…`."""
    page = page_of(
        session,
        reading.applications_seen_by(
            actor,
            state=args["state"],
            scheme=args["scheme"],
            area_code=args["area_code"],
            product_id=args["product_id"],
        ),
        keys=(Application.created_at, Application.id),
        key_of=lambda row: (row.created_at, row.id),
        args=args,
    )
    return {
        "items": [as_json(row) for row in page.items],
        "next_cursor": page.next_cursor,
        "statement": FREE_OF_CHARGE,
    }


@blueprint.route("/applications/<number>")
@endpoint(needs("certification.read"))
@blueprint.response(200, shapes.ApplicationDetailOut)
def detail(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One application with its declaration, evaluation and history."""
    found = reading.application_history(session, actor, number)
    application = found.application
    set_version(application.row_version)
    return as_json(application) | {
        "facts": application.facts["values"],
        "documents": application.facts["documents"],
        "rule_sets": (application.rule_set or "").split(",") if application.rule_set else [],
        "evaluation": application.evaluation,
        "steps": found.steps,
        "notice_numbers": found.notice_numbers,
        "issued_certificate_id": found.certificate_id,
    }


@blueprint.route("/applications/<number>", methods=["PATCH"])
@endpoint(needs("certification.apply"))
@blueprint.arguments(shapes.ApplicationDeclarationIn)
@blueprint.response(200, shapes.ApplicationOut)
def edit(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Replace what a draft or returned application declares; If-Match names the version edited."""
    require_version(own_application(session, actor, number).row_version)
    application = edit_application(session, actor, number, facts=body["facts"], documents=_documents(body))
    set_version(application.row_version)
    return as_json(application)


@blueprint.route("/applications/<number>/submission", methods=["POST"])
@endpoint(needs("certification.apply"), idempotent=True)
@blueprint.response(200, shapes.ApplicationOut)
def submit(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Put the application forward; 422 `rules_not_met` names every condition that fails."""
    return as_json(submit_application(session, actor, number))


@blueprint.route("/applications/<number>/withdrawal", methods=["POST"])
@endpoint(needs("certification.apply"), idempotent=True)
@blueprint.arguments(shapes.ApplicationWithdrawalIn)
@blueprint.response(200, shapes.ApplicationOut)
def withdraw(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """End the application on the applicant's own wish."""
    return as_json(withdraw_application(session, actor, number, body["reason"]))


@blueprint.route("/applications/<number>/decisions", methods=["POST"])
@endpoint(needs("certification.decide"), idempotent=True)
@blueprint.arguments(shapes.ApplicationDecisionIn)
@blueprint.response(200, shapes.ApplicationOut)
def decide_one(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Pass, return or reject, as the office whose turn it is."""
    return as_json(decide(session, actor, [number], body["verdict"], body["opinion"])[0])


@blueprint.route("/applications/decisions", methods=["POST"])
@endpoint(needs("certification.decide"), idempotent=True)
@blueprint.arguments(shapes.BatchDecisionIn)
@blueprint.response(200, shapes.ApplicationsOut)
def decide_many(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """One opinion on up to 500 applications, all or none."""
    decided = decide(session, actor, body["numbers"], body["verdict"], body["opinion"])
    return {"items": [as_json(application) for application in decided]}


@blueprint.route("/certification/schemes")
@endpoint(public())
@blueprint.arguments(shapes.SchemeArgs, location="query")
@blueprint.response(200, shapes.SchemesOut)
def list_schemes(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """All schemes with their chains, and the rules in force in a place on a day."""
    day = args["on"] or today()
    items = [
        {
            "code": scheme.code,
            "title": scheme.title,
            "counts_as_aid": scheme.counts_as_aid,
            "validity_months": scheme.validity_months,
            "places": scheme.places,
            "applicant_kinds": scheme.applicant_kinds,
            "steps": [_due(step) for step in scheme.steps],
            "rule_sets": [
                {
                    "code": found.code,
                    "title": found.title,
                    "source": found.source,
                    "conditions": [
                        {"code": c.code, "title": c.title, "test": c.test} for c in found.conditions
                    ],
                }
                for found in rule_sets_for(scheme.code, args["area_code"], day)
            ],
        }
        for scheme in schemes().values()
    ]
    return {"items": items, "statement": FREE_OF_CHARGE}


def as_json(application: Application) -> dict[str, Any]:
    """An application as every answer shows it."""
    _, step = step_due(application)
    return {
        "number": application.number,
        "scheme": application.scheme,
        "scheme_title": scheme_of(application.scheme).title,
        "kind": application.kind,
        "state": application.state,
        "state_title": STATE_TITLES[application.state],
        "area_code": application.area_code,
        "product_id": application.product_id,
        "producer_id": application.producer_id,
        "certificate_id": application.renews_certificate_id,
        "round": application.round,
        "returned_from": application.returned_from,
        "due": _due(step) if step else None,
        "due_on": application.due_on,
        "submitted_at": application.submitted_at,
        "created_at": application.created_at,
        "row_version": application.row_version,
        "statement": FREE_OF_CHARGE,
    }


def _due(step: Step) -> dict[str, Any]:
    return {
        "state": step.state,
        "title": STATE_TITLES[step.state],
        "kind": step.kind,
        "level": step.level,
        "permission": step.permission,
    }


def _documents(body: dict[str, Any]) -> list[Document]:
    return [Document(paper["code"], paper["file_id"]) for paper in body["documents"]]
