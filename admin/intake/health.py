"""渠道运行: devices that are late, silent, have gaps, too many rows kept apart, and what to do; which batches never came."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.catalogue.channels import channel_kind
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.http import needs, page_of
from marketplace.intake.health import rules, service
from marketplace.intake.limits import limits
from marketplace.intake.models import Device
from marketplace.intake.rules.adapters import adapter_of, reporting_adapters
from marketplace.intake.schemas.cabinet_work import DeviceHealthArgs
from marketplace.intake.schemas.channels import ReportingDeviceIn
from marketplace.intake.service import keys, reading
from marketplace.web.kit import Form, Listing, Pages, choices, done, label, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_health", __name__, url_prefix="/admin/intake")

ISSUES: Final = {code: title for code, (title, _advice) in rules.ISSUES.items()}
TONES: Final = {"gaps": "bad", "silent": "bad", "late": "warn", "refused": "bad"}


@pages.show("/health", needs("intake.read"))
def listing(session: Session, actor: Actor) -> Response:
    """Devices of my channels or area with what is wrong now."""
    asked = Listing(DeviceHealthArgs)
    args = asked.args
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
    return render(
        "admin/intake/health.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        facts=facts,
        issues={device: rules.issues_of(known, now, limits()) for device, known in facts.items()},
        titles=rules.ISSUES,
        tones=TONES,
        issue_choices=choices(ISSUES),
        may_submit=actor.may("intake.submit"),
    )


@pages.form("/channels/<code>", needs("intake.submit"), ReportingDeviceIn)
def channel(session: Session, actor: Actor, form: Form, code: str) -> Response:
    """The devices of one channel: when each was last heard of, which batches never came; a new device."""
    point = keys.managed_channel(session, actor, code)
    return render(
        "admin/intake/channel.html",
        form=form,
        channel=point,
        is_counter=channel_kind(point.kind).group == "counter",
        devices=reading.devices_of(session, actor, code),
        channel_keys=keys.keys_of(session, actor, code),
        adapter=lambda name: label(adapter_of(name).title),
        adapters=[
            (one.code, label(one.title)) for one in reporting_adapters() if point.kind in one.channel_kinds
        ],
    )


@channel.submit
def register(session: Session, actor: Actor, body: dict[str, Any], code: str) -> Response:
    """Let another device report for the channel."""
    made = keys.register_device(session, actor, code, code=body["code"], adapter=body["adapter"])
    return done(f"/admin/intake/channels/{code}", _("设备 {code} 已登记", code=made.code))
