"""Who feeds this instance: sources, each with a device of its own under a channel's key, and the public keys that seal months.

A channel may bring several sources: a province's brings its own entries and passes on those of its prefectures, each in a chain
of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import REPORTING_KINDS
from marketplace.catalogue.models import Channel
from marketplace.catalogue.service.channels import NewChannel, open_channel
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.scope import visible
from marketplace.intake.models import Device, UpwardSigner, UpwardSource
from marketplace.intake.rules.upward import ADAPTER, GENESIS, area_of_source
from marketplace.intake.service.keys import managed_channel

PERMISSION = "catalogue.channels"
_KIND = REPORTING_KINDS[0].code
_KNOWN = {
    "uq_upward_source_source": AlreadyExists("upward_source_exists", "该上报方已登记"),
    "uq_device_channel_id_code": AlreadyExists("upward_source_exists", "该上报方已登记"),
    "uq_upward_signer_source_id_public_key": AlreadyExists("upward_signer_exists", "该公钥已登记"),
}


def register_source(
    session: Session, actor: Actor, *, channel: str, name: str, source: str, public_key: str
) -> UpwardSource:
    """A source under the channel with this code, which is opened if it is not there.

    Asks ``catalogue.channels`` over the source's area. Invalid (``upward_source``, ``public_key``), Conflict
    (``no_lower_platform``) for a channel that is a point of sale, AlreadyExists (``upward_source_exists``).
    """
    area = divisions.get(area_of_source(source)).code
    actor.require(PERMISSION, area=area)
    found = _channel(session, actor, channel, name, area)
    now = utcnow()
    device = Device(
        id=uuid7(), channel_id=found.id, code=source, adapter=ADAPTER, registered_at=now, last_sequence=0
    )
    row = UpwardSource(
        id=uuid7(),
        source=source,
        area_code=area,
        channel_id=found.id,
        device_id=device.id,
        position=0,
        hash=GENESIS,
        registered_by=actor.audit_id,
        registered_at=now,
    )
    with refusing(_KNOWN):
        session.add(device)
        session.flush()
        session.add(row)
        session.flush()
    _add_signer(session, actor, row, public_key)
    _record(session, actor, "registered", row)
    return row


def add_signer(session: Session, actor: Actor, source: str, public_key: str) -> UpwardSource:
    """Another key that may seal months of the source; earlier ones hold until they are retired. NotFound, AlreadyExists."""
    row = source_of(session, actor, source)
    _add_signer(session, actor, row, public_key)
    _record(session, actor, "signer_added", row)
    return row


def retire_signer(session: Session, actor: Actor, source: str, public_key: str) -> UpwardSource:
    """Nothing sealed with this key is taken any more; what was taken stays. NotFound (``signer_not_found``)."""
    row = source_of(session, actor, source)
    signer = session.scalars(
        select(UpwardSigner)
        .where(
            UpwardSigner.source_id == row.id,
            UpwardSigner.public_key == _key(public_key),
            UpwardSigner.retired_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if signer is None:
        raise NotFound("signer_not_found", "该上报方没有使用中的此公钥")
    signer.retired_at = utcnow()
    session.flush()
    _record(session, actor, "signer_retired", row)
    return row


def retire_source(session: Session, actor: Actor, source: str, reason: str) -> UpwardSource:
    """Take nothing from the source any more, and count nothing of what it fed: another one has taken its place.

    What was fed is kept. Conflict (``upward_source_retired``) a second time.
    """
    row = source_of(session, actor, source)
    session.refresh(row, with_for_update=True)
    if row.retired_at is not None:
        raise Conflict("upward_source_retired", "该上报方已停用")
    row.retired_at = utcnow()
    session.get_one(Device, row.device_id, with_for_update=True).retired_at = row.retired_at
    session.flush()
    _record(session, actor, "retired", row, reason)
    return row


def source_of(session: Session, actor: Actor, source: str) -> UpwardSource:
    """The source of that code. NotFound (``upward_source_not_found``), Forbidden."""
    row = session.scalars(select(UpwardSource).where(UpwardSource.source == source)).one_or_none()
    if row is None:
        raise NotFound("upward_source_not_found", "没有登记该上报方")
    actor.require(PERMISSION, area=row.area_code)
    return row


def sources_seen(session: Session, actor: Actor, permission: str) -> Sequence[UpwardSource]:
    """The sources in the areas that the permission reaches, by code."""
    return session.scalars(
        select(UpwardSource)
        .where(visible(actor, permission, area=UpwardSource.area_code))
        .order_by(UpwardSource.source)
    ).all()


def signers_of(session: Session, source_id: uuid.UUID) -> list[bytes]:
    """The public keys in force."""
    return [
        bytes(key)
        for key in session.scalars(
            select(UpwardSigner.public_key)
            .where(UpwardSigner.source_id == source_id, UpwardSigner.retired_at.is_(None))
            .order_by(UpwardSigner.registered_at, UpwardSigner.public_key)
        )
    ]


def _channel(session: Session, actor: Actor, code: str, name: str, area: str) -> Channel:
    known = session.scalars(select(Channel).where(Channel.code == code)).one_or_none()
    if known is None:
        new = NewChannel(code=code, kind=_KIND, name=name, area_code=area, opened_on=today())
        return open_channel(session, actor, new)
    managed_channel(session, actor, code, PERMISSION)
    if known.kind != _KIND:
        raise Conflict("no_lower_platform", "该编号是销售点,不是下级平台", kind=known.kind)
    return known


def _add_signer(session: Session, actor: Actor, source: UpwardSource, public_key: str) -> None:
    with refusing(_KNOWN):
        session.add(
            UpwardSigner(
                id=uuid7(),
                source_id=source.id,
                public_key=_key(public_key),
                registered_by=actor.audit_id,
                registered_at=utcnow(),
            )
        )
        session.flush()


def _key(public_key: str) -> bytes:
    try:
        raw = bytes.fromhex(public_key)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Invalid("public_key", "Ed25519 公钥为 64 位十六进制", pointer="/public_key")
    return raw


def _record(
    session: Session, actor: Actor, what: str, source: UpwardSource, reason: str | None = None
) -> None:
    audit.record(
        session,
        actor,
        f"intake.upward.{what}",
        "upward_source",
        source.source,
        area_code=source.area_code,
        detail={"reason": reason},
    )
