"""Cases of sales that two reporters tell: listed, looked at side by side, decided and decided anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import DuplicateCase
from marketplace.intake.rules.duplicates import RULE_BY_CODE
from marketplace.intake.rules.sources import SOURCES
from marketplace.intake.schemas import cases as schemas
from marketplace.intake.service.duplicates import decide as deciding
from marketplace.intake.service.duplicates import reading
from marketplace.intake.service.duplicates.cases import CAUSES

_SAME = ("number", "round", "rule", "sureness", "cause", "state", "decisions", "found_at", "decided_at")


def _shown(case: DuplicateCase, channels: Mapping[str, str]) -> dict[str, Any]:
    why = case.why
    return {name: getattr(case, name) for name in _SAME} | {
        "rule_title": localised(RULE_BY_CODE[case.rule].zh),
        "cause_title": localised(CAUSES[case.cause]),
        "equal": why["equal"],
        "reason": {"zh": why["zh"], "en": why["en"]},
        "precedence": why["precedence"],
        "loser": "first" if case.loser == case.first else "second",
        "first": _side(case.first_key, case.first_area, channels),
        "second": _side(case.second_key, case.second_area, channels),
    }


def _side(key: Mapping[str, Any], area: str, channels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "reporter": key["reporter"],
        "reporter_title": localised(SOURCES[key["reporter"]].zh),
        "channel": channels.get(key["channel_id"] or ""),
        "area": area,
        "order_ref": key["order_ref"],
        "line_ref": key["line_ref"],
    }


@blueprint.route("/intake/duplicates")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.DuplicateCaseListArgs, location="query")
@blueprint.response(200, page_schema(schemas.DuplicateCaseOut))
def list_cases(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Cases in which a side is of one's area or point of sale, newest first; `state=open` waits for people."""
    page = page_of(
        session,
        reading.cases_seen(session, actor, args),
        keys=[DuplicateCase.found_at, DuplicateCase.id],
        key_of=lambda case: [case.found_at, case.id],
        args=args,
        descending=True,
    )
    channels = reading.channels_of(session, page.items)
    return Page([_shown(case, channels) for case in page.items], page.next_cursor)


@blueprint.route("/intake/duplicates/<number>")
@endpoint(needs("intake.read"))
@blueprint.response(200, schemas.DuplicateCasePictureOut)
def show_case(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A case with both sides side by side as they now stand, and its decisions."""
    return _picture(session, reading.case_of(session, actor, number))


@blueprint.route("/intake/duplicates/<number>/decisions", methods=["POST"])
@endpoint(needs("intake.decide"), idempotent=True)
@blueprint.arguments(schemas.DuplicateDecisionIn)
@blueprint.response(201, schemas.DuplicateCasePictureOut)
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say whether the two are one sale; the books follow at once. A later decision undoes the one before by posting again."""
    return _picture(session, deciding.decide(session, actor, number, **body))


def _picture(session: Session, case: DuplicateCase) -> dict[str, Any]:
    compared = reading.fields_of(session, case)
    return _shown(case, reading.channels_of(session, [case])) | {
        "fields_compared": [one | {"title": localised(one["title"])} for one in compared],
        "history": reading.decisions_of(session, case),
    }
