"""Points of sale: opened with their kind's terms, amended, closed by a day. Never deleted: sales keep pointing at them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.channels import SITE_KINDS, channel_kind
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Channel, ChannelPast, Listing
from marketplace.core import audit, divisions, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound

# What a buyer sees of a point of sale; a changed levy changes no listing.
_SHOWN: Final = ("name", "address", "site_kind", "operator_id")
# What reports of past months say of it: the old values are kept when one of them changes.
_REPORTED: Final = ("name", "site_kind")
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class NewChannel:
    """A point of sale to open. `code` is short and printed on the cabinet; `opened_on` is a Shanghai day."""

    code: str
    kind: str
    name: str
    area_code: str
    opened_on: date
    site_kind: str | None = None
    address: str | None = None
    parent_id: uuid.UUID | None = None
    operator_id: uuid.UUID | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    is_demo: bool = False


def get_channel(session: Session, channel_id: uuid.UUID, *, lock: bool = False) -> Channel:
    """The point of sale, held for an edit if `lock`; or `NotFound`."""
    channel = session.get(Channel, channel_id, with_for_update=lock or None, populate_existing=lock)
    if channel is None:
        raise NotFound("channel_not_found", "没有这个销售点")
    return channel


def require_channel(actor: Actor, channel: Channel) -> None:
    """Ask `catalogue.channels` over the channel's area, or for its operator."""
    actor.require("catalogue.channels", area=channel.area_code, owners=(channel.operator_id,))


def open_channel(session: Session, actor: Actor, new: NewChannel) -> Channel:
    """Open a point of sale.

    Asks `catalogue.channels` over its area, or for its operator. `Invalid` for an unknown area, kind, site, operator or parent;
    `AlreadyExists` ``channel_code_taken``.
    """
    actor.require("catalogue.channels", area=new.area_code, owners=(new.operator_id,))
    kind = channel_kind(new.kind)
    if not _CODE.fullmatch(new.code):
        raise Invalid("channel_code", "编号由 2–32 位大写字母、数字和连字符组成", pointer="/code")
    divisions.get(new.area_code, new.opened_on)
    _check_site(new.kind, new.site_kind)
    if new.parent_id is not None:
        _check_parent(session, new.parent_id, new.kind)
    _check_operator(session, new.operator_id)
    channel = Channel(
        code=new.code,
        kind=kind.code,
        name=new.name,
        area_code=new.area_code,
        site_kind=new.site_kind,
        address=new.address,
        parent_id=new.parent_id,
        operator_id=new.operator_id,
        terms=kind.parse_terms(new.terms),
        opened_on=new.opened_on,
        is_demo=new.is_demo,
        created_at=utcnow(),
    )
    session.add(channel)
    with refusing({"uq_channel_code": AlreadyExists("channel_code_taken", "该编号已被使用")}):
        session.flush()
    audit.record(
        session, actor, "catalogue.channel.opened", "channel", channel.id, area_code=channel.area_code
    )
    return channel


def amend_channel(session: Session, actor: Actor, channel: Channel, changes: dict[str, Any]) -> Channel:
    """Change name, address, site, operator or terms; kind, code, place and opening day stay what they are.

    The audit trail keeps the old and new terms: a levy that changes leaves a trace. Asks `catalogue.channels` as for opening.
    """
    require_channel(actor, channel)
    _check_site(channel.kind, changes.get("site_kind", channel.site_kind))
    if "operator_id" in changes:
        _check_operator(session, changes["operator_id"])
    if "terms" in changes:
        changes = {**changes, "terms": channel_kind(channel.kind).parse_terms(changes["terms"])}
    before = {name: _plain(getattr(channel, name)) for name in changes}
    if any(name in changes and changes[name] != getattr(channel, name) for name in _REPORTED):
        was = {name: getattr(channel, name) for name in _REPORTED}
        session.add(ChannelPast(channel_id=channel.id, until_at=utcnow(), **was))
    for name, value in changes.items():
        setattr(channel, name, value)
    channel.row_version += 1
    session.flush()
    audit.record(
        session,
        actor,
        "catalogue.channel.amended",
        "channel",
        channel.id,
        area_code=channel.area_code,
        detail={"before": before, "after": {name: _plain(getattr(channel, name)) for name in changes}},
    )
    if any(name in before and before[name] != _plain(getattr(channel, name)) for name in _SHOWN):
        _tell(session, _listed_in(session, channel))
    return channel


def close_channel(session: Session, actor: Actor, channel: Channel, closed_on: date) -> Channel:
    """From that Shanghai day on the point sells nothing; its listings are delisted. `Conflict` if it is closed already."""
    require_channel(actor, channel)
    if channel.closed_on is not None:
        raise Conflict("channel_closed", "该销售点已经停业")
    if closed_on < max(channel.opened_on, today()):
        raise Invalid("closed_on", "停业日不能早于今天和开业日", pointer="/closed_on")
    channel.closed_on = closed_on
    channel.row_version += 1
    session.flush()
    products = _listed_in(session, channel)
    if closed_on == today():
        session.execute(
            update(Listing)
            .where(Listing.channel_id == channel.id, Listing.state != "delisted")
            .values(
                state="delisted",
                state_reason="channel_closed",
                delisted_at=utcnow(),
                row_version=Listing.row_version + 1,
            )
        )
    audit.record(
        session,
        actor,
        "catalogue.channel.closed",
        "channel",
        channel.id,
        area_code=channel.area_code,
        detail={"closed_on": closed_on.isoformat()},
    )
    _tell(session, products)
    return channel


def _listed_in(session: Session, channel: Channel) -> Sequence[uuid.UUID]:
    """The products that the point has open listings of, ascending."""
    return session.scalars(
        select(Listing.product_id)
        .where(Listing.channel_id == channel.id, Listing.state != "delisted")
        .distinct()
        .order_by(Listing.product_id)
    ).all()


def _tell(session: Session, products: Sequence[uuid.UUID]) -> None:
    if products:
        facts.publish(session, ListingsChanged(tuple(products)))


def _check_site(kind_code: str, site_kind: str | None) -> None:
    if site_kind is not None and site_kind not in channel_kind(kind_code).site_kinds:
        known = SITE_KINDS.get(site_kind, site_kind[:40])
        raise Invalid("site_kind", f"{channel_kind(kind_code).title_zh}不设在：{known}", pointer="/site_kind")


def _check_parent(session: Session, parent_id: uuid.UUID, kind_code: str) -> None:
    parent_kind = session.scalar(select(Channel.kind).where(Channel.id == parent_id))
    if parent_kind is None:
        raise Invalid("parent_not_found", "没有这个上级销售点", pointer="/parent_id")
    if channel_kind(parent_kind).group != "hall" or kind_code == "platform_832":
        raise Invalid("parent_kind", "只有专馆可以下设专柜、专区和专馆", pointer="/parent_id")


def _check_operator(session: Session, operator_id: uuid.UUID | None) -> None:
    if operator_id is not None and session.get(Organisation, operator_id) is None:
        raise Invalid("operator_not_found", "没有这个运营单位", pointer="/operator_id")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value
