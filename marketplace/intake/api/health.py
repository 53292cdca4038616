"""How devices report: late, silent, gaps, rows kept apart, batches refused, clocks, and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.health import rules, service
from marketplace.intake.limits import limits
from marketplace.intake.models import Device
from marketplace.intake.schemas import cabinet_work as schemas


@blueprint.route("/intake/health")
@endpoint(needs("intake.read"))
@blueprint.arguments(schemas.DeviceHealthArgs, location="query")
@blueprint.response(200, page_schema(schemas.DeviceHealthOut))
def list_health(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Devices of one's channels, or of one's area, with what is wrong now; `issue` keeps what had it ten minutes ago."""
    page = page_of(
        session,
        service.devices_seen(actor, channel=args["channel"], area=args["area"], issue=args["issue"]),
        keys=[Device.id],
        key_of=lambda row: [row.Device.id],
        args=args,
        scalars=False,
    )
    facts = service.facts_of(session, [row.Device.id for row in page.items])
    now = utcnow()
    return Page([_health(row, facts[row.Device.id], now) for row in page.items], page.next_cursor)


def _health(row: Any, facts: rules.DeviceFacts, now: datetime) -> dict[str, Any]:
    return {
        "channel": row.Channel.code,
        "channel_name": row.Channel.name,
        "area_code": row.Channel.area_code,
        "device": row.Device.code,
        "issues": [
            {
                "code": code,
                "title": localised(rules.ISSUES[code][0]),
                "advice": localised(rules.ISSUES[code][1]),
            }
            for code in rules.issues_of(facts, now, limits())
        ],
        "since": None if row.DeviceHealth is None else row.DeviceHealth.since,
        "last_batch_at": facts.last_batch_at,
        "last_batch_age_s": _age(facts.last_batch_at, now),
        "due_at": rules.due_at(facts, limits()),
        "missing_batches": facts.missing,
        "quarantined_bp": facts.quarantined_bp,
        "refused_bp": facts.refused_bp,
        "last_pulse_at": facts.last_pulse_at,
        "pulse_age_s": _age(facts.last_pulse_at, now),
        "clock_ahead_s": facts.clock_ahead_s,
    }


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else int((now - at).total_seconds())
