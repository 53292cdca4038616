"""Opening, changing and closing a point of sale. Its terms are those of its kind, which stands in the address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any, Final

from flask import Response, request
from marshmallow import Schema, fields, pre_load
from sqlalchemy.orm import Session

from admin.channels.listing import kinds
from admin.own_area import own_area, own_organisation
from marketplace.accounts.models import Organisation
from marketplace.accounts.service import organisations
from marketplace.catalogue.channels import CHANNEL_KINDS, SITE_KINDS, ChannelKind, channel_kind
from marketplace.catalogue.models import Channel
from marketplace.catalogue.schemas import ChannelChangeIn, ChannelIn, ClosureIn
from marketplace.catalogue.service import channels, queries
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.http import needs, require_version
from marketplace.web.kit import Form, Pages, done, label, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_channel_editing", __name__, url_prefix="/admin/channels")

#: So many operators and halls stand in one choice.
MOST: Final = 300
_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class _AsTyped:
    """Terms as a form has them: one left blank is none, a whole number is typed in digits."""

    fields: dict[str, Any]

    @pre_load
    def _read(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        told = {name: value for name, value in data.items() if value not in ("", None)}
        return {name: self._number(name, value) for name, value in told.items()}

    def _number(self, name: str, value: Any) -> Any:
        is_whole = isinstance(self.fields.get(name), fields.Integer)
        return int(value) if is_whole and _DIGITS.fullmatch(str(value)) else value


def _terms_here() -> Schema:
    """The terms of the kind in the address."""
    kind = _kind_of((request.view_args or {}).get("kind", ""))
    made: Schema = type("TermsForm", (_AsTyped, kind.terms_schema), {})()
    return made


class OpeningForm(ChannelIn):
    """A point of sale to open, its terms as fields of their own."""

    terms: Any = fields.Nested(_terms_here, load_default=dict)


class ChangeForm(ChannelChangeIn):
    """What changes of it."""

    terms: Any = fields.Nested(_terms_here)


@pages.show("/new", needs("catalogue.channels"))
def choose(session: Session, actor: Actor) -> Response:
    """Which kind is opened."""
    return render("admin/channels/kinds.html", kinds=CHANNEL_KINDS)


@pages.form("/new/<kind>", needs("catalogue.channels"), OpeningForm)
def opening(session: Session, actor: Actor, form: Form, kind: str) -> Response:
    """The form of a kind."""
    chosen = _kind_of(kind)
    form.fill(kind=kind, area_code=own_area(actor), operator_id=own_organisation(actor), opened_on=today())
    return render("admin/channels/opening.html", form=form, kind=chosen, **_choices(session, actor, chosen))


@opening.submit
def open_channel(session: Session, actor: Actor, body: dict[str, Any], kind: str) -> Response:
    """Open it."""
    body |= {"kind": kind, "terms": _as_told(kind, body["terms"])}
    channel = channels.open_channel(session, actor, channels.NewChannel(**body))
    return done(f"/admin/channels/{channel.id}", _("销售点 {code} 已登记", code=channel.code))


@pages.form("/<kind>/<uuid:channel_id>/amendment", needs("catalogue.channels"), ChangeForm)
def amendment(session: Session, actor: Actor, form: Form, kind: str, channel_id: uuid.UUID) -> Response:
    """The form with what it says now."""
    channel = _channel(session, actor, kind, channel_id)
    form.fill(channel, version=channel.row_version)
    chosen = _kind_of(kind)
    return render(
        "admin/channels/amendment.html",
        form=form,
        channel=channel,
        kind=chosen,
        **_choices(session, actor, chosen),
    )


@amendment.submit
def amend(session: Session, actor: Actor, body: dict[str, Any], kind: str, channel_id: uuid.UUID) -> Response:
    """Change it on the version that was seen."""
    channel = _channel(session, actor, kind, channel_id, lock=True)
    require_version(channel.row_version)
    if "terms" in body:
        body["terms"] = _as_told(kind, body["terms"])
    channels.amend_channel(session, actor, channel, body)
    return done(f"/admin/channels/{channel_id}", _("销售点 {code} 已变更", code=channel.code))


@pages.form("/<uuid:channel_id>/closure", needs("catalogue.channels"), ClosureIn)
def closure(session: Session, actor: Actor, form: Form, channel_id: uuid.UUID) -> Response:
    """From which day on it sells nothing."""
    channel = channels.get_channel(session, channel_id)
    channels.require_channel(actor, channel)
    return render(
        "admin/channels/closure.html",
        form=form.fill(closed_on=today()),
        channel=channel,
        counted=queries.goods_counted(session, channel_id),
    )


@closure.submit
def close(session: Session, actor: Actor, body: dict[str, Any], channel_id: uuid.UUID) -> Response:
    """Close it; its listings go down on that day."""
    channel = channels.get_channel(session, channel_id, lock=True)
    channels.close_channel(session, actor, channel, body["closed_on"])
    return done(
        f"/admin/channels/{channel_id}", _("销售点自 {day} 起停业", day=body["closed_on"].isoformat())
    )


def _kind_of(code: str) -> ChannelKind:
    found = next((kind for kind in CHANNEL_KINDS if kind.code == code), None)
    if found is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    return found


def _channel(
    session: Session, actor: Actor, kind: str, channel_id: uuid.UUID, *, lock: bool = False
) -> Channel:
    channel = channels.get_channel(session, channel_id, lock=lock)
    if channel.kind != kind:
        raise NotFound("channel_not_found", "没有这个销售点")
    channels.require_channel(actor, channel)
    return channel


def _as_told(kind: str, terms: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = channel_kind(kind).terms_schema().dump(terms)
    return told


def _choices(session: Session, actor: Actor, kind: ChannelKind) -> dict[str, Any]:
    """What the form chooses from: sites of the kind, operators that one may see, halls that hold others."""
    operators: Sequence[Organisation] = session.scalars(
        organisations.listing(actor, kind="operator").order_by(Organisation.name).limit(MOST)
    ).all()
    halls = session.scalars(
        queries.channels_matching(None, own_area(actor), None, state="open")
        .where(Channel.kind.in_([one.code for one in CHANNEL_KINDS if one.group == "hall"]))
        .order_by(Channel.name)
        .limit(MOST)
    ).all()
    return {
        "sites": [(code, label(SITE_KINDS[code])) for code in kind.site_kinds],
        "operators": [(one.id, one.name) for one in operators],
        "halls": [(one.id, f"{one.name} ({one.code})") for one in halls],
        "terms": [
            (f"terms.{name}", label(str(field.metadata.get("description", name))))
            for name, field in kind.terms_schema().fields.items()
        ],
        "kinds": kinds(),
    }
